"""The night: how a business day is closed, step by step. Read it after `pipeline.py`.

    cut-off passes ──► FLASH   cut-off ─► last-run ─┬► statements ─► reconcile ─┐
                                                    └► fails ─┬─────────────────┴► corporate-actions ─► valuation ─┐
                                                              ├► penalties ────────────────────────────────────────┤
                                                              └► limits ───────────────────────────────────────────┤
                                                                                     reports ◄─ open-points ◄──────┘
    FLASH is through ─► FINAL  explained (persons) ─► valuation ─► reports ─► seal
                               ─► sign-off (a person, other eyes) ─► close-deals, bookkeeping
    a month is over ──► MONTH  days ─► handed-over ─► expense-alert ─► period-reports ─► period-seal
                               ─► period-sign-off (a person, other eyes)
    a year is over ───► YEAR   months ─► tax-year ─► period-reports ─► period-seal
                               ─► period-sign-off (a person, other eyes)
    a day is open again (asked for by one, opened by another) ─► FINAL of it and of every day after it anew,
        and of their months and years

FLASH is provisional and says what is open, with its effect in money. FINAL waits until every open
point is explained or gone (domain-decisions 21). A step is a row that one worker claims; it may run
twice and does nothing the second time. A step that breaks off is restarted by a person where it
broke: what was done before it stays done. The fees and costs of the day come between valuation and
open points; on the last day of a month what contracts oblige us to is accrued, equipment depreciated.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from backoffice import night_periods as periods
from backoffice import night_steps as work
from backoffice.night_actions import corporate_actions
from backoffice.night_costs import costs, outran
from backoffice.night_fails import penalties
from backoffice.night_fees import fees
from backoffice.night_handover import bookkeeping
from backoffice.night_releases import releases
from backoffice.night_statements import reconciled, statements
from backoffice.night_steps import Look
from ledger.state import Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedStep:
    """A step as it is planned: what it does, what must be done before, whose it is if it breaks.

    `work` looks at the step once and says whether it is done; it is called again until it is.
    """

    name: str
    title: str | Promise
    work: Callable[[Look], bool]
    after: tuple[str, ...] = ()
    role: str = "admin"


NIGHT: dict[str, tuple[PlannedStep, ...]] = {
    Stage.FLASH.value: (
        PlannedStep(name="cut-off", title=_("Cut-off"), work=work.cut_off),
        PlannedStep(name="last-run", title=_("Last settlement run"), work=work.last_run, after=("cut-off",)),
        PlannedStep(name="fails", title=_("Fails"), work=work.fails, after=("last-run",)),
        PlannedStep(name="penalties", title=_("Penalties of the day"), work=penalties, after=("fails",),
                    role="accountant"),
        PlannedStep(name="releases", title=_("What was sent and what became of it"), work=releases,
                    after=("fails",)),
        PlannedStep(name="statements", title=_("Statements of banks"), work=statements, after=("last-run",),
                    role="clerk"),
        PlannedStep(name="reconcile", title=_("Statements held against the books"), work=reconciled,
                    after=("statements",), role="clerk"),
        PlannedStep(name="corporate-actions", title=_("Corporate actions"), work=corporate_actions,
                    after=("fails", "reconcile"), role="clerk"),
        PlannedStep(name="valuation", title=_("Valuation at stored prices"), work=work.valuation,
                    after=("corporate-actions",), role="accountant"),
        PlannedStep(name="fees", title=_("Fees of the day"), work=fees, after=("valuation",), role="accountant"),
        PlannedStep(name="costs", title=_("Costs of the day, and of a month that ends"), work=costs,
                    after=("reconcile", "fees"), role="accountant"),
        PlannedStep(name="limits", title=_("Limits"), work=work.limits, after=("fails",), role="risk"),
        PlannedStep(name="open-points", title=_("Open points"), work=work.open_points,
                    after=("penalties", "releases", "costs", "limits")),
        PlannedStep(name="reports", title=_("Reports"), work=work.reports, after=("open-points",)),
    ),
    Stage.FINAL.value: (
        PlannedStep(name="explained", title=_("Open points explained"), work=work.explained, role="accountant"),
        PlannedStep(name="valuation", title=_("Valuation at stored prices"), work=work.valuation,
                    after=("explained",), role="accountant"),
        PlannedStep(name="reports", title=_("Reports"), work=work.reports, after=("valuation",)),
        PlannedStep(name="seal", title=_("Books sealed"), work=work.seal, after=("reports",)),
        PlannedStep(name="sign-off", title=_("Sign-off"), work=work.signed_off, after=("seal",), role="manager"),
        PlannedStep(name="close-deals", title=_("Settled deals closed"), work=work.close_deals,
                    after=("sign-off",)),
        PlannedStep(name="bookkeeping", title=_("Entries for bookkeeping"), work=bookkeeping, after=("sign-off",),
                    role="accountant"),
    ),
    Stage.MONTH.value: (
        PlannedStep(name="days", title=_("Every day signed off"), work=periods.days_signed_off, role="manager"),
        PlannedStep(name="handed-over", title=_("Taken in by the bookkeeping, and in agreement"),
                    work=periods.batches_agree, after=("days",), role="accountant"),
        PlannedStep(name="expense-alert", title=_("Income and expense of the month"), work=outran,
                    after=("handed-over",), role="manager"),
        PlannedStep(name="period-reports", title=_("Reports of the month"), work=periods.period_reports,
                    after=("expense-alert",)),
        PlannedStep(name="period-seal", title=_("Month sealed"), work=periods.seal, after=("period-reports",)),
        PlannedStep(name="period-sign-off", title=_("Sign-off"), work=periods.signed_off, after=("period-seal",),
                    role="manager"),
    ),
    Stage.YEAR.value: (
        PlannedStep(name="months", title=_("Every month signed off"), work=periods.months_signed_off,
                    role="manager"),
        PlannedStep(name="tax-year", title=_("Tax of individuals ended"), work=periods.tax_year_ended,
                    after=("months",), role="accountant"),
        PlannedStep(name="period-reports", title=_("Reports of the year"), work=periods.period_reports,
                    after=("tax-year",)),
        PlannedStep(name="period-seal", title=_("Year sealed"), work=periods.seal, after=("period-reports",)),
        PlannedStep(name="period-sign-off", title=_("Sign-off"), work=periods.signed_off, after=("period-seal",),
                    role="manager"),
    ),
}  # fmt: skip
ROLES = {step.name: step.role for steps in NIGHT.values() for step in steps}
# Listing what is open is nobody's work, explaining it is.
ROLES |= {"open-points": "accountant"}


def role_of(name: str) -> str:
    """Whose work it is when a step of that name is broken off or waits."""
    return ROLES.get(name, "admin")
