"""Pages of the close: the days, and one day with its nights, its open points and its sign-off."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from backoffice.access.models import User
from backoffice.desk import listings
from backoffice.desk.base import Page, StepButton, StepView, step_buttons
from backoffice.desk.lists import ListView
from backoffice.events.selectors import history_of
from backoffice.night import NIGHT
from backoffice.night_points import KINDS
from ledger import day_selectors as selectors
from ledger.days import sign_off_days
from ledger.models import BusinessDay, Night, NightStep, OpenPoint
from ledger.nights import restart_steps
from ledger.points import explain_points
from ledger.state import BUSINESS_DAY_LIFECYCLE, NIGHT_STEP_LIFECYCLE, StepState
from reporting.models import ReportRun


class Days(ListView):
    permission = "ledger.view_close"
    template_name = "ledger/days.html"
    listing = listings.DAYS


class Valuations(ListView):
    permission = "ledger.view_close"
    listing = listings.VALUATIONS


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
    "limits": _("%(checked)s exposures, %(changed)s changed, %(alarms)s wrong without a cause;"
                " %(stale)s stale prices or rates."),
    "open-points": _("%(open)s points are open."),
    "explained": _("Nothing is open; %(explained)s points stand explained."),
    "seal": _("Sealed at event %(number)s."),
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


def reports_of(night: Night) -> list[int]:
    """The report runs that a night has asked for."""
    return [id for step in night.steps.all() for id in step.facts.get("reports", {}).values()]


class ShowDay(Page):
    permission = "ledger.view_close"
    template_name = "ledger/day.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        day = selectors.day_of(kwargs["reference"], visible_to=self.user)
        nights = sorted(day.nights.all(), key=lambda night: night.pk)
        points = sorted(day.open_points.all(), key=lambda p: (p.state == "GONE", p.kind, p.key))
        asked = [id for night in nights for id in reports_of(night)]
        return {
            "day": day,
            "nights": [night_lines(night, self.user) for night in nights],
            "running": any(night.state == "RUNNING" for night in nights),
            "points": points,
            "kinds": KINDS,
            "may_explain": self.user.has_perm("ledger.explain_openpoint") and day.state == "CLOSING",
            "runs": ReportRun.objects.filter(pk__in=asked).order_by("pk"),
            "steps": step_buttons(
                day, [BUSINESS_DAY_LIFECYCLE], user=self.user, permission="ledger.{}_businessday",
                url=lambda action: reverse("day-step", args=[str(day), action]),
                asks_reason=("sign_off",),
            ),
            "events": list(reversed(history_of("businessday", day.pk))),
        }  # fmt: skip


class DayStep(StepView):
    """Signing a day off."""

    model = BusinessDay
    app, subject = "ledger", "businessday"
    page, find = "business-day", staticmethod(selectors.day_of)
    actions = {"sign_off": sign_off_days}  # noqa: RUF012


class NightStepStep(StepView):
    """Restarting a step that failed."""

    model = NightStep
    app, subject = "ledger", "nightstep"
    actions = {"restart": restart_steps}  # noqa: RUF012

    def id_of(self, reference: str) -> int:
        return selectors.step_id_of(reference, visible_to=self.user)

    def address(self, reference: str) -> str:
        id = self.id_of(reference)
        return _day_url(NightStep.objects.values_list("night__day_id", flat=True).get(pk=id))


class OpenPointStep(StepView):
    """Explaining what is open at the close."""

    model = OpenPoint
    app, subject = "ledger", "openpoint"
    actions = {"explain": explain_points}  # noqa: RUF012

    def id_of(self, reference: str) -> int:
        return selectors.point_id_of(reference, visible_to=self.user)

    def given(self, action: str) -> dict[str, Any]:
        return {"explanation": self.request.POST.get("explanation", "")[:500]}

    def address(self, reference: str) -> str:
        id = self.id_of(reference)
        return _day_url(OpenPoint.objects.values_list("day_id", flat=True).get(pk=id))


def _day_url(day_id: int) -> str:
    return reverse("business-day", args=[str(BusinessDay(pk=day_id))])
