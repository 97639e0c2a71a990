"""Pages of invoices of suppliers: the list, one with what explains it, and the form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backoffice.desk.costs import VIEW, centres_seen_by, entity_input
from backoffice.desk.inputs import Input, ProposePage
from backoffice.desk.listings import link
from backoffice.desk.lists import Listing, ListView
from backoffice.desk.tables import Column
from backoffice.desk.things import Thing, ThingStep
from backoffice.templatetags import desk
from expenses.costs import invoice_api, selectors, services
from expenses.costs.filters import SupplierInvoiceFilter
from expenses.costs.models import SupplierInvoice
from expenses.costs.paying import lines_that_fit, pay_by_line
from expenses.costs.payments import owed_of
from expenses.costs.state import BOUGHT_CHOICES, SUPPLIER_INVOICE_LIFECYCLE
from ledger.selectors import entries_of
from refdata.firm_days import firm_day
from refdata.selectors import reference_data

MAY_RECEIVE, MAY_PAY = "expenses.receive_supplierinvoice", "expenses.pay_supplierinvoice"

INVOICES = Listing(
    name="supplier-invoices",
    title=_("Invoices of suppliers"),
    empty=_("No invoices fit. What a supplier bills is brought here and held against the contracts at once."),
    rows=lambda user: selectors.invoices(visible_to=user),
    filters=SupplierInvoiceFilter,
    fields={
        "party": _("Supplier"), "month": _("Month"), "status": _("State"),
        "unexplained": _("Not explained"),
    },
    opens=lambda row: reverse("supplier-invoice", args=[str(row)]),
    total=("total", "currency"),
    columns=(
        Column(_("Invoice"), "reference", write=lambda i: link("supplier-invoice", i)),
        Column(_("Number"), "number", "code"),
        Column(_("State"), "state", "state", write=lambda r: desk.badge(r.state, axis="supplierinvoice")),
        Column(_("Supplier"), "party", "name"),
        Column(_("Month"), "month_from", "month"),
        Column(_("Contract"), "contract", write=lambda i: link("cost-contract", i.contract) if i.contract else ""),
        Column(_("Not explained"), "unexplained", write=lambda i: i.get_unexplained_display()),
        Column(_("Net"), "net", "money", "currency", usual=False),
        Column(_("VAT"), "vat", "money", "currency", usual=False),
        Column(_("Total"), "total", "money", "currency"),
        Column(_("Difference"), "difference", "money", "currency"),
        Column(_("Currency"), "currency"),
        Column(_("Dated"), "dated", "day"),
        Column(_("Entity"), "entity", "name", usual=False),
        Column(_("Received by"), "received_by.username", usual=False),
    ),
)  # fmt: skip


class SupplierInvoices(ListView):
    permission = VIEW
    template_name = "settlements/claims.html"
    listing = INVOICES

    def more(self) -> dict[str, Any]:
        return {
            "may_propose": self.user.has_perm(MAY_RECEIVE),
            "propose": reverse("new-supplier-invoice"),
        }


class ShowSupplierInvoice(Thing):
    permission = VIEW
    template_name = "expenses/supplier_invoice.html"
    page_name = "supplier-invoice"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        row = selectors.invoice(kwargs["reference"], visible_to=self.user)
        asks = ("decline", "book") if row.unexplained else ("decline",)
        shown = self.decided(
            row,
            SUPPLIER_INVOICE_LIFECYCLE,
            permission="expenses.{}_supplierinvoice",
            asks_reason=asks,
        )
        costs, payments = selectors.costs_of(row), selectors.payments_of(row)
        sources = [
            *(("cost", cost.pk) for cost in costs),
            *(("invoicepayment", each.pk) for each in payments),
        ]
        owed = owed_of(row) if self.user.has_perm(MAY_PAY) else None
        return {
            **shown, "invoice": row, "lines": row.lines.order_by("number"), "costs": costs,
            "fitting": lines_that_fit(owed, row.entity_id) if owed else (),
            "payments": payments, "paid": selectors.paid_of(row),
            "entries": entries_of(row.entity_id, sources, visible_to=self.user),
        }  # fmt: skip


class SupplierInvoiceStep(ThingStep):
    model = SupplierInvoice
    app, subject = "expenses", "supplierinvoice"
    find = staticmethod(selectors.invoice)
    page_class = ShowSupplierInvoice
    without_reason = ("pay",)
    actions: Mapping[str, Any] = {
        "book": services.book_invoices, "decline": services.decline_invoices, "pay": pay_by_line,
    }  # fmt: skip

    def given(self, action: str) -> dict[str, Any]:
        line = {"line": self.request.POST.get("line", "")} if action == "pay" else {}
        return super().given(action) | line


class NewSupplierInvoice(ProposePage):
    permission = MAY_RECEIVE
    heading = _("Invoice of a supplier")
    explanation = _(
        "As it came. It is held against the contracts of the supplier at once; another person books it. One with"
        " several services or shared by several centres comes over REST."
    )
    form_id = "supplier-invoice"
    button = _("Take it in")

    def inputs(self) -> Sequence[Input]:
        return (
            entity_input(self.user),
            Input(name="party", title=_("Supplier"), offers="parties"),
            Input(name="number", title=_("Number")),
            Input(name="dated", title=_("Dated"), kind="date"),
            Input(name="contract", title=_("Number of the contract that it names")),
            Input(name="month_from", title=_("For the month, by any day of it"), kind="date"),
            Input(name="month_until", title=_("Until the month; empty: the same"), kind="date"),
            Input(name="currency", title=_("Currency")),
            Input(name="kind", title=_("Kind"), choices=BOUGHT_CHOICES),
            Input(name="service", title=_("Service, for its VAT; empty: none")),
            Input(name="net", title=_("Net"), kind="number"),
            Input(name="vat", title=_("VAT"), kind="number", example="0"),
            Input(name="centre", title=_("Cost centre"), choices=[("", "–"), *centres_seen_by(self.user)]),
        )  # fmt: skip

    def lists(self) -> Mapping[str, Any]:
        return {"parties": sorted((p.code, p.name) for p in reference_data().parties.values())}

    def start(self) -> Mapping[str, str]:
        return {"dated": firm_day(timezone.now()).isoformat()}

    def propose(self, typed: Mapping[str, str]) -> str:
        line = {name: typed[name] for name in ("kind", "service", "net", "vat") if name in typed}
        shares = [{"centre": typed["centre"], "weight": "1"}] if typed.get("centre") else []
        one = invoice_api.InvoiceLine(data=line)
        one.is_valid(raise_exception=True)
        given = invoice_api.SupplierInvoiceInput(data={**typed, "lines": [line], "shares": shares})
        given.is_valid(raise_exception=True)
        row = invoice_api.received(dict(given.validated_data), actor=self.user)
        return reverse("supplier-invoice", args=[str(row)])
