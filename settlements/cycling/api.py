"""Settlement cycles by REST: what fell due, which run each was, and what comes next."""

from __future__ import annotations

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backoffice.access.filtering import chosen_of
from backoffice.access.paging import paged
from backoffice.workflow.api import user_of
from settlements.cycling import selectors
from settlements.cycling.filters import RunCycleFilter
from settlements.models import RunCycle


def cycle_document(row: RunCycle) -> dict[str, Any]:
    return {
        "reference": str(row), "entity": row.entity.code, "place": row.place.code if row.place else None,
        "business_date": row.business_date, "due_at": row.due_at, "rule": row.rule,
        "run": str(row.run), "status": row.run.state,
    }  # fmt: skip


class ListCycles(APIView):
    permission = "settlements.view_settlement"
    filters = RunCycleFilter
    paged = True

    def get(self, request: Request) -> Response:
        """The settlement cycles that fell due, and which run each was, the latest first.

        Several with one run fell due while nobody looked: it was asked for after an outage, for all of them.
        """
        rows = chosen_of(self, request, selectors.cycles(visible_to=user_of(request)))
        return paged(rows, request, self, lambda page: [cycle_document(row) for row in page])
