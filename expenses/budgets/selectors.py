"""Reading budgets: lists, one by its reference, and each line beside what is booked and foreseen."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import QuerySet, Sum

from backoffice.access.models import User
from backoffice.kernel.errors import NotFound
from backoffice.kernel.references import number_in
from expenses.budgets.models import Budget, BudgetLine
from expenses.budgets.rules import Compared, compared, forecast_of, months_of
from expenses.centres import CostCentre
from expenses.costs.booking import in_base, recovers_vat
from expenses.costs.models import Cost
from expenses.costs.reading import expected_months, in_register
from refdata.models import Entity
from refdata.scopes import visible
from refdata.selectors import reference_data

ZERO = Decimal(0)
Key = tuple[int | None, str]  # a centre and a kind of cost
Months = defaultdict[Key, dict[date, Decimal]]


def budgets(*, visible_to: User) -> QuerySet[Budget]:
    """Those of the entities that a person sees whole, newest first."""
    rows = Budget.objects.select_related("entity", "proposed_by")
    return visible(rows.order_by("-id"), visible_to)


def budget(reference: str, *, visible_to: User) -> Budget:
    """The budget of a reference such as `BU-2`. Raises NotFound."""
    row = budgets(visible_to=visible_to).filter(pk=number_in(reference, "BU", "budget")).first()
    if row is None:
        raise NotFound(what="budget", reference=reference)
    return row


class Line(NamedTuple):
    """A centre and kind of cost: until a month, and as the year will be."""

    centre: CostCentre | None
    kind: str
    compared: Compared


def planned(row: Budget | None) -> Months:
    """By centre and kind what a budget has of each month."""
    found: Months = defaultdict(dict)
    lines = BudgetLine.objects.filter(budget=row) if row else BudgetLine.objects.none()
    for centre, kind, month, amount in lines.values_list("centre_id", "kind", "month", "amount"):
        found[centre, kind][month] = amount
    return found


def booked(entity_id: int, year: int, *, contracted: bool | None = None, **known: Any) -> Months:
    """What was booked of each month in the currency of the books; of contracts only where it is asked.

    `known` narrows the rows to what was known at some time (`recorded_tx__lt`).
    """
    rows = Cost.objects.filter(entity_id=entity_id, month__year=year, **known)
    if contracted is not None:
        rows = rows.filter(contract__isnull=not contracted)
    sums = rows.order_by().values_list("centre_id", "kind", "month").annotate(sum=Sum("base"))
    found: Months = defaultdict(dict)
    for centre, kind, month, amount in sums:
        found[centre, kind][month] = amount
    return found


def foreseen(entity: Entity, year: int) -> Months:
    """What contracts make us expect of each month, as costs; foreign ones by the last rate of the year that there is.

    Raises NoRateToValue.
    """
    found: Months = defaultdict(dict)
    first, last, year_ends = date(year, 1, 1), date(year, 12, 1), date(year, 12, 31)
    for row in in_register(entity.pk):
        for month, share in expected_months(row, first, last).items():
            amount = share.net if recovers_vat(entity, month) else share.total
            at = found[row.centre_id, row.kind]
            at[month] = at.get(month, ZERO) + in_base(entity, amount, row.currency, year_ends)
    return found


def lines_of(
    entity: Entity, year: int, until: date, row: Budget | None, **known: Any
) -> list[Line]:
    """A budget beside what is booked until a month and foreseen after it; centres without one first."""
    plan, actual = planned(row), booked(entity.pk, year, **known)
    contracted = booked(entity.pk, year, contracted=True, **known)
    expected = foreseen(entity, year)
    centres: Mapping[int, CostCentre] = CostCentre.objects.filter(entity=entity).in_bulk()
    unit = reference_data().currencies[entity.base_currency].minor_unit
    keys = sorted({*plan, *actual, *expected}, key=lambda key: (key[0] or 0, key[1]))
    found = []
    for key in keys:
        forecast = forecast_of(actual[key], contracted[key], expected[key], until, minor_unit=unit)
        centre = centres.get(key[0]) if key[0] else None
        found.append(Line(centre, key[1], compared(plan[key], forecast, until)))
    return [each for each in found if any(each.compared)]


def totals_of(lines: list[Line]) -> Compared:
    """What all of them come to."""
    if not lines:
        return Compared(ZERO, ZERO, ZERO, ZERO)
    return Compared(
        *(sum(each, ZERO) for each in zip(*(line.compared for line in lines), strict=True))
    )


def last_month_of(year: int, today: date) -> date:
    """Until which month a year is looked at: the one before this, at least its first, at most its last."""
    months = months_of(year)
    over = [month for month in months if month < today.replace(day=1)]
    return over[-1] if over else months[0]
