"""Rebates of a month: a share of its fees is given back by its volume; corrected when the month changes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from django.db import connection, transaction

from expenses.fees.accruing import ZERO, NewAccrual, lock, side_of, vat_of, write_accruals
from expenses.fees.booking import reverse_accruals
from expenses.fees.state import Cause
from refdata.fees import rebate_share, rounded
from refdata.models import FeeSchedule
from refdata.selectors import reference_data

# What a month came to by schedule and party without its rebates; the rebate that stands, and how often one was made.
_MONTH = """
SELECT a.schedule_id, a.party_id,
       coalesce(sum(sign(a.amount) * a.measure) FILTER (WHERE a.cause <> 'rebate'), 0),
       coalesce(sum(a.amount) FILTER (WHERE a.cause <> 'rebate'), 0),
       coalesce(sum(a.amount) FILTER (WHERE a.cause = 'rebate'), 0),
       max(a.id) FILTER (WHERE a.cause = 'rebate' AND a.reverses_id IS NULL AND NOT EXISTS (
           SELECT 1 FROM expenses_feeaccrual r WHERE r.reverses_id = a.id)),
       count(*) FILTER (WHERE a.cause = 'rebate' AND a.reverses_id IS NULL)
  FROM expenses_feeaccrual a JOIN refdata_feeschedule f ON f.id = a.schedule_id
 WHERE a.entity_id = %s AND a.due_month = %s AND cardinality(f.rebate_from) > 0
 GROUP BY a.schedule_id, a.party_id ORDER BY a.schedule_id, a.party_id
"""


class _Month(NamedTuple):
    schedule_id: int
    party_id: int
    volume: Decimal
    fees: Decimal
    given: Decimal
    standing_id: int | None
    made: int


@transaction.atomic
def rebate_month(*, entity_id: int, month: date, at: datetime) -> int:
    """Give back what a month's volume says, or what it says now; how many rebates were written.

    `month` is its first day. Its rebate is accrued on its last day. Looking twice changes nothing.
    """
    lock(entity_id)
    with connection.cursor() as cursor:
        cursor.execute(_MONTH, [entity_id, month])
        rows = [_Month(*row) for row in cursor.fetchall()]
    schedules = FeeSchedule.objects.select_related("entity").in_bulk(
        {row.schedule_id for row in rows}
    )
    due = {row: _rebate(row, schedules[row.schedule_id]) for row in rows}
    changed = [row for row, amount in due.items() if amount != row.given]
    reverse_accruals(
        {row.standing_id: "volume changed" for row in changed if row.standing_id is not None}, at=at
    )
    new = [
        _accrual(row, schedules[row.schedule_id], due[row], month) for row in changed if due[row]
    ]
    write_accruals(new, at=at)
    return len(changed)


def _rebate(row: _Month, schedule: FeeSchedule) -> Decimal:
    """What is given back, below zero."""
    share = rebate_share(schedule.rebate_from, schedule.rebate_shares, row.volume)
    unit = reference_data().currencies[schedule.currency].minor_unit
    return -rounded(max(row.fees, ZERO) * share, schedule.rounding, unit)


def _accrual(row: _Month, schedule: FeeSchedule, amount: Decimal, month: date) -> NewAccrual:
    """The fees had their VAT within: so has what is given back of them."""
    reference, last = reference_data(), _last_day(month)
    unit = reference.currencies[schedule.currency].minor_unit
    found = vat_of(
        amount, schedule.service, on_top=False, on=last, minor_unit=unit, reference=reference
    )
    return NewAccrual(
        schedule.entity_id, schedule.pk, side_of(schedule.payer).value, row.party_id,
        schedule.entity.own_party_id, None, None, schedule.kind, Cause.REBATE.value,
        int(f"{month:%Y%m}") * 10**10 + row.party_id, row.made + 1, last, month, row.volume,
        found.total, found.net, found.vat, schedule.currency,
    )  # fmt: skip


def _last_day(month: date) -> date:
    return (month + timedelta(32)).replace(day=1) - timedelta(1)


def months_to_rebate(day: date, following: date) -> Sequence[date]:
    """The months whose rebates a night looks at: the one that ends with its day, and the one before."""
    this = day.replace(day=1)
    before = (this - timedelta(1)).replace(day=1)
    return [before, this] if following.month != day.month else [before]
