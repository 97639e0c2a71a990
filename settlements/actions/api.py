"""The operations on entitlements, what was paid of them, and what differs."""

from __future__ import annotations

from typing import Any, ClassVar

from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backoffice.access.idempotency import OncePerKey
from backoffice.access.paging import paged
from backoffice.kernel.decimals import plain
from backoffice.kernel.money import Money
from backoffice.workflow.api import ShowSubject, StepOnSubject, WithItsReason, user_of
from refdata.selectors import money_document
from settlements.actions import paying, selectors
from settlements.actions.models import Entitlement, IncomeDifference, IncomePayment
from settlements.transforming.selectors import record_event

VIEW = "settlements.view_settlement"
QUANTITIES = ("quantity", "given", "taken", "fraction", "tax_rate")


def entitlement_document(row: Entitlement) -> dict[str, Any]:
    """`expected` is what of money the place pays on it; `net` what the owner has in the end."""
    sums = {
        "gross": row.gross, "withheld": row.withheld, "fraction_paid": row.fraction_amount,
        "price_paid": row.price_paid, "expected": row.receipt, "net": row.net,
        "paid": row.paid_amount,
    }  # fmt: skip
    return {
        "reference": str(row), "status": row.state, "entity": row.entity.code, "owner": row.owner.code,
        "place": row.place.code, "account": row.account or None,
        "option": row.option.number if row.option else None,
        **{name: plain(getattr(row, name)) for name in QUANTITIES},
        **{name: _money(value, row.money_asset) for name, value in sums.items()},
        "withheld_by": row.withheld_by, "tax_rule": row.tax_rule or None,
        "outturn": row.outturn.code if row.outturn else None,
        "income_account": row.income_account or None, "income_by": row.income_by or None,
        "corrects": f"EN-{row.corrects_id}" if row.corrects_id else None,
        "paid_on": row.paid_on, "evidence": row.proof or None,
    }  # fmt: skip


def _money(amount: Any, asset: Any) -> dict[str, str] | None:
    if amount is None or asset is None:
        return None
    return money_document(Money(amount, asset.code))


class ListEntitlements(APIView):
    permission = VIEW
    paged = True

    def get(self, request: Request, reference: str) -> Response:
        """What each owner at each place is entitled to of an event, and what became of it."""
        user = user_of(request)
        rows = selectors.entitlements_of(record_event(reference, visible_to=user), visible_to=user)
        return paged(rows, request, self, lambda page: [entitlement_document(r) for r in page])


def payment_document(row: IncomePayment) -> dict[str, Any]:
    asset = row.event.money_asset
    return {
        "reference": str(row), "status": row.state, "event": str(row.event), "entity": row.entity.code,
        "place": row.place.code, "amount": _money(row.amount, asset), "settled_at": row.settled_at,
        "document": row.document, "reason": row.reason or None,
        "proposed_by": row.proposed_by.username, "proposed_at": row.proposed_at,
    }  # fmt: skip


class ProposePayment(OncePerKey):
    """What a place paid of an event, and recording that it did."""

    permission = {"GET": VIEW, "POST": "settlements.propose_incomepayment"}  # noqa: RUF012
    gives: ClassVar = {"POST": 201}
    paged = True

    class Input(serializers.Serializer[Any]):
        entity = serializers.CharField(max_length=20)
        place = serializers.CharField(max_length=20)
        amount = serializers.DecimalField(max_digits=24, decimal_places=4)
        settled_at = serializers.DateTimeField()
        document = serializers.CharField(max_length=120)
        reason = serializers.CharField(max_length=200, default="", allow_blank=True)

    def get(self, request: Request, reference: str) -> Response:
        """The documents that show what places paid of an event."""
        user = user_of(request)
        event = record_event(reference, visible_to=user)
        rows = selectors.payments(visible_to=user).filter(event=event)
        return paged(rows, request, self, lambda page: [payment_document(r) for r in page])

    def perform(self, request: Request, **kwargs: Any) -> Response:
        """Record what a document says a place paid; other eyes accept it, and it is booked.

        `reason` says why it is not what is expected: the difference is kept until it is cleared.
        """
        given = self.Input(data=request.data)
        given.is_valid(raise_exception=True)
        user = user_of(request)
        event = record_event(kwargs["reference"], visible_to=user)
        made = paying.propose_payment(
            event=event, actor=user, at=timezone.now(), **given.validated_data
        )
        row = selectors.payment(str(made), visible_to=user)
        headers = {"Location": f"/api/v1/income-payments/{row}/", "ETag": row.etag}
        return Response(payment_document(row), 201, headers=headers)


class ShowPayment(ShowSubject):
    """One document of what a place paid."""

    permission = VIEW
    find = staticmethod(selectors.payment)
    shown = staticmethod(payment_document)


class StepOnPayment(StepOnSubject):
    model = IncomePayment
    find = staticmethod(selectors.payment)
    shown = staticmethod(payment_document)


class AcceptPayment(StepOnPayment):
    """Accept it, as other eyes: the money and the securities came, and are booked."""

    permission = "settlements.accept_incomepayment"
    service = staticmethod(paying.accept_payments)


class DeclinePayment(StepOnPayment):
    """Say, as other eyes, that the document does not show it."""

    permission = "settlements.decline_incomepayment"
    Input = WithItsReason
    service = staticmethod(paying.decline_payments)


def difference_document(row: IncomeDifference) -> dict[str, Any]:
    return {
        "reference": str(row), "status": row.state, "event": str(row.event), "entity": row.entity.code,
        "place": row.place.code, "expected": _money(row.expected, row.money_asset),
        "paid": _money(row.paid, row.money_asset), "reason": row.reason, "evidence": row.proof,
        "payment": str(row.payment) if row.payment else None, "found_at": row.found_at,
    }  # fmt: skip


class ListDifferences(APIView):
    permission = VIEW
    paged = True

    def get(self, request: Request) -> Response:
        """What places paid otherwise than expected, newest first."""
        rows = selectors.differences(visible_to=user_of(request))
        return paged(rows, request, self, lambda page: [difference_document(r) for r in page])


class ShowDifference(ShowSubject):
    """One difference."""

    permission = VIEW
    find = staticmethod(selectors.difference)
    shown = staticmethod(difference_document)


class AcceptDifference(StepOnSubject):
    """Accept, as other eyes, that it is so: what is short is owed no more."""

    model = IncomeDifference
    find = staticmethod(selectors.difference)
    shown = staticmethod(difference_document)
    permission = "settlements.accept_incomedifference"
    Input = WithItsReason
    service = staticmethod(paying.accept_differences)
