"""Venues' reports of void deals over REST: one about a deal, many in a file, and the list of all."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backoffice.access.filtering import chosen_of
from backoffice.access.models import User
from backoffice.access.paging import paged
from backoffice.kernel.errors import Refusal
from backoffice.workflow.api import user_of
from backoffice.workflow.transitions import Outcome
from deals.capturing.file_post import take_posted_file
from deals.capturing.plain_post import PlainPost
from deals.state import DealState
from settlements.changing.api import EndDeal
from settlements.changing.rest import PENDING
from settlements.clearing.models import FigureSource
from settlements.reversing.files import take_file
from settlements.reversing.filters import VenueReversalFilter
from settlements.reversing.models import VenueReversal
from settlements.reversing.receiving import Report, receive_reversals
from settlements.reversing.selectors import reversal_document, reversals

PERMISSION = "settlements.receive_venuereversal"
GONE = "net-gone"


class ReverseDeal(EndDeal):
    """Take in the venue's report that a cleared deal is void: 202, another person approves.

    With code `net-gone` the report is kept and nothing is reversed: a net of the deal is with its
    clearing house, and the deal the other way is captured instead, with `report` as its `external_ref`.
    The same report again asks again where the request was withdrawn or denied.
    """

    permission = PERMISSION

    class Input(serializers.Serializer[Any]):
        document = serializers.CharField(max_length=120)
        reason = serializers.CharField(max_length=500, default="", allow_blank=True)

    def step(self, request: Request, ids: Sequence[int], user: User, at: datetime) -> Outcome:
        report = Report(ids[0], **self._given(request))
        (found,) = receive_reversals([report], source=FigureSource.REST, actor=user, at=at)
        if isinstance(found, Refusal):
            raise found
        return Outcome(list(ids))

    def perform(self, request: Request, **kwargs: Any) -> Response:
        response = super().perform(request, **kwargs)
        id = self.id_of(kwargs["reference"], user_of(request))
        document = self._given(request)["document"]
        row = VenueReversal.objects.select_related("deal").get(deal_id=id, document=document)
        response.data["report"] = str(row)
        live = row.deal.state != DealState.CANCELLED
        if row.late or (live and row.deal.cancellation not in PENDING):
            response.status_code, response.data["code"] = 202, GONE
        return response


class ListVenueReversals(APIView):
    permission = "settlements.view_settlement"
    filters = VenueReversalFilter
    paged = True

    def get(self, request: Request) -> Response:
        """What venues reported void, newest first, with where each deal stands now."""
        rows = reversals(visible_to=user_of(request))
        rows = chosen_of(self, request, rows)
        return paged(rows, request, self, lambda page: [reversal_document(row) for row in page])


def receive_bulk(request: HttpRequest) -> HttpResponse:
    """Take in the reports of the body: 200 with what became of each row, or a problem."""
    return take_posted_file(request, permission=PERMISSION, take=_take)


def _take(body: Any, actor: User) -> dict[str, Any]:
    found = take_file(body.file, body.media_type, actor=actor, at=timezone.now())
    return {"counts": found.counts, "rows": found.rows}


class ReceiveReversals(PlainPost):
    """Many reports in one request, as NDJSON or CSV."""

    permission = PERMISSION
    plain = staticmethod(receive_bulk)

    def post(self, request: Request) -> HttpResponse:
        """Take in up to 100,000 reports; each row is told what became of it, or why it is refused."""
        framework: HttpRequest = request._request
        return receive_bulk(framework)
