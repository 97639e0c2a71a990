"""Pages of limits: what is used of each, and what it holds for whom."""

from __future__ import annotations

from typing import Any

from backoffice.desk import listings
from backoffice.desk.base import Page
from backoffice.desk.listings import shares
from backoffice.desk.lists import ListView
from backoffice.events.selectors import history_of
from limits import selectors
from limits.models import Breach, Reservation


class Limits(ListView):
    permission = "limits.view_limit"
    template_name = "limits/limits.html"
    listing = listings.LIMITS

    def more(self) -> dict[str, Any]:
        mine = self.listing.rows(self.user)
        breaches = Breach.objects.filter(closed_at__isnull=True, limit__in=mine.values("pk"))
        return {"breaches": breaches.select_related("limit").order_by("-id")[:50]}


class ShowLimit(Page):
    permission = "limits.view_limit"
    template_name = "limits/limit.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        row = selectors.limit_of(kwargs["reference"], visible_to=self.user)
        live = Reservation.objects.filter(limit=row, state__in=("HELD", "COMMITTED"))
        return {
            **shares(row),
            "page": self.page_of(live),
            "events": list(reversed(history_of("limit", row.pk)))[:50],
        }
