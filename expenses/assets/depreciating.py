"""Depreciation in the books: once for each asset and month, by the night that ends the month."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Sum

from expenses.assets.models import FixedAsset, UnitsProduced
from expenses.assets.rules import Life, spent_by
from expenses.assets.state import HELD, Method
from expenses.costs.booking import NewCost, book_costs, lock
from expenses.costs.models import Cost
from expenses.costs.state import CostKind, Source
from refdata.selectors import reference_data


def life_of(row: FixedAsset) -> Life:
    return Life(
        row.cost, row.salvage, row.in_use_on, row.months, Method(row.method),
        reference_data().currencies[row.currency].minor_unit, row.factor, row.units,
    )  # fmt: skip


def produced_by(row: FixedAsset, month: date) -> Decimal:
    """What it produced until the end of a month, by the last word on each."""
    told = UnitsProduced.objects.filter(asset=row, month__lte=month).order_by("month", "pk")
    return sum(dict(told.values_list("month", "units")).values(), Decimal(0))


def accumulated(row: FixedAsset) -> Decimal:
    """What of its cost is depreciated by now."""
    rows = Cost.objects.filter(source=Source.DEPRECIATION, source_id=row.pk)
    found: Decimal | None = rows.aggregate(sum=Sum("amount"))["sum"]
    return found or Decimal(0)


def carrying(row: FixedAsset) -> Decimal:
    """At what it stands in the books."""
    return row.cost - accumulated(row)


@transaction.atomic
def depreciate_month(*, entity_id: int, month: date, day: date, at: datetime) -> int:
    """Depreciate everything that is held until the end of a month; for how many. Looking twice takes nothing twice."""
    lock(entity_id)
    rows = FixedAsset.objects.select_related("entity").filter(entity_id=entity_id, state__in=HELD)
    return sum(depreciate_until(row, month, day=day, at=at) for row in rows.order_by("pk"))


def depreciate_until(row: FixedAsset, month: date, *, day: date, at: datetime) -> bool:
    """Book what is spent by the end of a month and not booked, as the cost of that month; whether there was any.

    A month that is told late catches up on those before it. In the caller's transaction, who holds the entity's lock.
    """
    known = Cost.objects.filter(source=Source.DEPRECIATION, source_id=row.pk, month__gte=month)
    if known.exists():
        return False
    spent = spent_by(life_of(row), month, produced=produced_by(row, month))
    amount = spent - accumulated(row)
    if not amount:
        return False
    cost = NewCost(
        month, CostKind.DEPRECIATION.value, row.centre_id, None, None, Source.DEPRECIATION, row.pk,
        1, amount, Decimal(0), row.currency,
    )  # fmt: skip
    book_costs(row.entity, [cost], day=day, at=at)
    return True
