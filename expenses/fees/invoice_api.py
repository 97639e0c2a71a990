"""The operations on invoices of the fees that we charge."""

from __future__ import annotations

from typing import Any, ClassVar

from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backoffice.access.filtering import chosen_of
from backoffice.access.idempotency import OncePerKey
from backoffice.access.models import User
from backoffice.access.paging import paged
from backoffice.kernel.errors import NotFound
from backoffice.kernel.money import Money
from backoffice.workflow.api import ShowSubject, StepOnSubject, WithReason, user_of
from expenses.fees import invoicing, selectors
from expenses.fees.filters import InvoiceFilter
from expenses.fees.models import FeeInvoice
from expenses.fees.statement_api import VIEW
from refdata.models import Party
from refdata.scopes import entities_seen_by
from refdata.selectors import money_document
from settlements.fails.api import Day


def invoice_document(row: FeeInvoice) -> dict[str, Any]:
    return {
        "reference": str(row), "status": row.state, "number": row.number, "entity": row.entity.code,
        "party": row.party.code, "month": row.month, "proposed_by": row.proposed_by.username,
        **{
            name: money_document(Money(getattr(row, name), row.currency))
            for name in ("net", "vat", "total")
        },
    }  # fmt: skip


class InvoiceInput(serializers.Serializer[Any]):
    """For what is charged until the end of a month (any day of it): to one party, or to all."""

    entity = serializers.CharField(max_length=20)
    month = Day()
    party = serializers.CharField(max_length=40, default="", allow_blank=True)


def proposed(given: dict[str, Any], *, actor: User) -> list[FeeInvoice]:
    """Propose invoices as they were asked for. Raises NotFound, NothingToInvoice."""
    entities = {entity.code: entity.pk for entity in entities_seen_by(actor)}
    if given["entity"] not in entities:
        raise NotFound(what="entity", reference=given["entity"])
    party = Party.objects.filter(code=given["party"]).first() if given["party"] else None
    if given["party"] and party is None:
        raise NotFound(what="party", reference=given["party"])
    return invoicing.propose_invoices(
        entity_id=entities[given["entity"]], month=given["month"],
        party_id=party.pk if party else None, actor=actor, at=timezone.now(),
    )  # fmt: skip


class FeeInvoices(OncePerKey):
    permission = {"GET": VIEW, "POST": "expenses.propose_feeinvoice"}  # noqa: RUF012
    gives: ClassVar = {"POST": (201,)}
    filters = InvoiceFilter
    paged = True
    Input = InvoiceInput

    def get(self, request: Request) -> Response:
        """Invoices of what we charge, newest first."""
        rows = chosen_of(self, request, selectors.invoices(visible_to=user_of(request)))
        return paged(rows, request, self, lambda page: [invoice_document(row) for row in page])

    def perform(self, request: Request, **kwargs: Any) -> Response:
        """Propose an invoice for each party and currency of what is charged until the end of a month."""
        given = self.Input(data=request.data)
        given.is_valid(raise_exception=True)
        rows = proposed(dict(given.validated_data), actor=user_of(request))
        return Response({"results": [invoice_document(row) for row in rows]}, 201)


class ShowFeeInvoice(ShowSubject):
    """One invoice."""

    permission = VIEW
    find = staticmethod(selectors.invoice)
    shown = staticmethod(invoice_document)


class StepOnInvoice(StepOnSubject):
    model = FeeInvoice
    find = staticmethod(selectors.invoice)
    shown = staticmethod(invoice_document)


class IssueFeeInvoice(StepOnInvoice):
    """Number an invoice and set it in both languages, as other eyes than proposed it."""

    permission = "expenses.issue_feeinvoice"
    service = staticmethod(invoicing.issue_invoices)


class DeclineFeeInvoice(StepOnInvoice):
    """Do not send it: what stands in it waits for another."""

    permission = "expenses.decline_feeinvoice"
    Input = WithReason
    service = staticmethod(invoicing.decline_invoices)
