"""What waits for other eyes about record-date events."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from backoffice.workflow.services import NewItem, close_items, open_items
from settlements.models import RecordEvent
from settlements.transforming.state import EventState

APPROVE = "record-event"


@transaction.atomic
def watch_events(*, ids: Sequence[int], at: datetime) -> None:
    """Open and close what waits about these, by what they are now."""
    rows = RecordEvent.objects.filter(pk__in=ids).select_related("instrument").order_by("pk")
    close_items(subject_type="recordevent", subject_ids=list(ids), kinds=[APPROVE], at=at)
    items = [
        NewItem(
            kind=APPROVE, queue="checker", subject_type="recordevent", subject_id=row.pk,
            entity_id=None, reason=f"{row.instrument.code} {row.record_date.isoformat()}",
        )
        for row in rows if row.state == EventState.PROPOSED
    ]  # fmt: skip
    open_items(items, at=at)
