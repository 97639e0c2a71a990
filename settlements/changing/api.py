"""Amending and cancelling deals and settlements over REST."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone
from rest_framework import serializers
from rest_framework.parsers import JSONParser
from rest_framework.request import Request
from rest_framework.response import Response

from backoffice.access.models import User
from backoffice.kernel.decimals import parse
from backoffice.kernel.errors import FieldProblem
from backoffice.workflow.api import WithReason, require_match, user_of
from backoffice.workflow.transitions import Outcome
from deals.allocating.rules import MOST_SHARES, Share
from deals.api import StepOnDeal
from deals.capturing.schema import WrongShape, read_document
from deals.models import Deal
from settlements.api import StepOnSettlement
from settlements.changing import services
from settlements.changing.allocating import allocate_deal
from settlements.changing.instructions import cancel_settlements
from settlements.changing.rest import reinstruct_rests
from settlements.changing.unallocating import undo_allocations

ASKED = "cancellation-requested"


class MergePatchParser(JSONParser):
    media_type = "application/merge-patch+json"


class WithEvidence(serializers.Serializer[Any]):
    """The body of a step that names what shows it: a document, or a message."""

    evidence = serializers.CharField(max_length=500, default="", allow_blank=True)


class WithReasonAndEvidence(WithReason, WithEvidence):
    pass


class AmendDeal(StepOnDeal):
    """Give a deal other terms: the whole deal anew, or a JSON merge patch of it.

    A body that names `external_ref` is the whole deal, as it is posted to be captured; any other is a
    merge patch. Beside the terms: `reason`, and `evidence` (by which document or message the
    counterparty agreed, once it had confirmed the deal).
    """

    permission = "deals.amend_deal"
    parser_classes = (JSONParser, MergePatchParser)

    def perform(self, request: Request, **kwargs: Any) -> Response:
        user, reference = user_of(request), kwargs["reference"]
        id = self.id_of(reference, user)
        require_match(request, self.model, id, reference)
        document = read_document(request._request.body or b"{}")
        said = {name: _text(document, name) for name in ("reason", "evidence")}
        services.amend_deal(id=id, document=document, actor=user, at=timezone.now(), **said)
        return Response(
            self.document(reference, user), headers={"ETag": Deal.objects.get(pk=id).etag}
        )


def _text(document: dict[str, Any], name: str) -> str:
    """What is said beside the terms, taken out of them."""
    value = document.pop(name, "")
    if not isinstance(value, str) or len(value) > 500 or "\x00" in value:
        problem = FieldProblem(
            f"/{name}", "invalid", f"{name} is a text of at most 500 characters."
        )
        raise WrongShape([problem], count=1)
    return value


class EndDeal(StepOnDeal):
    """A step that cancels a deal, or brings it nearer to that: 202 while it is live."""

    def perform(self, request: Request, **kwargs: Any) -> Response:
        response = super().perform(request, **kwargs)
        if response.data["status"] not in (
            "CANCELLED",
            "SETTLED",
        ):  # settled: the rest is cancelled
            response.status_code = 202
            response.data["code"] = ASKED
        return response


class CancelDeal(EndDeal):
    """Cancel a deal. Where others must agree, 202: it was asked for, and the deal stays live."""

    permission = "deals.cancel_deal"
    Input = WithReasonAndEvidence
    service = staticmethod(services.cancel_deals)


class AgreeCancel(StepOnDeal):
    """Record the document or message by which the counterparty agrees; another person approves."""

    permission = "deals.agree_cancel_deal"
    Input = WithEvidence
    service = staticmethod(services.agree_cancels)


class DenyCancel(StepOnDeal):
    """Record that the counterparty does not agree: the deal goes on."""

    permission = "deals.deny_cancel_deal"
    Input = WithEvidence
    service = staticmethod(services.deny_cancels)


class WithdrawCancel(StepOnDeal):
    """Take back the request for a cancellation."""

    permission = "deals.withdraw_cancel_deal"
    Input = WithReason
    service = staticmethod(services.withdraw_cancels)


class Reinstruct(StepOnDeal):
    """Have the rest of a deal prepared anew, of which a part is settled and the rest was cancelled."""

    permission = "deals.reinstruct_deal"
    Input = WithReason
    service = staticmethod(reinstruct_rests)


class ApproveCancel(EndDeal):
    """Approve a cancellation that another person asked for: 200, or 202 while its places are asked."""

    permission = "deals.approve_cancel_deal"
    service = staticmethod(services.approve_cancels)


class ShareOf(serializers.Serializer[Any]):
    """Where a part of a block goes, and how much of it: a quantity, or percent."""

    book = serializers.CharField(max_length=64)
    quantity = serializers.CharField(max_length=30, required=False)
    percent = serializers.CharField(max_length=30, required=False)
    capacity = serializers.ChoiceField(choices=("OWN", "CLIENT", "AGENT"), required=False)
    client = serializers.CharField(max_length=64, required=False)
    account = serializers.CharField(max_length=64, required=False)

    def validate_quantity(self, text: str) -> Decimal:
        return _number(text)

    def validate_percent(self, text: str) -> Decimal:
        return _number(text)


def _number(text: str) -> Decimal:
    try:
        return parse(text, scale=8)
    except ValueError as error:
        raise serializers.ValidationError(str(error)) from None


class AllocateDeal(StepOnDeal):
    """Share out a block to books or clients: all by quantity, or all in percent; the parts sum to it."""

    permission = "deals.allocate_deal"

    class Input(WithReason):
        shares = serializers.ListField(child=ShareOf(), min_length=1, max_length=MOST_SHARES)

    def step(self, request: Request, ids: Sequence[int], user: User, at: datetime) -> Outcome:
        given = self._given(request)
        shares = [Share(**each) for each in given.pop("shares")]
        allocate_deal(id=ids[0], shares=shares, actor=user, at=at, **given)
        return Outcome(list(ids))


class UndoAllocation(StepOnDeal):
    """Take the allocation of a block back until something of its parts was sent: the block is restored."""

    permission = "deals.undo_allocation_deal"
    Input = WithReason
    service = staticmethod(undo_allocations)


class CancelSettlement(StepOnSettlement):
    """Cancel a settlement, to be prepared anew. 202 while its place is asked: it stays live."""

    permission = "settlements.cancel_settlement"
    Input = WithReason

    def step(self, request: Request, ids: Sequence[int], user: User, at: datetime) -> Outcome:
        return cancel_settlements(ids=ids, actor=user, at=at, **self._given(request))

    def perform(self, request: Request, **kwargs: Any) -> Response:
        response = super().perform(request, **kwargs)
        if response.data["status"] != "CANCELLED":
            response.status_code = 202
            response.data["code"] = ASKED
        return response
