"""The operations on limits that know no deals: utilisation, history, and ending a reservation."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backoffice.access.models import User
from backoffice.events.selectors import history_of
from backoffice.kernel.errors import NotFound
from limits.models import Limit
from limits.services import release_hold
from refdata.selectors import visible_entity_ids


def limit_document(row: Limit) -> dict[str, Any]:
    """A limit with its utilisation; every amount in the limit's currency."""

    def money(amount: Decimal) -> dict[str, str]:
        return {"amount": f"{amount:.2f}", "currency": row.currency}

    available = max(row.cap + row.override - row.used - row.reserved, Decimal(0))
    return {
        "reference": f"L-{row.pk}",
        "name": row.name,
        "kind": row.kind,
        "cap": money(row.cap),
        "used": money(row.used),
        "reserved": money(row.reserved),
        "excess": money(row.excess),
        "available": money(available),
        "override": money(row.override),
    }


class ListLimits(APIView):
    permission = "limits.view_limit"

    def get(self, request: Request) -> Response:
        """Every limit the caller may see, with its utilisation now."""
        assert isinstance(request.user, User)
        rows = Limit.objects.order_by("id")
        entities = visible_entity_ids(request.user)
        rows = rows if entities is None else rows.filter(entity_id__in=entities)
        results = [limit_document(row) for row in rows[:1000]]
        return Response({"next": None, "previous": None, "results": results})


class ShowLimitHistory(APIView):
    permission = "limits.view_limit"

    def get(self, request: Request, reference: str) -> Response:
        """What was held under a limit ahead of deals, and its changes."""
        number = reference.removeprefix("L-")
        if not (number.isascii() and number.isdigit()) or len(number) > 18:
            raise NotFound(what="limit", reference=reference)
        if not Limit.objects.filter(pk=int(number)).exists():
            raise NotFound(what="limit", reference=reference)
        events = history_of("limit", int(number))
        return Response(
            {"results": [{"event": e.kind, "at": e.recorded_at, "facts": e.facts} for e in events]}
        )


class ReleaseReservation(APIView):
    permission = "limits.reserve_limit"

    def delete(self, request: Request, reference: str) -> Response:
        """Give back what a reservation holds."""
        assert isinstance(request.user, User)
        number = reference.removeprefix("H-")
        if not (number.isascii() and number.isdigit()) or len(number) > 18:
            raise NotFound(what="reservation", reference=reference)
        release_hold(hold_id=int(number), actor=request.user, at=timezone.now())
        return Response(status=204)
