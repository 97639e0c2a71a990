"""Reading the register: lists, one by its reference, and its depreciation so far and to come."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import NamedTuple

from django.db.models import DecimalField, F, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from backoffice.access.models import User
from backoffice.kernel.errors import NotFound
from backoffice.kernel.references import number_in
from expenses.assets.depreciating import life_of
from expenses.assets.models import FixedAsset
from expenses.assets.rules import YEAR, spent_after
from expenses.assets.state import Method
from expenses.costs.expecting import months_after
from expenses.costs.models import Cost
from expenses.costs.state import Source
from refdata.scopes import visible

MONEY: DecimalField[Decimal, Decimal] = DecimalField(max_digits=24, decimal_places=4)


def assets(*, visible_to: User) -> QuerySet[FixedAsset]:
    """Those of the entities that a person sees whole, newest first; `spent` is depreciated, `carried` is left."""
    spent = (
        Cost.objects.filter(source=Source.DEPRECIATION, source_id=OuterRef("pk"))
        .order_by().values("source_id").annotate(sum=Sum("amount")).values("sum")
    )  # fmt: skip
    rows = FixedAsset.objects.select_related(
        "entity", "centre", "supplier", "buyer", "proposed_by"
    ).annotate(spent=Coalesce(Subquery(spent, output_field=MONEY), Decimal(0), output_field=MONEY))
    rows = rows.annotate(carried=F("cost") - F("spent"))
    return visible(rows.order_by("-id"), visible_to)


def asset(reference: str, *, visible_to: User) -> FixedAsset:
    """The asset of a reference such as `EQ-2`. Raises NotFound."""
    row = assets(visible_to=visible_to).filter(pk=number_in(reference, "EQ", "asset")).first()
    if row is None:
        raise NotFound(what="asset", reference=reference)
    return row


def depreciation_of(row: FixedAsset) -> QuerySet[Cost]:
    """What was depreciated, month by month."""
    rows = Cost.objects.filter(source=Source.DEPRECIATION, source_id=row.pk)
    return rows.select_related("centre").order_by("month", "pk")


class YearOfUse(NamedTuple):
    """What a year of use takes by the method, from which month on."""

    number: int
    first: date
    amount: Decimal


def years_of(row: FixedAsset) -> list[YearOfUse]:
    """The plan of an asset that is spent by time; one by units has none."""
    life = life_of(row)
    if life.method == Method.UNITS:
        return []
    ends = [*range(0, life.months, YEAR), life.months]
    spent = [spent_after(life, passed) for passed in ends]
    return [
        YearOfUse(number, months_after(life.first_month, begins), after - before)
        for number, (begins, (before, after)) in enumerate(
            zip(ends, pairwise(spent), strict=False), 1
        )
    ]
