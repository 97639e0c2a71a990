"""Reading limits without locking them: what was so a moment ago."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from limits.models import Limit


def available_under(limit_ids: Sequence[int]) -> dict[int, Decimal]:
    """What is left under each limit now, never below zero."""
    rows = Limit.objects.filter(pk__in=limit_ids)
    return {
        row.pk: max(row.cap + row.override - row.used - row.reserved, Decimal(0)) for row in rows
    }
