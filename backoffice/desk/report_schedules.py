"""The page of one's scheduled reports: what is made when, the form, and ending one."""

from __future__ import annotations

from datetime import time
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from backoffice.desk.base import Page, tell_refusal
from backoffice.kernel.errors import Refusal
from refdata.firm_days import FIRM_ZONE
from refdata.scopes import entities_seen_by
from reporting.formats import FORMATS
from reporting.reports import REPORTS
from reporting.schedules import bringing, selectors, services
from reporting.schedules.state import Span, Way

PROPOSED = time(8, 0)


class ReportSchedules(Page):
    permission = "reporting.run_report"
    template_name = "reporting/schedules.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        rows = list(selectors.schedules_of(self.user))
        return {
            "schedules": [(row, REPORTS[row.report].title) for row in rows if row.report in REPORTS],
            "reports": selectors.reports_to_schedule(self.user), "entities": entities_seen_by(self.user),
            "spans": Span.choices, "formats": FORMATS, "ways": Way.choices,
            "proposed": PROPOSED.strftime("%H:%M"), "zone": FIRM_ZONE.key,
            "folder": bringing.folder_of(self.user), "address": self.user.email,
        }  # fmt: skip

    def post(self, request: HttpRequest) -> HttpResponse:
        given = {
            name: request.POST.get(name, "")
            for name in ("report", "entity", "span", "file_format", "way")
        }
        try:
            at = time.fromisoformat(request.POST.get("at", ""))
        except ValueError:
            at = PROPOSED
        try:
            services.keep_schedule(user=self.user, at=at, **given)
        except Refusal as refusal:
            tell_refusal(request, refusal)
        return HttpResponseRedirect(reverse("report-schedules"))


class EndReportSchedule(Page):
    permission = "reporting.run_report"
    http_method_names = ["post"]  # noqa: RUF012

    def post(self, request: HttpRequest, reference: str) -> HttpResponse:
        services.end_schedule(services.schedule_of(reference, user=self.user))
        return HttpResponseRedirect(reverse("report-schedules"))
