"""The operations on invoices of suppliers."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar

from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backoffice.access.filtering import chosen_of
from backoffice.access.idempotency import OncePerKey
from backoffice.access.models import User
from backoffice.access.paging import paged
from backoffice.kernel.money import Money
from backoffice.workflow.api import ShowSubject, StepOnSubject, WithItsReason, WithReason, user_of
from expenses.costs import selectors, services
from expenses.costs.api import VIEW
from expenses.costs.filters import SupplierInvoiceFilter
from expenses.costs.models import SupplierInvoice
from expenses.costs.paying import pay_by_line
from expenses.costs.state import BOUGHT_CHOICES
from expenses.fees.kinds import SERVICE
from refdata.selectors import money_document
from settlements.fails.api import Day

AMOUNT: Mapping[str, Any] = {"max_digits": 24, "decimal_places": 4}


def invoice_document(row: SupplierInvoice) -> dict[str, Any]:
    """`difference` above zero: more is billed than the contract expects."""
    return {
        "reference": str(row), "status": row.state, "entity": row.entity.code, "party": row.party.code,
        "number": row.number, "dated": row.dated, "month_from": row.month_from,
        "month_until": row.month_until, "contract": str(row.contract) if row.contract else None,
        "found_by": row.found_by or None, "unexplained": row.unexplained or None,
        **{
            name: money_document(Money(getattr(row, name), row.currency))
            for name in ("net", "vat", "total", "difference")
        },
        "received_by": row.received_by.username, "received_at": row.received_at,
    }  # fmt: skip


def invoice_in_lines(row: SupplierInvoice) -> dict[str, Any]:
    """An invoice with its lines, what it was booked as, and which lines of banks paid it, or no longer."""
    return invoice_document(row) | {
        "lines": [
            {
                "kind": line.kind, "what": line.what, "service": line.service or None,
                "net": money_document(Money(line.net, row.currency)),
                "vat": money_document(Money(line.vat, row.currency)),
            }
            for line in row.lines.order_by("number")
        ],
        "costs": [
            {
                "month": cost.month, "kind": cost.kind,
                "centre": cost.centre.code if cost.centre else None,
                "amount": money_document(Money(cost.amount, cost.currency)),
            }
            for cost in selectors.costs_of(row)
        ],
        "payments": [
            {
                "line": str(each.line), "amount": money_document(Money(each.amount, row.currency)),
                "takes_back": str(each.reverses) if each.reverses else None,
            }
            for each in selectors.payments_of(row)
        ],
    }  # fmt: skip


class InvoiceLine(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=BOUGHT_CHOICES)
    what = serializers.CharField(max_length=200, default="", allow_blank=True)
    service = serializers.RegexField(f"^({SERVICE})?$", default="", allow_blank=True)
    net = serializers.DecimalField(**AMOUNT)
    vat = serializers.DecimalField(min_value=Decimal(0), default=Decimal(0), **AMOUNT)


class CentreShare(serializers.Serializer[Any]):
    centre = serializers.CharField(max_length=20)
    weight = serializers.DecimalField(
        max_digits=12, decimal_places=6, min_value=Decimal("0.000001")
    )


class SupplierInvoiceInput(serializers.Serializer[Any]):
    """What a supplier bills for whole months (any day of each); `contract` is the number that it names.

    `shares` are weights of cost centres; none: all of it is of the contract's centre.
    """

    entity = serializers.CharField(max_length=20)
    party = serializers.CharField(max_length=40)
    number = serializers.CharField(max_length=60)
    dated = Day()
    month_from = Day()
    month_until = Day(default=None, allow_null=True)
    contract = serializers.CharField(max_length=64, default="", allow_blank=True)
    currency = serializers.CharField(max_length=3)
    lines = InvoiceLine(many=True)
    shares = CentreShare(many=True, default=list)


def received(given: dict[str, Any], *, actor: User) -> SupplierInvoice:
    """Keep an invoice as it was posted or typed."""
    told = dict(given)
    told["month_until"] = told["month_until"] or told["month_from"]
    told["lines"] = [services.BilledLine(**line) for line in told["lines"]]
    told["shares"] = [(share["centre"], share["weight"]) for share in told["shares"]]
    new = services.NewInvoice(**told)
    return services.receive_invoice(new=new, actor=actor, at=timezone.now())


class SupplierInvoices(OncePerKey):
    permission = {"GET": VIEW, "POST": "expenses.receive_supplierinvoice"}  # noqa: RUF012
    gives: ClassVar = {"POST": 201}
    filters = SupplierInvoiceFilter
    paged = True
    Input = SupplierInvoiceInput

    def get(self, request: Request) -> Response:
        """Invoices of suppliers, newest first."""
        rows = chosen_of(self, request, selectors.invoices(visible_to=user_of(request)))
        return paged(rows, request, self, lambda page: [invoice_document(row) for row in page])

    def perform(self, request: Request, **kwargs: Any) -> Response:
        """Take in what a supplier bills; it is held against the contracts at once, and booked by other eyes."""
        given = self.Input(data=request.data)
        given.is_valid(raise_exception=True)
        row = received(dict(given.validated_data), actor=user_of(request))
        return Response(invoice_in_lines(row), 201, headers={"ETag": row.etag})


class ShowSupplierInvoice(ShowSubject):
    """One invoice with its lines, costs and payments."""

    permission = VIEW
    find = staticmethod(selectors.invoice)
    shown = staticmethod(invoice_in_lines)


class StepOnSupplierInvoice(StepOnSubject):
    model = SupplierInvoice
    find = staticmethod(selectors.invoice)
    shown = staticmethod(invoice_in_lines)


class BookSupplierInvoice(StepOnSupplierInvoice):
    """Book an invoice as a cost, as other eyes than received it; what no contract explains with a reason."""

    permission = "expenses.book_supplierinvoice"
    Input = WithReason
    service = staticmethod(services.book_invoices)


class LineThatPaid(serializers.Serializer[Any]):
    """The line of a statement, by its reference: `SL-5`."""

    line = serializers.CharField(max_length=24)


class PaySupplierInvoice(StepOnSupplierInvoice):
    """Say which line of a bank paid an invoice, where no rule saw it; it is booked and matched at once."""

    permission = "expenses.pay_supplierinvoice"
    Input = LineThatPaid
    service = staticmethod(pay_by_line)


class DeclineSupplierInvoice(StepOnSupplierInvoice):
    """Say that it is not ours, or was typed wrongly."""

    permission = "expenses.decline_supplierinvoice"
    Input = WithItsReason
    service = staticmethod(services.decline_invoices)
