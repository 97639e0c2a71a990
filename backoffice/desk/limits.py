"""Pages of limits: what is used of each, and what it holds for whom."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from backoffice.desk.base import Page
from backoffice.events.selectors import history_of
from limits import selectors
from limits.models import Breach, Limit, Reservation


def shares(limit: Limit) -> dict[str, Any]:
    """How full a limit is, in per cent of what it allows; beyond it the bar is red."""
    allowed = limit.cap + limit.override
    whole = max(allowed, limit.used + limit.reserved, Decimal(1))
    return {
        "limit": limit,
        "available": selectors.available(limit),
        "used": int(min(limit.used, allowed) * 100 / whole),
        "held": int(limit.reserved * 100 / whole),
        "over": int(max(limit.used - allowed, Decimal(0)) * 100 / whole),
    }


class Limits(Page):
    permission = "limits.view_limit"
    template_name = "limits/limits.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        rows = selectors.limits(visible_to=self.user).order_by("entity", "kind", "id")
        breaches = Breach.objects.filter(closed_at__isnull=True, limit__in=rows.values("pk"))
        return {
            "limits": [shares(row) for row in rows[:500]],
            "breaches": breaches.select_related("limit").order_by("-id")[:50],
        }


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
