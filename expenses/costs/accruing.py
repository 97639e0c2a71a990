"""Month-end accruals: what contracts oblige us to and no invoice has come for, taken back when it comes."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import QuerySet

from expenses.costs.booking import NewCost, book_costs, lock, recovers_vat, take_back
from expenses.costs.expecting import Share, last_day
from expenses.costs.models import Cost, CostContract, SupplierInvoice
from expenses.costs.reading import billed_months, expected_months, in_register, months_between
from expenses.costs.state import Source
from refdata.models import Entity


@transaction.atomic
def accrue_month(*, entity_id: int, month: date, day: date, at: datetime) -> int:
    """Book on its last business day what is expected of a month and not billed; how many. May run twice.

    Its cost with the VAT that is not recovered: what will be recovered is no cost, and is not with the budget before
    there is an invoice.
    """
    lock(entity_id)
    entity = Entity.objects.get(pk=entity_id)
    contracts = list(in_register(entity_id))
    billed = billed_months([each.pk for each in contracts])
    standing = set(_standing(month).values_list("source_id", flat=True))
    wanted = []
    for row in contracts:
        share = expected_months(row, month, month).get(month)
        if share and month not in billed.get(row.pk, ()) and row.pk not in standing:
            wanted.append(_accrual(entity, row, share, month))
    return len(book_costs(entity, wanted, day=day, at=at))


def _accrual(entity: Entity, row: CostContract, share: Share, month: date) -> NewCost:
    amount = share.net if recovers_vat(entity, last_day(month)) else share.total
    number = Cost.objects.filter(
        source=Source.ACCRUAL, source_id=row.pk, month=month, reverses=None
    ).count()
    return NewCost(
        month, row.kind, row.centre_id, row.party_id, row.pk, Source.ACCRUAL, row.pk, number, amount,
        Decimal(0), row.currency,
    )  # fmt: skip


def _standing(*months: date) -> QuerySet[Cost]:
    return Cost.objects.filter(
        source=Source.ACCRUAL, month__in=months, reverses=None, reversed_by=None
    )


def take_back_accruals(row: SupplierInvoice, *, at: datetime) -> None:
    """The invoice of accrued months has come: what it says counts, in the caller's transaction."""
    if row.contract_id is None:
        return
    months = months_between(row.month_from, row.month_until)
    rows = _standing(*months).filter(source_id=row.contract_id)
    take_back({cost.pk: str(row) for cost in rows}, at=at)
