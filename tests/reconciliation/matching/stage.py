"""A bank with an account of ours, statements of it, and entries of our books that they are held against."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from ledger.services import AccountKey, NewEntry, NewPosting, account_ids, post_entries
from ledger.state import AccountKind
from reconciliation.matching.services import Reconciled, reconcile
from reconciliation.models import Break, Match, StatementLine
from reconciliation.services import store_statements
from reconciliation.terms import NewLine, NewStatement
from refdata.models import Asset, Entity, NostroAccount

DAY = date(2026, 11, 23)
AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
_numbers = count(1)


def nostro(currency: str = "USD", *, place: str = "CORR", entity: str = "RUS") -> NostroAccount:
    return NostroAccount.objects.get(place__code=place, entity__code=entity, currency=currency)


def told(amount: str, reference: str = "", *, days: int = 0, **more: Any) -> NewLine:
    """A booked line, so many days after the day of the stage."""
    day = DAY + timedelta(days=days)
    return NewLine(
        position=0, value_date=day, booking_date=day, amount=Decimal(amount), currency="",
        status=more.pop("status", "BOOKED"), our_reference=reference, **more,
    )  # fmt: skip


def statement(
    lines: Sequence[NewLine] = (), *, of: NostroAccount | None = None, day: date = DAY,
    opening: str | None = None, closing: str | None = None, from_date: date | None = None,
) -> list[int]:  # fmt: skip
    """Store a statement of a day; the keys of the lines that it added, in its order."""
    account = of or nostro()
    number = next(_numbers)
    numbered = [
        NewLine(**{**_fields(line), "position": at, "currency": account.currency})
        for at, line in enumerate(lines, 1)
    ]
    new = NewStatement(
        position=1, format="test", kind="END_OF_DAY", account=account.number,
        currency=account.currency, number=str(number), from_date=from_date or day, until_date=day,
        opening=None if opening is None else Decimal(opening),
        closing=None if closing is None else Decimal(closing), lines=numbered,
    )  # fmt: skip
    (stored,) = store_statements([new], source=f"T-{number}", at=AT)
    assert stored.statement_id is not None, stored.problem
    rows = StatementLine.objects.filter(statement_id=stored.statement_id).order_by("position")
    return list(rows.values_list("pk", flat=True))


def _fields(line: NewLine) -> dict[str, Any]:
    return {name: getattr(line, name) for name in NewLine.__slots__}


def booked(
    amount: str, *, source: tuple[str, int] = ("settlement", 0), days: int = 0,
    of: NostroAccount | None = None, reverses: int | None = None, part: int = 0,
) -> int:  # fmt: skip
    """An entry that brings money to our account (below zero: takes it), of a settlement or whatever else."""
    account = of or nostro()
    asset = Asset.objects.get(code=account.currency)
    keys = [
        AccountKey(account.entity_id, AccountKind.CASH.value, account.owner_id, place_id=account.place_id),
        AccountKey(account.entity_id, AccountKind.OPENING.value, account.owner_id),
    ]  # fmt: skip
    cash, other = (account_ids(keys)[key] for key in keys)
    value = Decimal(amount)
    sides = (cash, other) if value > 0 else (other, cash)
    type, number = source if source[1] else ("stage", next(_numbers))
    entry = NewEntry(
        entity_id=account.entity_id, kind="stage", source_type=type, source_id=number, part=part,
        effective_date=DAY + timedelta(days=days), reverses_id=reverses,
        postings=[NewPosting(*sides, asset.pk, abs(value))],
    )  # fmt: skip
    return post_entries([entry], at=AT)[0]


def run(*, entity: str = "RUS", at: datetime = AT) -> Reconciled:
    return reconcile(entity_id=Entity.objects.get(code=entity).pk, day=DAY, at=at)


def matched() -> dict[tuple[frozenset[int], frozenset[int]], str]:
    """What is matched and by which rule: lines and entries of each match that counts."""
    found: dict[int, tuple[set[int], set[int]]] = {}
    for row in Match.objects.filter(undone_at=None):
        lines, entries = found.setdefault(row.whole.pk, (set(), set()))
        lines |= {row.line_id} if row.line_id else set()
        entries |= {row.entry_id} if row.entry_id else set()
    rules = dict(Match.objects.values_list("pk", "rule"))
    return {(frozenset(a), frozenset(b)): rules[id] for id, (a, b) in found.items()}


def pair(line: int, entry: int) -> tuple[frozenset[int], frozenset[int]]:
    return frozenset([line]), frozenset([entry])


def live(**which: Any) -> list[Break]:
    return list(Break.objects.filter(**which).exclude(state="CLOSED").order_by("pk"))
