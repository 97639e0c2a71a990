"""Pages of pay: journals with the form that brings one, one journal with its file of salaries."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from backoffice.connectors.salaries import selectors as files
from backoffice.connectors.salaries import services as salaries
from backoffice.connectors.salaries.api import file_answer
from backoffice.connectors.salaries.models import PayFile
from backoffice.connectors.salaries.state import PAY_FILE_LIFECYCLE, PayFileState
from backoffice.desk.base import Page, tell_refusal
from backoffice.desk.listings import link
from backoffice.desk.lists import Listing, ListView
from backoffice.desk.tables import Column
from backoffice.desk.things import Thing, ThingStep
from backoffice.kernel.decimals import plain
from backoffice.kernel.errors import Refusal
from expenses.payroll import selectors, services
from expenses.payroll.api import VIEW
from expenses.payroll.filters import PayrollFilter
from expenses.payroll.models import PayrollJournal
from expenses.payroll.state import PAYROLL_LIFECYCLE, PayrollState, Remark
from refdata.models import Party

MAY_RECEIVE, MAY_PREPARE = "expenses.receive_payrolljournal", "connectors.prepare_payfile"
SHOWN_LINES = 200

JOURNALS = Listing(
    name="payroll-journals",
    title=pgettext_lazy("payroll", "Pay"),
    empty=_("No payroll journals fit. What the payroll reckoned for a month is brought here as a file."),
    rows=lambda user: selectors.journals(visible_to=user),
    filters=PayrollFilter,
    fields={"entity": _("Entity"), "month": _("Month"), "status": _("State")},
    opens=lambda row: reverse("payroll-journal", args=[str(row)]),
    columns=(
        Column(_("Payroll journal"), "reference", write=lambda j: link("payroll-journal", j)),
        Column(_("State"), "state", "state"),
        Column(_("Entity"), "entity", "name"),
        Column(_("Month"), "month", "month"),
        Column(_("Number"), "number", "code"),
        Column(_("Paid on"), "pay_date", "day"),
        Column(_("Employees"), "people", "number"),
        Column(_("Accrued"), "accrued", "money", "entity.base_currency"),
        Column(_("NDFL"), "ndfl", "money", "entity.base_currency"),
        Column(_("Contributions"), "contributions", "money", "entity.base_currency", usual=False),
        Column(_("To be paid"), "net", "money", "entity.base_currency"),
        Column(_("Brought by"), "received_by.username", usual=False),
        Column(_("Received"), "received_at", "moment", usual=False),
    ),
)  # fmt: skip


class PayrollJournals(ListView):
    """The journals, and the form for the file of one."""

    permission = VIEW
    sending = MAY_RECEIVE
    template_name = "expenses/payroll_journals.html"
    listing = JOURNALS

    def more(self) -> dict[str, Any]:
        return {"may_receive": self.user.has_perm(MAY_RECEIVE)}

    def post(self, request: HttpRequest) -> HttpResponse:
        file = request.FILES.get("file")
        content = file.read() if isinstance(file, UploadedFile) else b""
        name = (getattr(file, "name", "") or "")[:120]
        try:
            row, _new = services.receive_journal(
                content=content, document=name, actor=self.user, at=timezone.now()
            )
        except Refusal as refusal:
            tell_refusal(request, refusal)
            return HttpResponseRedirect(request.path)
        return HttpResponseRedirect(reverse("payroll-journal", args=[str(row)]))


class ShowPayrollJournal(Thing):
    permission = VIEW
    template_name = "expenses/payroll_journal.html"
    page_name = "payroll-journal"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        row = selectors.journal(kwargs["reference"], visible_to=self.user)
        shown = self.decided(
            row, PAYROLL_LIFECYCLE, permission="expenses.{}_payrolljournal",
            asks_reason=("accept", "decline"),
        )  # fmt: skip
        odd = selectors.remarks_of(row)
        people = Party.objects.in_bulk({each.person_id for each in odd})
        its_files = files.pay_files(visible_to=self.user).filter(journal=row)
        written = its_files.exclude(state=PayFileState.DROPPED).exists()
        may = row.state == PayrollState.ACCEPTED and not written and self.user.has_perm(MAY_PREPARE)
        lines = selectors.lines(row)
        return {
            **shown, "journal": row, "currency": row.entity.base_currency,
            "odd": [
                (people[each.person_id], Remark(each.what).label, _percent(each.rate), each)
                for each in odd
            ],
            "centres": selectors.sums_by_centre(row), "lines": lines[:SHOWN_LINES],
            "line_count": lines.count(), "limit": SHOWN_LINES, "files": its_files,
            "entries": selectors.entries_of(row), "may_prepare": may,
            "accounts": salaries.accounts_of(row) if may else (),
        }  # fmt: skip


def _percent(rate: Decimal | None) -> str:
    return "–" if rate is None else f"{plain(rate * 100)}\u00a0%"


class JournalStep(ThingStep):
    model = PayrollJournal
    app, subject = "expenses", "payrolljournal"
    find = staticmethod(selectors.journal)
    page_class = ShowPayrollJournal
    actions: Mapping[str, Any] = {
        "accept": services.accept_journals, "decline": services.decline_journals,
    }  # fmt: skip


class PreparePayFile(Page):
    """Writing the file of salaries of a journal, from one of our accounts."""

    permission = MAY_PREPARE
    http_method_names = ["post"]  # noqa: RUF012

    def post(self, request: HttpRequest, reference: str) -> HttpResponse:
        row = selectors.journal(reference, visible_to=self.user)
        try:
            salaries.prepare_pay_file(
                journal=row,
                account=request.POST.get("account", ""),
                actor=self.user,
                at=timezone.now(),
            )
        except Refusal as refusal:
            tell_refusal(request, refusal)
        return HttpResponseRedirect(reverse("payroll-journal", args=[str(row)]) + "#files")


class ShowPayFile(Thing):
    permission = VIEW
    template_name = "connectors/pay_file.html"
    page_name = "pay-file"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        row = files.pay_file(kwargs["reference"], visible_to=self.user)
        shown = self.decided(
            row, PAY_FILE_LIFECYCLE, permission="connectors.{}_payfile", asks_reason=("drop",)
        )
        return {
            **shown, "file": row, "journal": row.journal, "currency": row.entity.base_currency,
            "released": row.state == PayFileState.LET_OUT,
        }  # fmt: skip


class PayFileStep(ThingStep):
    model = PayFile
    app, subject = "connectors", "payfile"
    find = staticmethod(files.pay_file)
    page_class = ShowPayFile
    without_reason = ("release",)
    actions: Mapping[str, Any] = {
        "release": salaries.release_pay_files, "drop": salaries.drop_pay_files,
    }  # fmt: skip


class DownloadPayFile(Page):
    """The file itself, for the bank."""

    permission = VIEW

    def get(self, request: HttpRequest, reference: str) -> HttpResponse:
        row = files.pay_file(reference, visible_to=self.user)
        try:
            return file_answer(row)
        except Refusal as refusal:
            tell_refusal(request, refusal)
            return HttpResponseRedirect(reverse("pay-file", args=[str(row)]))
