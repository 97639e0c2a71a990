"""The operations on limits that know no deals: utilisation, history, and ending a reservation."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backoffice.access.models import User
from backoffice.access.paging import paged
from backoffice.events.selectors import history_of
from backoffice.kernel.money import Money
from backoffice.kernel.references import number_in
from limits import selectors
from limits.models import Limit
from limits.services import release_hold
from refdata.selectors import money_document


def limit_document(row: Limit) -> dict[str, Any]:
    """A limit with its utilisation; every amount in the limit's currency."""
    amounts = {
        "cap": row.cap,
        "used": row.used,
        "reserved": row.reserved,
        "excess": row.excess,
        "available": selectors.available(row),
        "override": row.override,
    }
    return {
        "reference": f"L-{row.pk}",
        "name": row.name,
        "kind": row.kind,
        **{name: money_document(Money(value, row.currency)) for name, value in amounts.items()},
    }


def _user(request: Request) -> User:
    assert isinstance(request.user, User)
    return request.user


class ListLimits(APIView):
    permission = "limits.view_limit"
    paged = True

    def get(self, request: Request) -> Response:
        """The limits the caller may see, with their utilisation now."""
        rows = selectors.limits(visible_to=_user(request))
        return paged(rows, request, self, lambda page: [limit_document(row) for row in page])


class ShowLimitHistory(APIView):
    permission = "limits.view_limit"

    def get(self, request: Request, reference: str) -> Response:
        """What was held under a limit ahead of deals, and its changes."""
        row = selectors.limit_of(reference, visible_to=_user(request))
        events = history_of("limit", row.pk)
        return Response(
            {"results": [{"event": e.kind, "at": e.recorded_at, "facts": e.facts} for e in events]}
        )


class ReleaseReservation(APIView):
    permission = "limits.reserve_limit"

    def delete(self, request: Request, reference: str) -> Response:
        """Give back what a reservation holds."""
        hold_id = number_in(reference, "H", "reservation")
        release_hold(hold_id=hold_id, actor=_user(request), at=timezone.now())
        return Response(status=204)
