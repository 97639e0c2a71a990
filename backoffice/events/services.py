"""Recording events, and telling the workers that there is something to look at."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec
from celery import current_app
from django.db import connection, transaction

NUDGE_EVERY_SECONDS = 0.2
FOLLOW_TASK = "backoffice.tasks.follow_events"

_last_nudge = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEvent:
    """An event about to be written. Steps of a lifecycle write theirs inside `advance()`."""

    kind: str
    subject_type: str
    subject_id: int
    entity_id: int | None = None
    source: str = ""
    target: str = ""
    reason: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)


_RECORD = """
INSERT INTO events_event
       (kind, subject_type, subject_id, entity_id, actor_id, recorded_at, source, target, reason, facts)
SELECT kind, subject_type, subject_id, entity_id, %s, %s, source, target, reason, facts
  FROM unnest(%s::text[], %s::text[], %s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::text[],
              %s::jsonb[]) WITH ORDINALITY
       AS g(kind, subject_type, subject_id, entity_id, source, target, reason, facts, ord)
 ORDER BY ord
"""


def record_events(events: Sequence[NewEvent], *, actor_id: int | None, at: datetime) -> None:
    """Write events in one statement, in the caller's transaction, and nudge after its commit."""
    if not events:
        return
    columns = [
        [getattr(event, name) for event in events]
        for name in (
            "kind", "subject_type", "subject_id", "entity_id", "source", "target", "reason",
        )
    ]  # fmt: skip
    facts = [msgspec.json.encode(event.facts).decode() for event in events]
    with connection.cursor() as cursor:
        cursor.execute(_RECORD, [actor_id, at, *columns, facts])
    nudge_after_commit()


def nudge_after_commit() -> None:
    """Ask a worker to look, once the present transaction is committed."""
    # A lambda, not a partial: on Django 5.2 a failing partial breaks the robust hook (#36487).
    transaction.on_commit(lambda: nudge(), robust=True)


def nudge() -> None:
    """Ask a worker to look now. At most one message in 200 ms: beat looks anyway."""
    global _last_nudge
    now = time.monotonic()
    if now - _last_nudge < NUDGE_EVERY_SECONDS:
        return
    _last_nudge = now
    current_app.send_task(FOLLOW_TASK, retry=False, ignore_result=True, expires=10)
