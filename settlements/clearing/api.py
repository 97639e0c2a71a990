"""The operations on net obligations to clearing houses, and on the houses' figures."""

from __future__ import annotations

from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backoffice.access.filtering import chosen_of
from backoffice.access.idempotency import OncePerKey
from backoffice.access.paging import paged
from backoffice.kernel.decimals import plain
from backoffice.workflow.api import ShowHistory, StepOnSubject, user_of
from deals.capturing.plain_post import PlainPost
from deals.capturing.schema import Unreadable
from settlements.clearing import selectors, services
from settlements.clearing.bulk_api import receive_bulk
from settlements.clearing.filters import ClearingFigureFilter, NetObligationFilter
from settlements.clearing.models import ClearingFigure, FigureSource, NetObligation
from settlements.clearing.receiving import DUPLICATE, receive_figures
from settlements.clearing.terms import figure_of, take_figure


def net_document(row: NetObligation) -> dict[str, Any]:
    """Above zero the house owes us, below zero we owe it; in the asset's own units."""
    difference = row.difference
    return {
        "reference": str(row), "status": row.state, "version": row.version, "round": row.round,
        "entity": row.entity.code, "ccp": row.counterparty.code, "account": row.account,
        "owner": row.owner.code, "asset": row.asset.code, "due_date": row.due_date,
        "ours": plain(row.quantity), "theirs": None if row.theirs is None else plain(row.theirs),
        "difference": None if difference is None else plain(difference),
        "figure": f"CF-{row.figure_id}" if row.figure_id else None,
        "opened_at": row.opened_at,
    }  # fmt: skip


class ListNetObligations(APIView):
    permission = "settlements.view_settlement"
    filters = NetObligationFilter
    paged = True

    def get(self, request: Request) -> Response:
        """Net obligations of cleared deals, newest first: ours, theirs, and the difference."""
        rows = selectors.net_obligations(visible_to=user_of(request))
        rows = chosen_of(self, request, rows)
        return paged(rows, request, self, lambda page: [net_document(row) for row in page])


class ShowNetObligation(APIView):
    permission = "settlements.view_settlement"

    def get(self, request: Request, reference: str) -> Response:
        """One net obligation: its versions, the figures of the house, what settles it, the likely cause."""
        row = selectors.net_obligation(reference, visible_to=user_of(request))
        settlement, cause = selectors.settlement_of(row), selectors.cause_of(row)
        document = {
            **net_document(row),
            "settlement": str(settlement) if settlement else None,
            "cause": None if cause is None else {
                "code": cause.kind.value, "deals": [f"D-{id}" for id in cause.deals],
            },
            "versions": [
                {
                    "number": each.number, "quantity": plain(each.quantity), "joined": each.joined,
                    "computed_at": each.computed_at,
                }
                for each in row.versions.order_by("number")
            ],
            "figures": [
                {
                    "reference": str(each), "number": each.number, "quantity": plain(each.quantity),
                    "document": each.document, "source": each.source, "received_at": each.received_at,
                }
                for each in selectors.figures_of(row)
            ],
        }  # fmt: skip
        return Response(document, headers={"ETag": row.etag})


class ListNettedDeals(APIView):
    permission = "settlements.view_settlement"
    paged = True

    def get(self, request: Request, reference: str) -> Response:
        """The flows of deals within a net obligation, newest first; they sum to it."""
        row = selectors.net_obligation(reference, visible_to=user_of(request))
        rows = selectors.flows_of(row).order_by("-id")
        return paged(
            rows, request, self,
            lambda page: [
                {
                    "deal": f"D-{each.deal_id}", "kind": each.flow.kind,
                    "direction": each.flow.direction, "quantity": plain(each.flow.quantity),
                    "since": each.since,
                }
                for each in page
            ],
        )  # fmt: skip


class ShowNetHistory(ShowHistory):
    """Everything that happened to a net obligation, first to last."""

    permission = "settlements.view_settlement"
    subject = "netobligation"
    find = staticmethod(selectors.net_obligation)


class AgreeNetObligation(StepOnSubject):
    """Agree with the clearing house: the net is prepared for settlement, to be released by other eyes."""

    model = NetObligation
    find = staticmethod(selectors.net_obligation)
    shown = staticmethod(net_document)
    permission = "settlements.agree_netobligation"
    service = staticmethod(services.agree_nets)


def figure_document(row: ClearingFigure) -> dict[str, Any]:
    """What a house said of one account, asset and date; of its key the highest number counts."""
    return {
        "reference": str(row), "number": row.number, "entity": row.entity.code,
        "ccp": row.counterparty.code, "account": row.account, "owner": row.owner.code,
        "asset": row.asset.code, "due_date": row.due_date, "quantity": plain(row.quantity),
        "document": row.document, "source": row.source, "received_at": row.received_at,
        "received_by": row.received_by.username,
    }  # fmt: skip


class Figures(OncePerKey):
    """What clearing houses said, and taking in one more figure."""

    permission = {  # noqa: RUF012
        "GET": "settlements.view_settlement", "POST": "settlements.receive_clearingfigure",
    }  # fmt: skip
    gives: ClassVar = {"POST": 201}
    filters = ClearingFigureFilter
    paged = True

    def get(self, request: Request) -> Response:
        """The figures of clearing houses as they came, newest first."""
        rows = selectors.figures(visible_to=user_of(request))
        rows = chosen_of(self, request, rows)
        return paged(rows, request, self, lambda page: [figure_document(row) for row in page])

    def perform(self, request: Request, **kwargs: Any) -> Response:
        """Take in what the clearing house says of one account, asset and date, and compare it.

        The same figure again is told as it is and adds nothing.
        """
        if not isinstance(request.data, dict):
            raise Unreadable(why="A JSON object is expected.")
        user, at = user_of(request), timezone.now()
        parsed = take_figure(figure_of(request.data), actor=user)
        (found,) = receive_figures([parsed], source=FigureSource.REST, actor=user, at=at)
        row = selectors.net_obligation(f"NO-{found.obligation}", visible_to=user)
        headers = {"Location": f"/api/v1/net-obligations/{row}/", "ETag": row.etag}
        document = {**net_document(row), "figure": f"CF-{found.figure}"}
        return Response(document, 200 if found.outcome == DUPLICATE else 201, headers=headers)


class ReceiveFigures(PlainPost):
    """Many figures in one request, as NDJSON or CSV."""

    permission = "settlements.receive_clearingfigure"
    plain = staticmethod(receive_bulk)

    def post(self, request: Request) -> HttpResponse:
        """Take in and compare up to 100,000 figures; each row is told what became of it."""
        framework: HttpRequest = request._request
        return receive_bulk(framework)
