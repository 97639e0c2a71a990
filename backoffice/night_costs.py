"""The steps of the night about the firm's own costs: what a day and a month bring, and whether they outran income."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from django.db.models import Sum

from backoffice.events.selectors import KnownAt
from backoffice.night_periods import period_of
from backoffice.night_steps import Look, known_since_start
from expenses.assets.depreciating import depreciate_month
from expenses.costs.accruing import accrue_month
from expenses.costs.expecting import last_day, month_of, months_after
from expenses.costs.models import Cost
from expenses.costs.paying import pay_invoices
from expenses.costs.services import book_due
from expenses.costs.state import CostKind
from expenses.watching.services import TRAILING, keep_month, known_months, watch_month
from ledger.accounting.books import sums_of
from ledger.accounting.chart import Line
from ledger.models import BusinessDay, JournalEntry
from ledger.valuing import NoRateToValue
from refdata.models import Entity
from reporting.reports.base import Known
from reporting.reports.income_statement import earned_between

ZERO = Decimal(0)


def costs(look: Look) -> bool:
    """Book what began, match what was paid; on the last day of a month accrue what no invoice came for, depreciate.

    It may run twice: nothing is booked twice.
    """
    entity_id, day, at = look.day.entity_id, look.day.day, look.at
    begun = book_due(entity_id=entity_id, day=day, at=at)
    paid = pay_invoices(entity_id=entity_id, at=at)
    accrued = depreciated = 0
    days = BusinessDay.objects.filter(entity_id=entity_id, day__gt=day).order_by("day")
    following = days.values_list("day", flat=True).first()
    month = month_of(day)
    if following is not None and month_of(following) != month:
        accrued = accrue_month(entity_id=entity_id, month=month, day=day, at=at)
        depreciated = depreciate_month(entity_id=entity_id, month=month, day=day, at=at)
    look.note(
        f"{begun} costs booked, {paid} invoices paid, {accrued} accrued, {depreciated} assets depreciated.",
        begun=begun, paid=paid, accrued=accrued, depreciated=depreciated,
    )  # fmt: skip
    return True


def outran(look: Look) -> bool:
    """Keep what the month came to, and those before it that nobody kept; tell where expense outran income."""
    known = known_since_start(look)
    if known is None:
        return False
    period = period_of(look)
    entity, month = period.entity, period.first_day
    for each in (months_after(month, -back) for back in range(TRAILING, -1, -1)):
        if each == month or not known_months(entity.pk, each, each):
            _keep(entity, each, look, known)
    alert = watch_month(entity=entity, month=month, at=look.at)
    look.note(
        f"Told in {alert}: expense outran income." if alert else "Nothing more is told of the month.",
        alert=str(alert) if alert else "–",
    )  # fmt: skip
    return True


def _keep(entity: Entity, month: date, look: Look, known: KnownAt) -> None:
    """A month before the books began, or without rates to value it, is not kept."""
    last = last_day(month)
    began = JournalEntry.objects.filter(entity=entity, effective_date__lte=last)
    if not began.exists():
        return
    reads = Known(known.horizon, [entity.pk], known.at)
    try:
        lines = sums_of(earned_between(entity, month, last, reads))
    except NoRateToValue:
        return
    income, expenses = causes_of(lines, kinds_of(entity, month, last, known.horizon))
    keep_month(entity=entity, month=month, income=income, expenses=expenses, at=look.at)


def kinds_of(entity: Entity, first: date, last: date, horizon: int) -> Mapping[str, Decimal]:
    """What the running costs that were booked in a month are, by their kinds, in the currency of the books.

    Depreciation and personnel have accounts of their own, and so a line.
    """
    rows = Cost.objects.filter(
        entity=entity, booked_on__range=(first, last), recorded_tx__lt=horizon
    ).exclude(kind__in=(CostKind.DEPRECIATION, CostKind.PERSONNEL))
    return dict(rows.order_by().values_list("kind").annotate(sum=Sum("base")))


def causes_of(
    lines: Mapping[Line, Decimal], kinds: Mapping[str, Decimal]
) -> tuple[Decimal, dict[str, Decimal]]:
    """What came in, and what went out by cause: lines below zero, running costs by their kinds as far as these go."""
    income = sum((amount for amount in lines.values() if amount > 0), ZERO)
    expenses: defaultdict[str, Decimal] = defaultdict(Decimal)
    for line, amount in lines.items():
        if amount < 0:
            expenses[line.value] -= amount
    if expenses[Line.RUNNING_COSTS.value]:
        for kind, amount in kinds.items():
            expenses[kind] += amount
            expenses[Line.RUNNING_COSTS.value] -= amount
    return income, {cause: amount for cause, amount in expenses.items() if amount}
