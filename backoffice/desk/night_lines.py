"""Nights on pages: each step as a line, with what it said, how long it took and usually takes, how it is restarted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from backoffice.access.models import User
from backoffice.desk.base import StepButton, step_buttons
from backoffice.night import NIGHT
from ledger import day_selectors as selectors
from ledger.models import Night, NightStep
from ledger.state import NIGHT_STEP_LIFECYCLE, StepState
from reporting.models import ReportRun
from reporting.reports import REPORTS

# What came of a step in words, from the facts it left; its log has the rest.
SAYS: dict[str, Any] = {
    "cut-off": _("The day after it, %(next)s, is open."),
    "last-run": _("R-%(run)s: %(settled)s settled, %(sent)s sent, %(left_out)s left out."),
    "fails": _("%(failed)s settlements have failed to settle in time since then."),
    "corporate-actions": _("%(entitled)s entitlements, %(corrected)s of them corrections."),
    "statements": _("%(missing)s statements are missing, %(wrong)s do not add up."),
    "reconcile": _("%(matched)s matched, %(breaks)s differ."),
    "valuation": _("%(positions)s positions, %(unpriced)s without a price, %(stale)s at a stale price or rate;"
                   " together %(total)s in base currency."),
    "fees": _("%(accrued)s fees accrued, %(taken_back)s taken back, %(rebates)s rebates."),
    "costs": _("%(begun)s costs booked, %(paid)s invoices paid, %(accrued)s accrued,"
               " %(depreciated)s assets depreciated."),
    "expense-alert": _("Told that expense outran income: %(alert)s."),
    "limits": _("%(checked)s exposures, %(changed)s changed, %(alarms)s wrong without a cause;"
                " %(stale)s stale prices or rates."),
    "open-points": _("%(open)s points are open."),
    "explained": _("Nothing is open; %(explained)s points stand explained."),
    "seal": _("Sealed at event %(number)s."),
    "months": _("Months signed off: %(months)s."),
    "handed-over": _("Batches that the bookkeeping has and that agree: %(batches)s."),
    "period-seal": _("Sealed at event %(number)s."),
    "close-deals": _("%(closed)s settled deals are closed."),
}  # fmt: skip


def says(step: NightStep) -> str:
    """What came of a step that is done, in the reader's language."""
    if step.state != StepState.DONE or step.name not in SAYS:
        return ""
    words: str = str(SAYS[step.name]) % ({"stale": 0} | step.facts)
    return words


def shown_at(step: NightStep, night: Night) -> str:
    """The page of what a step has found, for those that have one."""
    if step.state != StepState.DONE or step.name != "valuation":
        return ""
    query = {"entity": night.entity.code, "day": night.day.day, "stage": night.stage}
    return f"{reverse('valuations')}?{urlencode(query)}"


@dataclass(frozen=True, slots=True)
class StepLine:
    """A step of a night as a line: its title, whose it is, how long it took and usually takes, what it said."""

    step: NightStep
    title: Any
    role: str
    took: timedelta | None
    usually: timedelta | None
    says: str
    shows: str
    log: list[str]
    buttons: list[StepButton]


def _restart_url(reference: str, action: str) -> str:
    return reverse("night-step", args=[reference, action])


@dataclass(frozen=True, slots=True)
class NightLines:
    night: Night
    lines: list[StepLine]


def night_lines(night: Night, user: User) -> NightLines:
    planned = {step.name: step for step in NIGHT[night.stage]}
    rows = sorted(night.steps.all(), key=lambda step: step.position)
    usual = selectors.usual_durations(night)
    return NightLines(
        night,
        [
            StepLine(
                row, planned[row.name].title if row.name in planned else row.name,
                planned[row.name].role if row.name in planned else "",
                row.finished_at - row.started_at if row.finished_at and row.started_at else None,
                usual.get(row.name),
                says(row),
                shown_at(row, night),
                row.log.splitlines(),
                step_buttons(
                    row, [NIGHT_STEP_LIFECYCLE], user=user, permission="ledger.{}_nightstep",
                    url=partial(_restart_url, str(row)),
                    asks_reason=("restart",),
                ),
            )
            for row in rows
        ],
    )  # fmt: skip


def reports_of(nights: Iterable[Night]) -> list[tuple[ReportRun, Any]]:
    """The report runs that nights have asked for, each with the title of its report."""
    asked = [
        id
        for night in nights
        for step in night.steps.all()
        for id in step.facts.get("reports", {}).values()
    ]
    rows = ReportRun.objects.filter(pk__in=asked).order_by("pk")
    return [(run, REPORTS[run.report].title) for run in rows]
