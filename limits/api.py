"""The operations on limits that know no deals: utilisation, history, and ending a reservation."""

from __future__ import annotations

from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backoffice.access.filtering import chosen_of
from backoffice.access.paging import paged
from backoffice.kernel.references import number_in
from backoffice.workflow.api import user_of
from limits import selectors
from limits.documents import (
    breach_document,
    cap_document,
    closing_document,
    event_document,
    limit_document,
    override_document,
)
from limits.filters import LimitFilter
from limits.services import release_hold
from refdata.firm_days import firm_day


class ListLimits(APIView):
    permission = "limits.view_limit"
    paged = True
    filters = LimitFilter

    def get(self, request: Request) -> Response:
        """The limits the caller may see, with their utilisation now; `?status=OPEN` those that still cap."""
        found = selectors.limits_at(timezone.now(), visible_to=user_of(request))
        rows = chosen_of(self, request, found)
        return paged(rows, request, self, lambda page: [limit_document(row) for row in page])


class ShowLimit(APIView):
    permission = "limits.view_limit"

    def get(self, request: Request, reference: str) -> Response:
        """One limit with its utilisation now, of a settlement-day limit by settlement date too.

        `?currency=USD` adds `headroom`: what is available, at the day's rate into that currency.
        """
        at = timezone.now()
        row = selectors.limit_of(reference, visible_to=user_of(request), at=at)
        asked = request.query_params.get("currency", "")
        headroom = selectors.headroom_in(row, asked, on=firm_day(at))
        return Response(limit_document(row, selectors.days_of(row.pk), headroom))


class ShowLimitHistory(APIView):
    permission = "limits.view_limit"

    def get(self, request: Request, reference: str) -> Response:
        """Caps, overrides, closings and breaches of a limit, and all that happened to it: who, when and why."""
        user = user_of(request)
        id = selectors.limit_of(reference, visible_to=user, at=timezone.now()).pk
        caps = selectors.caps(visible_to=user).filter(limit_id=id).order_by("-id")
        overrides = selectors.overrides(visible_to=user).filter(limit_id=id).order_by("-id")
        breaches = selectors.breaches(visible_to=user).filter(limit_id=id).order_by("-id")
        closings = selectors.closings(visible_to=user).filter(limit_id=id).order_by("-id")
        most = selectors.STORY
        return Response(
            {
                "results": [event_document(row) for row in selectors.story_of(id)],
                "caps": [cap_document(row) for row in caps[:most]],
                "overrides": [override_document(row) for row in overrides[:most]],
                "closings": [closing_document(row) for row in closings[:most]],
                "breaches": [breach_document(row) for row in breaches[:most]],
            }
        )


class ReleaseReservation(APIView):
    permission = "limits.reserve_limit"

    def delete(self, request: Request, reference: str) -> Response:
        """Give back what a reservation holds."""
        hold_id = number_in(reference, "H", "reservation")
        release_hold(hold_id=hold_id, actor=user_of(request), at=timezone.now())
        return Response(status=204)
