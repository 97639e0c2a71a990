"""The settlement board: what is open by age and place, and by what it waits for; every number opens its list."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from backoffice.desk import bulk
from backoffice.desk.base import Page
from backoffice.desk.lists import Field
from backoffice.kernel.business_days import ONE_DAY
from refdata.firm_days import firm_day
from refdata.models import Place
from refdata.scopes import entities_seen_by, visible_by_entity
from refdata.selectors import reference_data
from settlements.board.ages import Age, Dates, dates_of
from settlements.board.selectors import LATE, LATER, TODAY, Board, Line, Tally, board_of
from settlements.board.waits import wait_words, who_acts
from settlements.filters import SettlementFilter
from settlements.models import Settlement
from settlements.state import SettlementStatus

OPEN_STATES = tuple(
    state
    for state in SettlementStatus
    if state not in (SettlementStatus.SETTLED, SettlementStatus.CANCELLED)
)
FILTERS = {"entity": _("Entity"), "place": _("Place"), "counterparty": _("Counterparty")}
TIMES = {LATE: _("Late"), TODAY: _("Due today"), LATER: _("Due later")}
# The steps for many that make sense on what waits so; whatever is not named here can be held.
STEPS_OF_WAIT: Mapping[str, Sequence[str]] = {
    "RELEASE": ("release", "hold"), "PREA": ("unhold",), "PRCY": (), "CSDH": (), "CANCEL": (),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Number:
    """A number of the board and the list that holds exactly these."""

    count: int
    url: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A line of the board: what it is, its numbers, its money, and the steps for all of it."""

    title: Any
    beside: Any  # a place, or whose turn it is
    whole: Number
    numbers: Sequence[Number]
    worth: Sequence[tuple[str, Decimal]]
    unvalued: int
    oldest: Any
    query: str
    steps: Sequence[bulk.Button]
    strong: bool = False


class SettlementBoard(Page):
    permission = "settlements.view_settlement"
    template_name = "settlements/board.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        self.today = firm_day(timezone.now())
        board = board_of(self.rows(), today=self.today)
        statuses = self.statuses(board)
        return {
            "as_of": self.today, "here": self.request.get_full_path(),
            "filters": list(self.fields(board)),
            "whole": self.tallied(board.whole), "worth": _worth(board.whole),
            "unvalued": board.whole.unvalued, "currency": _only_currency(board.whole),
            "times": [
                (title, self.tallied(board.by_time[name], **_dated(TIME_DATES[name](self.today))),
                 _worth(board.by_time[name]), name == LATE)
                for name, title in TIMES.items()
            ],
            "statuses": statuses, "time_titles": list(TIMES.values()),
            "by_place": list(self.by_place(board, statuses)),
            "by_wait": list(self.by_wait(board)),
        }  # fmt: skip

    # What the address says

    def chosen(self) -> dict[str, str]:
        return {name: value for name in FILTERS if (value := self.request.GET.get(name, ""))}

    def rows(self) -> Any:
        rows = visible_by_entity(Settlement.objects.all(), self.user, book="book_id")
        return SettlementFilter(self.chosen(), queryset=rows).qs

    def fields(self, board: Board) -> Iterator[Field]:
        chosen = self.chosen()
        entities = [(row.code, row) for row in entities_seen_by(self.user)]
        places = {row.code: row for row in board.places.values()}
        if "place" in chosen and chosen["place"] not in places:
            places |= {row.code: row for row in Place.objects.filter(code=chosen["place"])}
        offered: dict[str, Any] = {"entity": entities, "place": sorted(places.items())}
        for name, title in FILTERS.items():
            choices = offered.get(name, ())
            kind = "choice" if choices else "text"
            yield Field(name, title, kind, chosen.get(name, ""), choices)

    # Lines

    def statuses(self, board: Board) -> list[SettlementStatus]:
        """The states that anything open is in, in the order of their life."""
        found = {name for line in board.by_place.values() for name in line.by_status}
        return [state for state in OPEN_STATES if state.value in found]

    def by_place(self, board: Board, statuses: Iterable[SettlementStatus]) -> Iterator[Shown]:
        order = {age: number for number, age in enumerate(Age)}
        for age, place_id in sorted(
            board.by_place, key=lambda key: (order[key[0]], board.places[key[1]].code)
        ):
            line, place = board.by_place[age, place_id], board.places[place_id]
            dates = dates_of(self.today, reference_data().calendars[place.calendar.code])[age]
            which = {"place": place.code, **_dated(dates)}
            numbers = [
                self.counted(line.by_status.get(state.value, 0), **which, status=state.value)
                for state in statuses
            ]
            yield self.line(age.label, place, line, numbers, _steps_of(line), which)

    def by_wait(self, board: Board) -> Iterator[Shown]:
        for code, line in sorted(
            board.by_wait.items(),
            key=lambda each: (-each[1].by_time.get(LATE, 0), -each[1].whole.count),
        ):
            which = {"waits": code}
            numbers = [
                self.counted(
                    line.by_time.get(name, 0), **which, **_dated(TIME_DATES[name](self.today))
                )
                for name in TIMES
            ]
            steps = STEPS_OF_WAIT.get(code, ("hold",))
            yield self.line(wait_words(code), who_acts(code), line, numbers, steps, which)

    def line(
        self, title: Any, beside: Any, line: Line, numbers: Sequence[Number],
        steps: Sequence[str], which: Mapping[str, str],
    ) -> Shown:  # fmt: skip
        whole = self.tallied(line.whole, **which)
        return Shown(
            title, beside, whole, numbers, _worth(line.whole), line.whole.unvalued, line.oldest,
            self.query(**which), bulk.buttons("settlement", steps, self.user),
            bool(line.by_time.get(LATE)),
        )  # fmt: skip

    # Addresses

    def query(self, **which: str) -> str:
        return urlencode({"open": "true", "netted": "false", **self.chosen(), **which})

    def counted(self, count: int, **which: str) -> Number:
        return Number(count, f"{reverse('settlements')}?{self.query(**which)}")

    def tallied(self, tally: Tally, **which: str) -> Number:
        return self.counted(tally.count, **which)


TIME_DATES = {
    LATE: lambda today: Dates(None, today - ONE_DAY),
    TODAY: lambda today: Dates(today, today),
    LATER: lambda today: Dates(today + ONE_DAY, None),
}


def _dated(dates: Dates) -> dict[str, str]:
    found = {}
    if dates.after:
        found["due_date_after"] = dates.after.isoformat()
    if dates.before:
        found["due_date_before"] = dates.before.isoformat()
    return found


def _worth(tally: Tally) -> list[tuple[str, Decimal]]:
    return sorted((currency, amount) for currency, amount in tally.worth.items() if amount)


def _only_currency(tally: Tally) -> str:
    """The currency that everything is in, so that columns need to say it once only."""
    return next(iter(tally.worth)) if len(tally.worth) == 1 else ""


def _steps_of(line: Line) -> list[str]:
    """The steps for many that something of a line may take."""
    found = {step for code in line.by_wait for step in STEPS_OF_WAIT.get(code, ("hold",))}
    return [step for step in ("release", "hold", "unhold") if step in found]
