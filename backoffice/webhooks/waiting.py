"""Webhooks that were given up wait for an administrator, until they are resumed or ended."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from backoffice.events.consumers import Happened
from backoffice.workflow.services import NewItem, close_items, open_items

DISABLED = "webhook.disable"
WEBHOOK_KINDS = frozenset({DISABLED, "webhook.resume", "webhook.end"})


def tell_of_webhooks(events: Sequence[Happened], *, at: datetime) -> None:
    """A webhook that is told nothing any more waits; one that goes on, or ended, does not."""
    last = {event.subject_id: event for event in events}
    over = sorted(id for id, event in last.items() if event.kind != DISABLED)
    close_items(subject_type="webhook", subject_ids=over, kinds=["webhook"], at=at)
    items = [
        NewItem(kind="webhook", queue="admin", subject_type="webhook", subject_id=id,
                reason=event.reason)
        for id, event in sorted(last.items())
        if event.kind == DISABLED
    ]  # fmt: skip
    open_items(items, at=at)
