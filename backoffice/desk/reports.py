"""Pages of reports: what there is, asking for a run, its rows, files and proof."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase, StreamingHttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from backoffice.access.models import User
from backoffice.desk.base import Page, tell_refusal
from backoffice.desk.drilling import rows_behind
from backoffice.desk.frame import frame_of
from backoffice.desk.lists import ListView
from backoffice.desk.report_runs import REPORT_RUNS
from backoffice.desk.search import address_of
from backoffice.events.selectors import history_of
from backoffice.kernel.errors import NotFound, Refusal
from refdata.firm_days import firm_day
from refdata.scopes import entities_seen_by
from reporting import formats, selectors, services
from reporting.formats import shown
from reporting.formats.pictures import Drawn, pictures_of
from reporting.models import ReportRun
from reporting.remarks import remark, said_of, sign
from reporting.reports import REPORTS, Report
from reporting.reports.base import Column, Row
from reporting.state import RunState
from reporting.storing import page_of_rows, rows_in

SHOWN_ROWS = 50


class Reports(ListView):
    permission = "reporting.view_report"
    template_name = "reporting/reports.html"
    listing = REPORT_RUNS

    def more(self) -> dict[str, Any]:
        """The day of the books is proposed; a period from the first of its month until today."""
        day = frame_of(self.user).day.day
        seen = selectors.reports_of(self.user).values()
        asked = (p for report in seen for p in report.parameters)
        return {
            "reports": seen,
            "entities": entities_seen_by(self.user),
            "proposed": {
                p.name: proposed_day(p.name, day).isoformat() for p in asked if p.kind == "date"
            },
        }


def proposed_day(name: str, day: date) -> date:
    """What a report's date is likely to be: of a period the first of the month of the books, and today."""
    if name.endswith("_from"):
        return day.replace(day=1)
    return max(day, firm_day(timezone.now())) if name.endswith("_until") else day


class RunReport(Page):
    permission = "reporting.run_report"
    http_method_names = ["post"]  # noqa: RUF012

    def post(self, request: HttpRequest, name: str) -> HttpResponse:
        asked = {p.name: request.POST.get(p.name, "") for p in self.report(name).asked}
        try:
            run = services.request_report(
                name=name, parameters=_with_zone(asked), actor=self.user, at=timezone.now()
            )
        except Refusal as refusal:
            tell_refusal(request, refusal)
            return HttpResponseRedirect(reverse("reports"))
        return HttpResponseRedirect(reverse("report-run", args=[str(run)]))

    def report(self, name: str) -> Report:
        found = selectors.reports_of(self.user).get(name)
        if found is None:
            raise Http404
        return found


def _with_zone(asked: dict[str, str]) -> dict[str, str]:
    """A moment typed into a page is one of the desk's own clock."""
    typed = asked.get("known_at", "")
    if typed and typed[-6:-5] not in ("+", "-") and not typed.endswith("Z"):
        offset = timezone.localtime().strftime("%z")
        asked["known_at"] = f"{typed}{offset[:3]}:{offset[3:]}"
    return asked


@dataclass(frozen=True, slots=True)
class ShownTable:
    """A page of one table of a run: written cells, and the addresses of the pages around them."""

    code: str
    title: str
    columns: list[Column]
    rows: list[list[str | SafeString]]
    count: int
    totals: list[shown.Total]
    before: str
    after: str


class ShowReportRun(Page):
    permission = "reporting.view_report"
    template_name = "reporting/run.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        run = selectors.run_of(kwargs["reference"], visible_to=self.user)
        done = run.state == RunState.COMPLETED
        problem = None
        tables, pictures = list[ShownTable](), list[Drawn]()
        if done:
            try:
                tables = self.tables(run)
                if "table" not in self.request.GET:
                    pictures = pictures_of_run(run)
            except services.RowsChanged as refusal:
                problem = refusal
        return {
            "run": run,
            "report": REPORTS[run.report],
            "about": shown.about(run)[2:] if done else [],
            "asked": [
                (p.title, shown.parameter_text(run, p.name))
                for p in REPORTS[run.report].asked
                if p.name in run.parameters
            ],
            "tables": tables,
            "pictures": pictures,
            "many_entities": len({each.entity for each in pictures}) > 1,
            "problem": problem,
            "formats": formats.FORMATS if done else (),
            "events": list(reversed(history_of("reportrun", run.pk)))[:20],
            "said": said_of(run),
            "may_remark": self.user.has_perm("reporting.remark_reportrun"),
            "may_sign": done
            and self.user.has_perm("reporting.sign_reportrun")
            and run.requested_by_id != self.user.pk,
        }

    def tables(self, run: ReportRun) -> list[ShownTable]:
        """The first page of each table, or of one table the page that the address names."""
        path = services.stored_path(run, whole=False)
        report = REPORTS[run.report]
        chosen, start = self.request.GET.get("table"), self.number("from")
        totals = shown.totals_of(report, run)
        found = []
        for table in shown.tables_of(report):
            if chosen is not None and table.code != chosen:
                continue
            first, stop, count = place_of(run, table.code)
            at = first if start is None or chosen is None else start
            page = page_of_rows(path, start=at, stop=stop, size=SHOWN_ROWS, first=first)
            found.append(
                ShownTable(
                    table.code, table.title, [column for _, column in table.columns],
                    cells_of(report, table, page.rows, self.user), count, totals.get(table.code, []),
                    _address(table.code, page.before), _address(table.code, page.after),
                )
            )  # fmt: skip
        return found


