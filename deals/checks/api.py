"""The operations on what is suspected of deals."""

from __future__ import annotations

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backoffice.access.filtering import chosen_of
from backoffice.access.paging import paged
from backoffice.workflow.api import StepOnSubject, WithReason, user_of
from deals.checks import duplicates, selectors
from deals.checks.models import Suspicion
from deals.filters import SuspicionFilter


def suspicion_document(row: Suspicion) -> dict[str, Any]:
    return {
        "reference": str(row),
        "status": row.state,
        "deal": f"D-{row.deal_id}",
        "earlier": f"D-{row.earlier_id}",
        "blocks": row.blocks,
        "opened_at": row.opened_at,
    }


class ListSuspicions(APIView):
    permission = "deals.view_deal"
    filters = SuspicionFilter
    paged = True

    def get(self, request: Request) -> Response:
        """The deals that may be one captured twice, newest first."""
        rows = selectors.suspicions(visible_to=user_of(request))
        chosen = chosen_of(self, request, rows)
        return paged(chosen, request, self, lambda found: [suspicion_document(s) for s in found])


class DismissSuspicion(StepOnSubject):
    """Say that the deals are two; the later one may be confirmed."""

    permission = "deals.dismiss_suspicion"
    model = Suspicion
    find = staticmethod(selectors.suspicion)
    shown = staticmethod(suspicion_document)
    Input = WithReason
    service = staticmethod(duplicates.dismiss_suspicions)
