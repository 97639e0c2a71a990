"""The operations on what counterparties send to confirm deals."""

from __future__ import annotations

from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backoffice.access.filtering import chosen_of
from backoffice.access.idempotency import OncePerKey
from backoffice.access.paging import paged
from backoffice.kernel.errors import NotFound
from backoffice.workflow.api import ShowHistory, StepOnSubject, WithReason, user_of
from deals.capturing.plain_post import PlainPost
from deals.capturing.schema import Unreadable
from deals.confirming import selectors, services
from deals.confirming.bulk_api import receive_bulk
from deals.confirming.files import take_confirmation
from deals.confirming.filters import ConfirmationFilter
from deals.confirming.matching import match_confirmations
from deals.confirming.models import ReceivedConfirmation
from deals.confirming.receiving import DUPLICATE, receive_confirmations
from deals.confirming.selectors import confirmation_document
from deals.confirming.terms import confirmation_of
from deals.selectors import deal_id_of


class Confirmations(OncePerKey):
    """What counterparties sent, and taking in one more."""

    permission = {  # noqa: RUF012
        "GET": "deals.view_deal", "POST": "deals.receive_confirmation",
    }  # fmt: skip
    gives: ClassVar = {"POST": 201}
    filters = ConfirmationFilter
    paged = True

    def get(self, request: Request) -> Response:
        """Their confirmations of the deals the caller may see, newest first."""
        rows = selectors.confirmations(visible_to=user_of(request))
        rows = chosen_of(self, request, rows)
        return paged(rows, request, self, lambda page: [confirmation_document(row) for row in page])

    def perform(self, request: Request, **kwargs: Any) -> Response:
        """Take in one confirmation and match it: 201, or 200 for one that is there already.

        `function: withdraw` takes back what they sent under `their_ref`. The side is the sender's.
        """
        if not isinstance(request.data, dict):
            raise Unreadable(why="A JSON object is expected.")
        user, at = user_of(request), timezone.now()
        message = take_confirmation(confirmation_of(request.data), actor=user)
        ((outcome, id),) = receive_confirmations([message], source="rest", actor=user, at=at)
        if id is None:
            raise NotFound(what="confirmation", reference=message.their_ref)
        match_confirmations(ids=[id], at=at)
        row = ReceivedConfirmation.objects.get(pk=id)
        document = confirmation_document(row)
        status = 201 if outcome == "received" else 200
        headers = {"Location": f"/api/v1/confirmations/{row}/", "ETag": row.etag}
        if outcome == DUPLICATE:
            del headers["Location"]
        return Response(document, status, headers=headers)


class BulkConfirmations(PlainPost):
    """Many confirmations in one request, as NDJSON or CSV."""

    permission = "deals.receive_confirmation"
    plain = staticmethod(receive_bulk)

    def post(self, request: Request) -> HttpResponse:
        """Take in and match up to 100,000 confirmations; each row is told what became of it."""
        framework: HttpRequest = request._request
        return receive_bulk(framework)


class ShowConfirmation(APIView):
    permission = "deals.view_deal"

    def get(self, request: Request, reference: str) -> Response:
        """One confirmation, with every field of both sides and what differs."""
        row = selectors.confirmation(reference, visible_to=user_of(request))
        fields = [
            {
                "field": f.field, "ours": _told(f.ours), "theirs": _told(f.theirs),
                "difference": _told(f.difference), "weight": f.weight.value,
            }
            for f in selectors.findings_of(row)
        ]  # fmt: skip
        document = {**confirmation_document(row), "fields": fields, "raw": row.raw}
        return Response(document, headers={"ETag": row.etag})


def _told(value: Any) -> str | None:
    return None if value in (None, "") else str(value)


class ShowConfirmationHistory(ShowHistory):
    """Everything that happened to a confirmation, first to last."""

    permission = "deals.view_deal"
    subject = "confirmation"
    find = staticmethod(selectors.confirmation)


class StepOnConfirmation(StepOnSubject):
    """A step of one confirmation."""

    model = ReceivedConfirmation
    find = staticmethod(selectors.confirmation)
    shown = staticmethod(confirmation_document)


class LinkConfirmation(StepOnConfirmation):
    """Say which deal it is about; what agrees or differs is found at once."""

    permission = "deals.link_confirmation"
    service = staticmethod(services.link_confirmations)

    class Input(serializers.Serializer[Any]):
        deal = serializers.CharField(max_length=24)
        reason = serializers.CharField(max_length=500, default="", allow_blank=True)

    def _given(self, request: Request) -> dict[str, Any]:
        given = super()._given(request)
        deal_id = deal_id_of(given.pop("deal"), visible_to=user_of(request))
        return {**given, "deal_id": deal_id}


class DisputeConfirmation(StepOnConfirmation):
    """Say that they were told it is wrong, and why; their next message replaces it."""

    permission = "deals.dispute_confirmation"
    Input = WithReason
    service = staticmethod(services.dispute_confirmations)


class RejectConfirmation(StepOnConfirmation):
    """It is about no deal of ours, and they know."""

    permission = "deals.reject_confirmation"
    Input = WithReason
    service = staticmethod(services.reject_confirmations)


class WithdrawConfirmation(StepOnConfirmation):
    """Record that they took it back by another road than a message."""

    permission = "deals.withdraw_confirmation"
    Input = WithReason
    service = staticmethod(services.withdraw_confirmations)
