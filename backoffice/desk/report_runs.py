"""The list of report runs: what was asked, how far it is, and its files."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _

from backoffice.desk.listings import link
from backoffice.desk.lists import Listing
from backoffice.desk.tables import Column
from ledger.state import Stage
from reporting.filters import ReportRunFilter
from reporting.formats import FORMATS
from reporting.models import ReportRun
from reporting.reports import REPORTS
from reporting.selectors import report_runs
from reporting.state import RunState


def _report_title(run: ReportRun) -> Any:
    title = REPORTS[run.report].title
    if not run.stage:
        return title
    tone = "good" if run.stage == Stage.FINAL else "warn"
    label = run.get_stage_display()
    return format_html('{} <span class="badge {}">{}</span>', title, tone, label)


def _report_files(run: ReportRun) -> Any:
    if run.state != RunState.COMPLETED:
        return ""
    links = ((reverse("report-file", args=[run, each]), each.upper()) for each in FORMATS)
    return format_html_join(" ", '<a href="{}" download>{}</a>', links)


REPORT_RUNS = Listing(
    name="reports",
    title=_("Reports made"),
    empty=_("No report yet. Choose the dates of one above and make it."),
    rows=lambda user: report_runs(visible_to=user),
    filters=ReportRunFilter,
    fields={
        "report": _("Report"), "status": _("State"), "stage": _("Stage"), "entity": _("Entity"),
        "requested_by": _("Asked by"),
    },
    opens=lambda run: reverse("report-run", args=[run]),
    columns=(
        Column(_("Reference"), "reference", write=lambda r: link("report-run", r)),
        Column(_("Report"), "report", write=_report_title),
        Column(_("State"), "state", "state"),
        Column(_("Entity"), "entity", "name"),
        Column(_("Rows"), "row_count", "number"),
        Column(_("Watermark"), "watermark", "code"),
        Column(_("Asked by"), "requested_by.username"),
        Column(_("Asked at"), "requested_at", "moment"),
        Column(_("Files"), "pk", write=_report_files),
    ),
)  # fmt: skip
