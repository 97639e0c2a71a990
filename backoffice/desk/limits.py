"""Pages of limits: what is used of each, and what it holds for whom."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from backoffice.desk.base import Page
from backoffice.events.selectors import history_of
from backoffice.kernel.errors import NotFound
from limits.models import Breach, Limit, Reservation
from refdata.selectors import visible_entity_ids


def shares(limit: Limit) -> dict[str, Any]:
    """How full a limit is, in per cent of what it allows; beyond it the bar is red."""
    allowed = limit.cap + limit.override
    whole = max(allowed, limit.used + limit.reserved, Decimal(1))
    return {
        "limit": limit,
        "available": max(allowed - limit.used - limit.reserved, Decimal(0)),
        "used": int(min(limit.used, allowed) * 100 / whole),
        "held": int(limit.reserved * 100 / whole),
        "over": int(max(limit.used - allowed, Decimal(0)) * 100 / whole),
    }


class Limits(Page):
    permission = "limits.view_limit"
    template_name = "limits/limits.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        rows = Limit.objects.select_related("entity", "book", "party").order_by(
            "entity", "kind", "id"
        )
        entities = visible_entity_ids(self.user)
        rows = rows if entities is None else rows.filter(entity_id__in=entities)
        breaches = Breach.objects.filter(closed_at__isnull=True, limit__in=rows.values("pk"))
        return {
            "limits": [shares(row) for row in rows[:500]],
            "breaches": breaches.select_related("limit").order_by("-id")[:50],
        }


class ShowLimit(Page):
    permission = "limits.view_limit"
    template_name = "limits/limit.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        number = kwargs["reference"].removeprefix("L-")
        rows = Limit.objects.select_related("entity", "book", "party")
        entities = visible_entity_ids(self.user)
        rows = rows if entities is None else rows.filter(entity_id__in=entities)
        row = rows.filter(pk=int(number)).first() if number.isascii() and number.isdigit() else None
        if row is None:
            raise NotFound(what="limit", reference=kwargs["reference"])
        live = Reservation.objects.filter(limit=row, state__in=("HELD", "COMMITTED"))
        return {
            **shares(row),
            "page": self.page_of(live),
            "events": list(reversed(history_of("limit", row.pk)))[:50],
        }
