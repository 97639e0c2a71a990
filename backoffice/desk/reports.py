"""Pages of reports: what there is, asking for a run, its rows, files and proof."""

from __future__ import annotations

from datetime import timedelta
from itertools import islice
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from backoffice.desk import listings
from backoffice.desk.base import Page, tell_refusal
from backoffice.desk.lists import ListView
from backoffice.kernel.errors import NotFound, Refusal
from reporting import rendering, selectors, services
from reporting.reports import REPORTS

SHOWN_ROWS = 200


class Reports(ListView):
    permission = "reporting.view_report"
    template_name = "reporting/reports.html"
    listing = listings.REPORT_RUNS

    def more(self) -> dict[str, Any]:
        today = timezone.localdate()
        return {
            "reports": REPORTS.values(),
            "defaults": {"settled_from": (today - timedelta(days=30)).isoformat()},
            "today": today.isoformat(),
        }


class RunReport(Page):
    permission = "reporting.run_report"
    http_method_names = ["post"]  # noqa: RUF012

    def post(self, request: HttpRequest, name: str) -> HttpResponse:
        parameters = {p.name: request.POST.get(p.name, "") for p in _report(name).parameters}
        try:
            run = services.request_report(
                name=name, parameters=parameters, actor=self.user, at=timezone.now()
            )
        except Refusal as refusal:
            tell_refusal(request, refusal)
            return HttpResponseRedirect(reverse("reports"))
        return HttpResponseRedirect(reverse("report-run", args=[str(run)]))


def _report(name: str) -> Any:
    if name not in REPORTS:
        raise Http404
    return REPORTS[name]


class ShowReportRun(Page):
    permission = "reporting.view_report"
    template_name = "reporting/run.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        run = selectors.run_of(kwargs["reference"], visible_to=self.user)
        report = REPORTS[run.report]
        done = run.state == "COMPLETED"
        return {
            "run": run,
            "report": report,
            "parameters": [(p.title, run.parameters[p.name]) for p in report.parameters],
            "rows": list(islice(services.stored_rows(run), SHOWN_ROWS)) if done else [],
            "formats": list(rendering.FORMATS) if done else [],
            "shown": SHOWN_ROWS,
        }


class DownloadReport(Page):
    permission = "reporting.view_report"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if kwargs["file_format"] not in rendering.FORMATS:
            raise Http404
        try:
            run = selectors.run_of(kwargs["reference"], visible_to=self.user)
            content, media_type, name = rendering.render(run, kwargs["file_format"])
        except NotFound as refusal:
            raise Http404(str(refusal)) from None
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return HttpResponse(content, content_type=media_type, headers=headers)


class VerifyReport(Page):
    permission = "reporting.view_report"
    http_method_names = ["post"]  # noqa: RUF012

    def post(self, request: HttpRequest, reference: str) -> HttpResponse:
        try:
            found = services.verify_run(selectors.run_of(reference, visible_to=self.user))
        except NotFound as refusal:
            raise Http404(str(refusal)) from None
        except Refusal as refusal:
            tell_refusal(request, refusal)
        else:
            if found.equal:
                text = gettext("Computed again from the books: the same to the last digit.")
                messages.success(request, text, extra_tags=found.recomputed_sha256)
            else:
                text = gettext("Computed again from the books: different. Tell the administrators.")
                messages.error(request, text, extra_tags=found.recomputed_sha256)
        return HttpResponseRedirect(reverse("report-run", args=[reference]))