def pictures_of_run(run: ReportRun) -> list[Drawn]:
    report = REPORTS[run.report]
    if not report.pictures:
        return []
    return pictures_of(report, rows_in(services.stored_path(run, whole=False)))


def _address(table: str, place: int | None) -> str:
    return "" if place is None else f"?table={table}&from={place}"


def place_of(run: ReportRun, table: str) -> tuple[int, int, int]:
    """The first byte of a table's rows, the byte behind them, and how many rows there are."""
    sections: dict[str, dict[str, int]] = run.contents.get("sections", {})
    size = run.byte_count or services.stored_path(run, whole=False).stat().st_size
    if not REPORTS[run.report].sections:
        return 0, size, run.row_count or 0
    if table not in sections:
        return 0, 0, 0
    first = sections[table]["from"]
    behind = [each["from"] for each in sections.values() if each["from"] > first]
    return first, min(behind, default=size), sections[table]["rows"]


def cells_of(
    report: Report, table: shown.Table, rows: list[Row], user: User
) -> list[list[str | SafeString]]:
    """Cells as people read them: a code with its name before it, a reference that opens what it names."""
    names = shown.Names()
    names.learn(table, rows)
    return [[_cell(report, row, *each, names, user) for each in table.columns] for row in rows]


def _cell(
    report: Report, row: Row, index: int, column: Column, names: shown.Names, user: User
) -> str | SafeString:
    currency = row[report.column(column.currency)] if column.currency else None
    text = shown.written(column, row[index], currency)
    if column.names and (name := names.of(column, row[index])):
        return format_html('{} <span class="faint mono">{}</span>', name, text)
    if column.kind == "text" and (address := address_of(text, user)):
        return format_html('<a class="mono" href="{}">{}</a>', address, text)
    if column.number and (address := rows_behind(report.name, report.told(row), column.name)):
        return format_html('<a href="{}">{}</a>', address, text)
    return text


def download(user: User, reference: str, file_format: str) -> StreamingHttpResponse:
    """A file of a run on its way, from a page or from the administration."""
    run = selectors.run_of(reference, visible_to=user)
    return formats.open_file(run, file_format, actor=user, at=timezone.now()).answer()


class FilePage(Page):
    """A file to be taken; refused, the page of what it is of says why."""

    permission = "reporting.view_report"
    page_name = ""

    def file(self, **kwargs: str) -> StreamingHttpResponse:
        raise NotImplementedError

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:  # type: ignore[override]
        try:
            return self.file(**kwargs)
        except NotFound:
            raise
        except Refusal as refusal:
            tell_refusal(request, refusal)
            return HttpResponseRedirect(reverse(self.page_name, args=[kwargs["reference"]]))


class DownloadReport(FilePage):
    page_name = "report-run"

    def file(self, **kwargs: str) -> StreamingHttpResponse:
        return download(self.user, kwargs["reference"], kwargs["file_format"])


class SayOfReport(Page):
    """A remark on a run, or a signature under it."""

    http_method_names = ["post"]  # noqa: RUF012
    actions = {"remark": remark, "sign": sign}  # noqa: RUF012

    @property
    def permission(self) -> str:  # type: ignore[override]
        return f"reporting.{self.kwargs['action']}_reportrun"

    def post(self, request: HttpRequest, reference: str, action: str) -> HttpResponse:
        run = selectors.run_of(reference, visible_to=self.user)
        try:
            self.actions[action](
                run, text=request.POST.get("text", ""), actor=self.user, at=timezone.now()
            )
        except Refusal as refusal:
            tell_refusal(request, refusal)
        return HttpResponseRedirect(reverse("report-run", args=[reference]) + "#said")


class VerifyReport(Page):
    permission = "reporting.view_report"
    template_name = "reporting/verified.html"
    http_method_names = ["post"]  # noqa: RUF012

    def post(self, request: HttpRequest, reference: str) -> HttpResponse:
        """Compute the run again and show what came out, side by side."""
        try:
            run = selectors.run_of(reference, visible_to=self.user)
            found = services.verify_run(run)
        except NotFound as refusal:
            raise Http404(str(refusal)) from None
        except Refusal as refusal:
            tell_refusal(request, refusal)
            return HttpResponseRedirect(reverse("report-run", args=[reference]))
        report = REPORTS[run.report]
        return self.render_to_response({"run": run, "report": report, "found": found})
