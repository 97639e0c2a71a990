"""Accruing fees: once for each cause, taken back and accrued anew when the cause changes. Set-based, by the night.

The night does it, and no consumer: what is held is valued once a day, a month's rebate is known when it ends, and
capture and runs stay free of work that nobody waits for. Looking twice accrues nothing twice: the unique key of an
accrual is its schedule, cause and version.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from django.db import connection, transaction

from backoffice.events.copying import copy_rows, new_ids
from expenses.fees.booking import book_accruals, reverse_accruals
from expenses.fees.causes import (
    EVERY_DAY,
    Due,
    changed_since,
    due_for,
    due_for_assets,
    facts_of,
)
from expenses.fees.kinds import VAT
from expenses.fees.state import FeeSide
from refdata.fees import Parted, fee_of, parted
from refdata.models import FeeSchedule
from refdata.selectors import ReferenceData, reference_data

CHUNK = 5_000
LOCK = 7_000_027  # an advisory lock together with the entity's number: accruals come one by one
ZERO = Decimal(0)


@dataclass(slots=True)
class Accrued:
    """How many were accrued, and taken back."""

    count: int = 0
    taken_back: int = 0
    rebates: int = 0


class NewAccrual(NamedTuple):
    """An accrual about to be written, in the order of its columns."""

    entity_id: int
    schedule_id: int | None
    side: str
    party_id: int
    owner_id: int
    book_id: int | None
    place_id: int | None
    kind: str
    cause: str
    cause_id: int
    version: int
    accrued_on: date
    due_month: date
    measure: Decimal
    amount: Decimal
    net: Decimal
    vat: Decimal
    currency: str
    reverses_id: int | None = None
    reason: str = ""


def side_of(payer: str) -> FeeSide:
    return FeeSide.OWED if payer == "US" else FeeSide.CHARGED


def vat_of(
    amount: Decimal,
    service: str,
    *,
    on_top: bool,
    on: date,
    minor_unit: int,
    reference: ReferenceData,
) -> Parted:
    """An amount with its VAT by the rule of its service in force on a day; none: no VAT. Raises NoRuleInForce."""
    if not service:
        return Parted(amount, amount, ZERO)
    rule = reference.rules.in_force(VAT, on, service)
    return parted(amount, Decimal(rule.rate), on_top=on_top, minor_unit=minor_unit)


def accrual_of(due: Due, schedule: FeeSchedule, reference: ReferenceData) -> NewAccrual | None:
    """What a cause costs by its schedule; None where that is nothing. Raises NoRuleInForce."""
    unit = reference.currencies[schedule.currency].minor_unit
    amount = fee_of(schedule, due.measure, unit, share=due.share)
    if not amount:
        return None
    found = vat_of(
        amount, schedule.service, on_top=schedule.vat_on_top, on=due.day, minor_unit=unit,
        reference=reference,
    )  # fmt: skip
    return NewAccrual(
        schedule.entity_id, schedule.pk, side_of(schedule.payer).value, due.party_id, due.owner_id,
        due.book_id, due.place_id, schedule.kind, due.cause, due.cause_id, due.version, due.day,
        due.day.replace(day=1), due.measure, found.total, found.net, found.vat, schedule.currency,
    )  # fmt: skip


def accrue_fees(*, entity_id: int, day: date, at: datetime) -> Accrued:
    """Everything that fell due until a day and is not accrued, and what is not what it was. A chunk a transaction."""
    found = Accrued()
    while taken := _take_back(entity_id, day, at):
        found.taken_back += taken
    for query in EVERY_DAY:
        found.count += _accrue_all(query, entity_id, day, at)
    return found


@transaction.atomic
def accrue_assets(*, entity_id: int, day: date, night_id: int, days: int, at: datetime) -> int:
    """What is held at the close of a day, for it and the closed days before it; how many accruals."""
    lock(entity_id)
    return _write(due_for_assets(entity_id=entity_id, day=day, night_id=night_id, days=days), at)


def lock(entity_id: int) -> None:
    """Accruals of an entity are written one after the other."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK, entity_id])


@transaction.atomic
def _take_back(entity_id: int, day: date, at: datetime) -> int:
    lock(entity_id)
    changed = changed_since(entity_id=entity_id, day=day, limit=CHUNK)
    reverse_accruals(changed, at=at)
    return len(changed)


def _accrue_all(query: str, entity_id: int, day: date, at: datetime) -> int:
    """One question after the other; a cause whose schedules a chunk cuts apart is asked about again."""
    count, after = 0, 0
    while True:
        with transaction.atomic():
            lock(entity_id)
            due = due_for(query, facts_of(entity_id, day, after=after, limit=CHUNK))
            count += _write(due, at)
        if len(due) < CHUNK:
            return count
        after = due[-1].cause_id - 1


def _write(due: Sequence[Due], at: datetime) -> int:
    """How many accruals they made: what costs nothing leaves none."""
    reference = reference_data()
    schedules = FeeSchedule.objects.in_bulk({each.schedule_id for each in due})
    made = (accrual_of(each, schedules[each.schedule_id], reference) for each in due)
    rows = [row for row in made if row is not None]
    write_accruals(rows, at=at)
    return len(rows)


def write_accruals(rows: Sequence[NewAccrual], *, at: datetime) -> list[int]:
    """Store accruals and book each, in the caller's transaction; their ids in the order given."""
    if not rows:
        return []
    ids = new_ids("expenses_feeaccrual", len(rows))
    copy_rows(
        "expenses_feeaccrual",
        f"id, {', '.join(NewAccrual._fields)}, recorded_at",
        _lines(rows, ids, at),
    )
    book_accruals(list(zip(ids, rows, strict=True)), at=at)
    return ids


def _lines(
    rows: Sequence[NewAccrual], ids: Sequence[int], at: datetime
) -> Iterable[tuple[object, ...]]:
    moment = at.isoformat()
    return ((id, *row, moment) for id, row in zip(ids, rows, strict=True))
