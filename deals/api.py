"""The operations on deals. Each parses, calls one service or selector, and serialises."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.decorators import classonlymethod
from django.views.decorators.csrf import csrf_exempt
from rest_framework import serializers
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backoffice.access.idempotency import OncePerKey
from backoffice.access.models import User
from backoffice.events.selectors import history_of
from backoffice.workflow.transitions import Outcome
from deals import selectors, services
from deals.bulk_api import capture_bulk
from deals.capture_api import capture_deal
from deals.filters import DealFilter


class Pages(CursorPagination):
    """Newest first, by key: stable however many deals come in meanwhile."""

    ordering = "-id"
    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 500


class PlainPost(APIView):
    """POST leaves the framework for a plain view; what it takes and gives is still declared here."""

    plain: ClassVar[Any]  # HttpRequest -> HttpResponse

    @classonlymethod
    def as_view(cls, **initkwargs: Any) -> Any:  # noqa: N805
        framework = super().as_view(**initkwargs)
        plain = cls.plain

        def view(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.method == "POST":
                answer: HttpResponse = plain(request)
                return answer
            response: HttpResponse = framework(request, *args, **kwargs)
            return response

        view.cls, view.initkwargs = cls, initkwargs  # type: ignore[attr-defined]
        return csrf_exempt(view)


class Deals(PlainPost):
    """The blotter, and capture."""

    permission = {"GET": "deals.view_deal", "POST": "deals.capture_deal"}  # noqa: RUF012
    gives: ClassVar = {"POST": 201}
    filters = DealFilter
    paged = True
    plain = staticmethod(capture_deal)

    def get(self, request: Request) -> Response:
        """The deals the caller may see, newest first."""
        rows = selectors.deals(visible_to=_user(request))
        chosen = self.filters(request.query_params, queryset=rows).qs
        pages: Pages = Pages()
        page: list[Any] | None = pages.paginate_queryset(chosen, request, view=self)
        return pages.get_paginated_response([selectors.deal_document(row) for row in page or ()])

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


def _user(request: Request) -> User:
    assert isinstance(request.user, User)
    return request.user


class ShowDeal(APIView):
    permission = "deals.view_deal"

    def get(self, request: Request, reference: str) -> Response:
        """One deal as it is now."""
        row = selectors.deal(reference, visible_to=_user(request))
        return Response(
            selectors.deal_document(row), headers={"ETag": f'"{row.version}-{row.state}"'}
        )


class ShowDealHistory(APIView):
    permission = "deals.view_deal"

    def get(self, request: Request, reference: str) -> Response:
        """Everything that happened to a deal, first to last."""
        id = selectors.deal_id_of(reference, visible_to=_user(request))
        return Response(
            {
                "results": [
                    {
                        "event": e.kind,
                        "at": e.recorded_at,
                        "by": e.actor.username if e.actor else None,
                        "source": e.source,
                        "target": e.target,
                        "reason": e.reason,
                        "facts": e.facts,
                    }
                    for e in history_of("deal", id)
                ]
            }
        )


class ShowDealFlows(APIView):
    permission = "deals.view_deal"

    def get(self, request: Request, reference: str) -> Response:
        """What is due under the present version of a deal."""
        row = selectors.deal(reference, visible_to=_user(request))
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


class StepOnDeal(OncePerKey):
    """A step of one deal: subclasses say which service takes it."""

    def perform(self, request: Request, **kwargs: Any) -> Response:
        user = _user(request)
        id = selectors.deal_id_of(kwargs["reference"], visible_to=user)
        self.step(request, [id], user, timezone.now()).raise_single()
        return Response(
            selectors.deal_document(selectors.deal(kwargs["reference"], visible_to=user))
        )

    def step(self, request: Request, ids: Sequence[int], user: User, at: datetime) -> Outcome:
        raise NotImplementedError


class ConfirmDeal(StepOnDeal):
    """Record how the counterparty agreed; another person approves it."""

    permission = "deals.confirm_deal"

    class Input(serializers.Serializer[Any]):
        how = serializers.ChoiceField(choices=services.HOW, default="manual")
        evidence = serializers.CharField(max_length=500, default="", allow_blank=True)

    def step(self, request: Request, ids: Sequence[int], user: User, at: datetime) -> Outcome:
        given = self.Input(data=request.data)
        given.is_valid(raise_exception=True)
        return services.confirm_deals(ids=ids, actor=user, at=at, **given.validated_data)


class ApproveDeal(StepOnDeal):
    """Approve what another person confirmed."""

    permission = "deals.approve_deal"

    def step(self, request: Request, ids: Sequence[int], user: User, at: datetime) -> Outcome:
        return services.approve_deals(ids=ids, actor=user, at=at)


class WithReason(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=500, default="", allow_blank=True)


class RejectDeal(StepOnDeal):
    """Send a confirmation back to be captured better."""

    permission = "deals.reject_deal"
    Input = WithReason

    def step(self, request: Request, ids: Sequence[int], user: User, at: datetime) -> Outcome:
        given = WithReason(data=request.data)
        given.is_valid(raise_exception=True)
        return services.reject_deals(ids=ids, actor=user, at=at, **given.validated_data)


class CancelDeal(StepOnDeal):
    """Cancel a deal that the counterparty has not confirmed."""

    permission = "deals.cancel_deal"
    Input = WithReason

    def step(self, request: Request, ids: Sequence[int], user: User, at: datetime) -> Outcome:
        given = WithReason(data=request.data)
        given.is_valid(raise_exception=True)
        return services.cancel_deals(ids=ids, actor=user, at=at, **given.validated_data)
