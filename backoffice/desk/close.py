"""Pages of the close: days, months and years; one with its nights, its open points, its sign-off and its re-opening."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from backoffice.desk import closing_listings
from backoffice.desk.base import Page, StepView, step_buttons
from backoffice.desk.case_page import TakesSteps, own_case
from backoffice.desk.lists import ListView
from backoffice.desk.night_lines import night_lines, reports_of
from backoffice.events.selectors import history_of
from backoffice.night_points import KINDS
from ledger import day_selectors as selectors
from ledger import period_selectors
from ledger.day_processing import CLOSING, SIGN_OFF
from ledger.day_steps import due_of, take_step_days
from ledger.days import sign_off_days
from ledger.models import BusinessDay, BusinessPeriod, NightStep, OpenPoint
from ledger.nights import restart_steps
from ledger.periods import days_of, sign_off_periods
from ledger.points import explain_points
from ledger.reopening import approve_reopening, ask_to_reopen, decline_reopening, opens_with
from ledger.state import BUSINESS_DAY_LIFECYCLE, BUSINESS_PERIOD_LIFECYCLE, DayState, Stage


class Days(ListView):
    permission = "ledger.view_close"
    template_name = "ledger/days.html"
    listing = closing_listings.DAYS


class Valuations(ListView):
    permission = "ledger.view_close"
    listing = closing_listings.VALUATIONS


class ShowDay(Page):
    permission = "ledger.view_close"
    template_name = "ledger/day.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        day = selectors.day_of(kwargs["reference"], visible_to=self.user)
        order = {stage: number for number, stage in enumerate(Stage.values)}
        nights = sorted(day.nights.all(), key=lambda night: (night.round, order[night.stage]))
        points = sorted(day.open_points.all(), key=lambda p: (p.state == "GONE", p.kind, p.key))
        process = own_case(
            CLOSING, day, due_of(day), user=self.user,
            url=reverse("day-step", args=[str(day), "take_step"]),
        )  # fmt: skip
        return {
            "day": day,
            "process": process,
            "nights": [night_lines(night, self.user) for night in nights],
            "running": any(night.state == "RUNNING" for night in nights),
            "points": points,
            "kinds": KINDS,
            "may_explain": self.user.has_perm("ledger.explain_openpoint") and day.state == "CLOSING",
            "runs": reports_of(nights),
            "opens": opens_with(day) if day.state == DayState.REOPENING else None,
            "steps": step_buttons(
                day, [BUSINESS_DAY_LIFECYCLE], user=self.user, permission="ledger.{}_businessday",
                url=lambda action: reverse("day-step", args=[str(day), action]),
                asks_reason=("sign_off", "ask_reopen", "approve_reopen", "decline_reopen"),
                without=("sign_off",) if process and process.waits_before(SIGN_OFF) else (),
            ),
            "events": list(reversed(history_of("businessday", day.pk))),
        }  # fmt: skip


class DayStep(TakesSteps):
    """Signing a day off, and what its process adds before; asking for it to be opened again, opening it or not."""

    model = BusinessDay
    app, subject = "ledger", "businessday"
    page, find = "business-day", staticmethod(selectors.day_of)
    actions = {  # noqa: RUF012
        "sign_off": sign_off_days, "ask_reopen": ask_to_reopen,
        "approve_reopen": approve_reopening, "decline_reopen": decline_reopening,
        "take_step": take_step_days,
    }  # fmt: skip


class Periods(ListView):
    permission = "ledger.view_close"
    listing = closing_listings.PERIODS


class ShowPeriod(Page):
    """A month or year: its days, the steps of its close, what was reported, its sign-off."""

    permission = "ledger.view_close"
    template_name = "ledger/period.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        period = period_selectors.period_of(kwargs["reference"], visible_to=self.user)
        nights = period_selectors.nights_of(period)
        return {
            "period": period,
            "days": days_of(period),
            "nights": [night_lines(night, self.user) for night in nights],
            "running": any(night.state == "RUNNING" for night in nights),
            "runs": reports_of(nights),
            "steps": step_buttons(
                period, [BUSINESS_PERIOD_LIFECYCLE], user=self.user,
                permission="ledger.{}_businessperiod", asks_reason=("sign_off",),
                url=lambda action: reverse("period-step", args=[str(period), action]),
            ),
            "events": list(reversed(history_of("businessperiod", period.pk))),
        }  # fmt: skip


class PeriodStep(StepView):
    """Signing a month or year off."""

    model = BusinessPeriod
    app, subject = "ledger", "businessperiod"
    page, find = "period", staticmethod(period_selectors.period_of)
    actions = {"sign_off": sign_off_periods}  # noqa: RUF012


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
