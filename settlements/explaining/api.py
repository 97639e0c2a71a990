"""Why a settlement did not settle, as data."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backoffice.kernel.money import Money
from backoffice.workflow.api import user_of
from refdata.selectors import money_document
from settlements import selectors
from settlements.explaining.deadlines import settles_by
from settlements.explaining.services import Latest, latest_worked_out
from settlements.models import Settlement


class ExplainSettlement(APIView):
    permission = "settlements.view_settlement"

    def get(self, request: Request, reference: str) -> Response:
        """Why the last run left it out: what is short, what would let it settle, what that pushes out.

        Worked out when it is first asked for and kept; `is_proved` says that nothing smaller would do.
        """
        user = user_of(request)
        row = selectors.settlement(reference, visible_to=user)
        found = latest_worked_out(row.pk, visible_to=user, at=timezone.now())
        return Response(explanation_document(row, found))


def explanation_document(row: Settlement, found: Latest | None) -> dict[str, Any]:
    """Without a run that left it out everything but the settlement is empty."""
    document: dict[str, Any] = {"settlement": str(row), "run": None, "explanations": {}}
    if found is None:
        return document
    plan = found.plan
    better = max(plan.bound - plan.value, Decimal(0))
    return document | {
        "run": found.run or None, "reason": found.reason, "explanations": found.known,
        "settles_by": settles_by(row.place.code, row.method, row.money_asset.code, plan.run.business_date) or None,
        "is_best": plan.gap == 0, "gap": plan.gap,
        "better_by_at_most": money_document(Money(better, plan.currency)),
    }  # fmt: skip
