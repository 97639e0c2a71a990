"""What a run sent to outside places, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backoffice.access.paging import paged
from backoffice.kernel.decimals import plain
from backoffice.workflow.api import user_of
from settlements import selectors
from settlements.models import RunDecision, SettlementRun
from settlements.releasing.selectors import comparisons_of
from settlements.state import RunOutcome


class ListReleases(APIView):
    permission = "settlements.view_settlement"
    paged = True

    def get(self, request: Request, reference: str) -> Response:
        """What a run sent, the last to go first: why it went, and since the night after, what it became.

        `release` is empty of runs that choose nothing; `became` until the night has compared it.
        """
        user = user_of(request)
        run = selectors.run_of(reference, visible_to=user)
        rows = selectors.decisions_of(run, RunOutcome.SEND, visible_to=user)
        return paged(rows, request, self, lambda page: _documents(run, page))


def _documents(run: SettlementRun, rows: Sequence[RunDecision]) -> list[dict[str, Any]]:
    compared = comparisons_of(run, [row.settlement_id for row in rows])
    return [
        {
            "settlement": f"S-{row.settlement_id}",
            "position": row.position,
            "release": row.facts.get("release", ""),
            "value": None if row.value is None else plain(row.value),
            "became": found.became if found else "",
            "reason": found.reason if found else "",
            "compared_on": found.compared_on if found else None,
        }
        for row in rows
        for found in [compared.get(row.settlement_id)]
    ]
