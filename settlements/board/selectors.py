"""Reading the board: one grouping over what is open, valued in the currency of each entity."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Case, Count, F, QuerySet, Sum, When

from deals.exposing.exposure import NoRate
from deals.exposing.valuing import Market
from refdata.models import Entity, Place
from refdata.selectors import ReferenceData, reference_data
from settlements.board.ages import ALL_LATE, Age, dates_of
from settlements.board.waits import NETTED, OPEN, WAITS
from settlements.models import Settlement

LATE, TODAY, LATER = "late", "today", "later"  # the ages, where working days do not matter


@dataclass(slots=True)
class Tally:
    """How many settlements, and what they put at risk by currency; those without price or rate apart."""

    count: int = 0
    worth: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    unvalued: int = 0

    def add(self, count: int, currency: str, worth: Decimal | None) -> None:
        self.count += count
        if worth is None:
            self.unvalued += count
        else:
            self.worth[currency] += worth


@dataclass(slots=True)
class Line:
    """What is open of one age at one place, or waits for one thing: in all, by state, by wait, by time."""

    whole: Tally = field(default_factory=Tally)
    by_status: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    by_wait: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    by_time: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    oldest: date | None = None


@dataclass(slots=True)
class Board:
    """All that is open: in all, by time, by age and place, by what it waits for."""

    whole: Tally = field(default_factory=Tally)
    by_time: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    by_place: dict[tuple[Age, int], Line] = field(default_factory=lambda: defaultdict(Line))
    by_wait: dict[str, Line] = field(default_factory=lambda: defaultdict(Line))
    places: Mapping[int, Place] = field(default_factory=dict)


def board_of(rows: QuerySet[Settlement], *, today: date) -> Board:
    """The board of those of some settlements that are open. Its cost grows with them, not with the table.

    What is settled by a net is counted once, as that net.

    At risk is the money of what is not final yet: of deliveries against payment and of payments the
    rest of their amount, of free deliveries the rest of their quantity at the last price, both in the
    currency of the entity by the last stored rates.
    """
    groups = list(_grouped(rows))
    places = {each["place_id"] for each in groups}
    board = Board(places=Place.objects.select_related("calendar").in_bulk(places))
    reference = reference_data()
    currencies = dict(Entity.objects.values_list("pk", "base_currency"))
    market = Market(reference, today, {each["free"] for each in groups if each["free"]})
    ages = {id: dates_of(today, _days(place, reference)) for id, place in board.places.items()}
    for each in groups:
        base = currencies[each["entity_id"]]
        due: date = each["due_date"]
        age = next(age for age, dates in ages[each["place_id"]].items() if dates.holds(due))
        _add(board, each, age, base, _worth(each, base, market))
    return board


def _days(place: Place, reference: ReferenceData) -> Any:
    return reference.calendars[place.calendar.code]


def _grouped(rows: QuerySet[Settlement]) -> Iterable[Mapping[str, Any]]:
    return (
        rows.filter(OPEN)
        .exclude(NETTED)
        .order_by()
        .values(
            "entity_id", "place_id", "due_date", "status",
            waits=WAITS, currency=F("money_asset__code"),
            free=Case(When(amount=0, then=F("asset_id"))),
        )
        .annotate(
            count=Count("pk"),
            amount=Sum(F("amount") - F("settled_amount")),
            quantity=Sum(F("quantity") - F("settled_quantity")),
        )
    )  # fmt: skip


def _worth(each: Mapping[str, Any], base: str, market: Market) -> Decimal | None:
    """What a group puts at risk in a currency; None without a price or a rate."""
    basis = market.today(each["free"], moves=True)
    try:
        if each["free"] is None:
            return market.converted(each["amount"], each["currency"], base, basis)
        return None if basis.price is None else market.worth(each["quantity"], base, basis)
    except NoRate:
        return None


def _add(board: Board, each: Mapping[str, Any], age: Age, base: str, worth: Decimal | None) -> None:
    count, due = each["count"], each["due_date"]
    time = LATE if age in ALL_LATE else TODAY if age == Age.TODAY else LATER
    for tally in (board.whole, board.by_time[time]):
        tally.add(count, base, worth)
    for line in (board.by_place[age, each["place_id"]], board.by_wait[each["waits"]]):
        line.whole.add(count, base, worth)
        line.by_status[each["status"]] += count
        line.by_wait[each["waits"]] += count
        line.by_time[time] += count
        line.oldest = min(line.oldest or due, due)
