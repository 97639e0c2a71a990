"""Proposed roles wait for the manager: a work item for each, closed when it is decided."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from backoffice.events.consumers import Happened
from backoffice.workflow.services import NewItem, close_items, open_items

PROPOSED = "rolegrant.propose"
GRANT_KINDS = frozenset({PROPOSED, "rolegrant.approve", "rolegrant.decline", "rolegrant.withdraw"})


def tell_manager(events: Sequence[Happened], *, at: datetime) -> None:
    """A role that somebody would hold waits for the manager."""
    items = [
        NewItem(
            kind="rolegrant", queue="manager", subject_type="rolegrant", subject_id=e.subject_id,
            reason=f"{e.facts['user']}: {e.facts['role']}",
        )
        for e in events
        if e.kind == PROPOSED
    ]  # fmt: skip
    open_items(items, at=at)
    decided = sorted({e.subject_id for e in events if e.kind != PROPOSED})
    close_items(subject_type="rolegrant", subject_ids=decided, kinds=["rolegrant"], at=at)
