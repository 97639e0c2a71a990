"""Of the firm at a glance: income and expense month by month, what drove expense beyond it, and what a deal costs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from django.utils.translation import gettext_lazy as _

from expenses.allocating.selectors import allocated
from expenses.costs.expecting import month_of, months_after
from expenses.costs.state import CostKind
from expenses.watching.rules import INCOME, Told
from expenses.watching.selectors import alerts_between
from expenses.watching.services import TRAILING, known_months
from ledger.accounting.chart import Line
from refdata.models import Entity
from reporting.overview.counting import Period
from reporting.reports.base import Cell, Column, Known, Picture, Section

Cells = Iterator[dict[str, Cell]]
# A driver is income, a kind of cost, or a line of the income statement.
CAUSES = dict(Line.choices) | dict(CostKind.choices) | {INCOME: _("Income")}


def _earned(entity: Entity, period: Period, known: Known) -> Cells:
    return (
        {"month": month, "came_in": f"{told.income:f}"}
        for month, told in _months(entity, period, known)
    )


def _spent(entity: Entity, period: Period, known: Known) -> Cells:
    return (
        {"month": month, "went_out": f"{told.expense:f}"}
        for month, told in _months(entity, period, known)
    )


def _months(entity: Entity, period: Period, known: Known) -> Iterator[tuple[str, Told]]:
    """The last twelve months that were closed by then, as they were kept."""
    last = month_of(period.last)
    found = known_months(entity.pk, months_after(last, 1 - TRAILING), last, horizon=known.horizon)
    return ((f"{month:%Y-%m}", told) for month, told in sorted(found.items()))


def _outran(entity: Entity, period: Period, known: Known) -> Cells:
    """The drivers of each month that the period is in, where expense outran income."""
    first, last = month_of(period.first), month_of(period.last)
    for row in alerts_between(entity.pk, first, last, horizon=known.horizon):
        for driver in row.drivers.all():
            yield {
                "month": f"{row.month:%Y-%m}", "alerted": str(row), "of_cause": driver.cause,
                "worse_by": f"{driver.worse_by:f}", "usual": f"{driver.usual:f}",
            }  # fmt: skip


def _desks(entity: Entity, period: Period, known: Known) -> Cells:
    """What each desk bears of the month that the period ends in, and a deal of it costs."""
    for desk in allocated(entity, month_of(period.last), horizon=known.horizon).desks:
        yield {
            "desk": desk.book.code, "bears": f"{desk.amount:f}", "dealt_by": str(desk.deals),
            "per_deal": None if desk.per_deal is None else f"{desk.per_deal:f}",
        }  # fmt: skip


SPENDING: Mapping[str, Callable[[Entity, Period, Known], Cells]] = {
    "earned": _earned, "spent": _spent, "outran": _outran, "desks": _desks,
}  # fmt: skip
COLUMNS = (
    Column("month", _("Month")),
    Column("came_in", _("Earned in the month"), "money", currency="currency"),
    Column("went_out", _("Spent in the month"), "money", currency="currency"),
    Column("alerted", _("Alert")),
    Column("of_cause", _("What drove it"), labels=CAUSES),
    Column("worse_by", _("Worse than usual by"), "money", currency="currency"),
    Column("usual", _("Usually"), "money", currency="currency"),
    Column("desk", _("Desk")),
    Column("bears", _("Bears"), "money", currency="currency", sums=True),
    Column("dealt_by", _("Deals of the month"), "count"),
    Column("per_deal", _("Cost of a deal"), "money", currency="currency"),
)
SECTIONS = (
    Section("earned", _("Income by month"), ("entity", "month", "came_in", "currency")),
    Section("spent", _("Expense by month"), ("entity", "month", "went_out", "currency")),
    Section("outran", _("What drove expense beyond income"), (
        "entity", "month", "alerted", "of_cause", "worse_by", "usual", "currency")),
    Section("desks", _("Costs by desk and deal"), ("entity", "desk", "bears", "dealt_by", "per_deal", "currency")),
)  # fmt: skip
PICTURES = (
    Picture("earned", "month", "came_in"), Picture("spent", "month", "went_out"),
    Picture("outran", "of_cause", "worse_by"), Picture("desks", "desk", "bears"),
)  # fmt: skip
