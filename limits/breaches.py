"""Breaches: what binding deals took beyond their limits, for risk to decide about."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from backoffice.events.consumers import Happened
from limits.models import Breach


def open_breaches(events: Sequence[Happened], *, at: datetime) -> None:
    """One breach for each limit an event names with the amount beyond it."""
    Breach.objects.bulk_create(
        Breach(
            limit_id=int(limit.removeprefix("L-")),
            source_type=event.subject_type,
            source_id=event.subject_id,
            amount=Decimal(amount),
            opened_at=at,
        )
        for event in events
        for limit, amount in event.facts["breaches"].items()
    )
