"""A ladder asked in the fewest words, and settlements of all kinds put at a place of ours and at one outside."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from django.utils import timezone

from backoffice.events.selectors import KnownAt, known_now
from ledger.services import AccountKey, NewEntry, NewPosting, account_ids, post_entries
from refdata.models import Asset, Entity, Party, Place, StandingInstruction
from refdata.scopes import EVERYTHING, Scope
from refdata.selectors import forget_reference_data
from settlements.ladder.asking import Asked
from settlements.ladder.figures import Figure, rows_of
from settlements.ladder.selectors import Ladder, read_ladder
from settlements.models import Settlement

D = Decimal
MON = date(2026, 11, 23)
TUE, WED, FRI, SAT, NEXT = (MON + timedelta(days) for days in (1, 2, 4, 5, 7))
MORNING = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)  # nine in Moscow
_numbers = count(5_000_000)


def ladder(*, at: datetime = MORNING, known: KnownAt | None = None, scope: Scope = EVERYTHING,
           **asked: Any) -> Ladder:  # fmt: skip
    told: dict[str, Any] = {"on": MON, "until": NEXT, "whose": ""} | asked
    return read_ladder(Asked(**told), scope=scope, at=at, known=known or known_now())


def line_of(found: Ladder, owner: Party, place: str, currency: str) -> Any:
    rows = [
        each for each in found.lines
        if each.key.owner_id == owner.pk and found.names[each.key].place == place
        and found.names[each.key].currency == currency
    ]  # fmt: skip
    (only,) = rows
    return only


def day_of(found: Ladder, owner: Party, place: str, currency: str, on: date) -> Any:
    day = line_of(found, owner, place, currency).day(on)
    assert day is not None
    return day


def every_figure_is_its_rows(found: Ladder) -> int:
    """Each figure of a ladder opens rows that sum to it, to the cent; how many there were."""
    seen = 0
    for line in found.lines:
        for day in line.days:
            for movement in day.movements:
                for comes, amount in ((True, movement.comes), (False, movement.goes)):
                    figure = Figure(
                        day=day.date,
                        source=movement.source,
                        certainty=movement.certainty,
                        comes=comes,
                    )
                    same = [
                        m
                        for m in day.movements
                        if (m.source, m.certainty) == (movement.source, movement.certainty)
                    ]
                    wanted = sum((m.comes if comes else m.goes) for m in same)
                    rows = rows_of(found, line, figure, scope=EVERYTHING, limit=10_000)
                    assert sum(abs(row.amount) for row in rows) == wanted, (movement, amount)
                    assert all((row.amount > 0) is comes for row in rows)
                    seen += 1
    return seen


def firm(code: str = "RUS") -> Entity:
    return Entity.objects.select_related("own_party").get(code=code)


def give(
    owner: Party, place: str, currency: str, amount: str, *, on: date = date(2026, 1, 1)
) -> None:
    """So much money stands there from a day on."""
    entity = firm()
    key = AccountKey(entity.pk, "CASH", owner.pk, place_id=Place.objects.get(code=place).pk)
    other = AccountKey(entity.pk, "OPENING", owner.pk)
    ids, value = account_ids([key, other]), D(amount)
    sides = (ids[key], ids[other]) if value > 0 else (ids[other], ids[key])
    posting = NewPosting(*sides, Asset.objects.get(code=currency).pk, abs(value))
    entry = NewEntry(
        entity_id=entity.pk, kind="opening", source_type="test", source_id=next(_numbers),
        effective_date=on, postings=[posting],
    )  # fmt: skip
    post_entries([entry], at=timezone.now())


def party(code: str) -> Party:
    """Another party, with an instruction at every place."""
    row = Party.objects.create(code=code, name=code, roles=["COUNTERPARTY"])
    forget_reference_data()
    return row


def instruction(of: Party, place: Place) -> StandingInstruction:
    found = StandingInstruction.objects.filter(party=of, place=place).first()
    return found or StandingInstruction.objects.create(
        party=of, place=place, depository_account="D", cash_account="C", valid_from=date(2020, 1, 1),
        status="APPROVED", proposed_by_id=1, approved_by_id=2,
    )  # fmt: skip


def put(other: Party, amount: str, *, comes: bool, due: date = TUE, place: str = "NSD",
        currency: str = "RUB", **more: Any) -> Settlement:  # fmt: skip
    """A settlement of ours with money that comes or goes: against payment unless it is said."""
    entity, at_place = firm(), Place.objects.get(code=place)
    terms: dict[str, Any] = {
        "entity": entity, "owner": entity.own_party, "counterparty": other, "source_type": "test",
        "source_id": next(_numbers), "place": at_place, "ssi": instruction(other, at_place),
        "method": "DVP", "delivers": comes, "asset": Asset.objects.get(code="RU0009029540"),
        "quantity": D(10), "money_asset": Asset.objects.get(code=currency), "amount": D(amount),
        "due_date": due, "approval": "APPROVED", "matching": "MATCHED",
    }  # fmt: skip
    return Settlement.objects.create(**terms | more)
