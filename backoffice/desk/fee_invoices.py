"""Pages of the invoices of the fees that we charge."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from backoffice.desk.base import tell_refusal
from backoffice.desk.bringing import month_of
from backoffice.desk.fees import VIEW
from backoffice.desk.listings import link
from backoffice.desk.lists import Listing, ListView
from backoffice.desk.tables import Column
from backoffice.desk.things import Thing, ThingStep
from backoffice.documents.models import Document
from backoffice.kernel.errors import Invalid, Refusal
from backoffice.kernel.i18n import gettext_noop
from expenses.fees import invoice_api, invoicing, selectors
from expenses.fees.filters import InvoiceFilter
from expenses.fees.models import FeeAccrual, FeeInvoice
from expenses.fees.state import INVOICE_LIFECYCLE
from refdata.scopes import entities_seen_by

MAY_PROPOSE = "expenses.propose_feeinvoice"
SHOWN_LINES = 200


class InvoiceIncomplete(Invalid):
    code = "fee-invoice-incomplete"
    title = gettext_noop("It is not said what is to be invoiced")
    detail = gettext_noop("%(members)s: missing or unreadable.")
    hint = gettext_noop("Choose the entity and the month.")


INVOICES = Listing(
    name="fee-invoices",
    title=_("Invoices of fees"),
    empty=_("No invoices fit. What we charge for a month is proposed here, and issued by other eyes."),
    rows=lambda user: selectors.invoices(visible_to=user),
    filters=InvoiceFilter,
    fields={"party": _("Party"), "month": _("Month"), "status": _("State")},
    opens=lambda row: reverse("fee-invoice", args=[str(row)]),
    total=("total", "currency"),
    columns=(
        Column(_("Invoice"), "reference", write=lambda i: link("fee-invoice", i)),
        Column(_("Number"), "number", "code"),
        Column(_("State"), "state", "state"),
        Column(_("Party"), "party", "name"),
        Column(_("Month"), "month", "month"),
        Column(_("Net"), "net", "money", "currency"),
        Column(_("VAT"), "vat", "money", "currency"),
        Column(_("Total"), "total", "money", "currency"),
        Column(_("Currency"), "currency"),
        Column(_("Proposed by"), "proposed_by.username", usual=False),
    ),
)  # fmt: skip


class FeeInvoices(ListView):
    """What we bill, and the form that proposes a month."""

    permission = VIEW
    sending = MAY_PROPOSE
    template_name = "expenses/invoices.html"
    listing = INVOICES

    def more(self) -> dict[str, Any]:
        return {
            "may_propose": self.user.has_perm(MAY_PROPOSE), "entities": entities_seen_by(self.user),
        }  # fmt: skip

    def post(self, request: HttpRequest) -> HttpResponse:
        month = month_of(request.POST.get("month", ""))
        body = {
            "entity": request.POST.get("entity", ""), "month": month.isoformat() if month else "",
            "party": request.POST.get("party", ""),
        }  # fmt: skip
        given = invoice_api.InvoiceInput(data=body)
        try:
            if not given.is_valid():
                raise InvoiceIncomplete(members=", ".join(given.errors))
            invoice_api.proposed(dict(given.validated_data), actor=self.user)
        except Refusal as refusal:
            tell_refusal(request, refusal)
        return HttpResponseRedirect(reverse("fee-invoices"))


class ShowFeeInvoice(Thing):
    permission = VIEW
    template_name = "expenses/invoice.html"
    page_name = "fee-invoice"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        row = selectors.invoice(kwargs["reference"], visible_to=self.user)
        shown = self.decided(
            row, INVOICE_LIFECYCLE, permission="expenses.{}_feeinvoice", asks_reason=("decline",)
        )
        accrued = FeeAccrual.objects.filter(pk__in=row.lines.values("accrual_id")).order_by("pk")
        documents = Document.objects.filter(subject_type=invoicing.SUBJECT, subject_id=row.pk)
        return {
            **shown, "invoice": row, "accrued": accrued[:SHOWN_LINES], "count": accrued.count(),
            "documents": documents.defer("pdf").order_by("language"),
        }  # fmt: skip


class InvoiceStep(ThingStep):
    model = FeeInvoice
    app, subject = "expenses", "feeinvoice"
    find = staticmethod(selectors.invoice)
    page_class = ShowFeeInvoice
    without_reason = ("issue",)
    actions: Mapping[str, Any] = {
        "issue": invoicing.issue_invoices, "decline": invoicing.decline_invoices,
    }  # fmt: skip
