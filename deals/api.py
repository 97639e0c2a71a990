"""The operations on deals. Each parses, calls one service or selector, and serialises."""

from __future__ import annotations

from typing import Any, ClassVar

from django.http import HttpResponse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backoffice.access.filtering import chosen_of
from backoffice.access.models import User
from backoffice.access.paging import paged
from backoffice.events.selectors import known_at
from backoffice.workflow.api import ShowHistory, StepOnSubject, WithReason, user_of
from deals import selectors, services
from deals.capturing.api import capture_deal
from deals.capturing.bulk_api import capture_bulk
from deals.capturing.plain_post import PlainPost
from deals.filters import DealFilter
from deals.models import Deal
from deals.processing.steps import take_step_deals


class Deals(PlainPost):
    """The blotter, and capture."""

    permission = {"GET": "deals.view_deal", "POST": "deals.capture_deal"}  # noqa: RUF012
    gives: ClassVar = {"POST": 201}
    filters = DealFilter
    paged = True
    plain = staticmethod(capture_deal)

    def get(self, request: Request) -> Response:
        """The deals the caller may see, newest first."""
        rows = selectors.deals(visible_to=user_of(request))
        chosen = chosen_of(self, request, rows)
        return paged(chosen, request, self, selectors.deal_documents)

    def post(self, request: Request) -> HttpResponse:
        """Capture one deal."""
        return capture_deal(request._request)


class BulkDeals(PlainPost):
    """Many deals in one request, as NDJSON or CSV."""

    permission = "deals.capture_deal"
    plain = staticmethod(capture_bulk)

    def post(self, request: Request) -> HttpResponse:
        """Capture up to 100,000 deals."""
        return capture_bulk(request._request)


class ShowDeal(APIView):
    permission = "deals.view_deal"

    class Query(serializers.Serializer[Any]):
        known_at = serializers.DateTimeField(required=False)

    def get(self, request: Request, reference: str) -> Response:
        """One deal as it is now; with `known_at` as its record stood at that moment."""
        given = self.Query(data=request.query_params)
        given.is_valid(raise_exception=True)
        if given.validated_data.get("known_at"):
            known = known_at(given.validated_data["known_at"])
            return Response(
                selectors.deal_as_known_at(reference, known, visible_to=user_of(request))
            )
        row = selectors.deal(reference, visible_to=user_of(request))
        (document,) = selectors.deal_documents([row])
        return Response(document, headers={"ETag": row.etag})


class ShowDealHistory(ShowHistory):
    """Everything that happened to a deal, first to last."""

    permission = "deals.view_deal"
    subject = "deal"
    find = staticmethod(selectors.deal)


class ShowDealFlows(APIView):
    permission = "deals.view_deal"

    def get(self, request: Request, reference: str) -> Response:
        """What is due under the present version of a deal."""
        row = selectors.deal(reference, visible_to=user_of(request))
        flows = [
            {
                "kind": f.kind,
                "direction": f.direction,
                "asset": f.asset.code,
                "quantity": f"{f.quantity.normalize():f}",
                "due_date": f.due_date,
            }
            for f in selectors.flows_of(row.pk, row.version)
        ]
        return Response({"results": flows})


class StepOnDeal(StepOnSubject):
    """A step of one deal."""

    model = Deal

    def id_of(self, reference: str, user: User) -> int:
        return selectors.deal_id_of(reference, visible_to=user)

    def document(self, reference: str, user: User) -> dict[str, Any]:
        (document,) = selectors.deal_documents([selectors.deal(reference, visible_to=user)])
        return document


class ConfirmDeal(StepOnDeal):
    """Record how the counterparty agreed; another person approves it."""

    permission = "deals.confirm_deal"
    service = staticmethod(services.confirm_deals)

    class Input(serializers.Serializer[Any]):
        how = serializers.ChoiceField(choices=services.HOW, default="manual")
        evidence = serializers.CharField(max_length=500, default="", allow_blank=True)


class ApproveDeal(StepOnDeal):
    """Approve what another person confirmed; `If-Match` names the version that was looked at."""

    permission = "deals.approve_deal"
    service = staticmethod(services.approve_deals)


class TakeStepDeal(StepOnDeal):
    """Take the step that the process of the deal waits for besides approval; the last one confirms it."""

    permission = "deals.take_step_deal"
    service = staticmethod(take_step_deals)

    class Input(serializers.Serializer[Any]):
        evidence = serializers.CharField(max_length=500, default="", allow_blank=True)


class RejectDeal(StepOnDeal):
    """Send a confirmation back to be captured better."""

    permission = "deals.reject_deal"
    Input = WithReason
    service = staticmethod(services.reject_deals)
