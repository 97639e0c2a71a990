"""Opening and closing what waits for a person, many at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import connection

_OPEN = """
INSERT INTO workflow_workitem (kind, queue, subject_type, subject_id, entity_id, reason, amount,
                               currency, due_at, opened_at)
SELECT kind, queue, subject_type, subject_id, entity_id, reason, amount, currency, due_at, %s
  FROM unnest(%s::text[], %s::text[], %s::text[], %s::bigint[], %s::bigint[], %s::text[],
              %s::numeric[], %s::text[], %s::timestamptz[])
       AS g(kind, queue, subject_type, subject_id, entity_id, reason, amount, currency, due_at)
ON CONFLICT (kind, subject_type, subject_id) WHERE closed_at IS NULL DO NOTHING
"""
_CLOSE = """
UPDATE workflow_workitem SET closed_at = %s, closed_by_id = %s
 WHERE closed_at IS NULL AND subject_type = %s AND subject_id = ANY(%s) AND kind = ANY(%s)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewItem:
    """What is about to wait for a person."""

    kind: str
    queue: str
    subject_type: str
    subject_id: int
    entity_id: int | None = None
    reason: str = ""
    amount: Decimal | None = None
    currency: str = ""
    due_at: datetime | None = None


def open_items(items: Sequence[NewItem], *, at: datetime) -> None:
    """Open each item once: one that is open already stays as it is."""
    if not items:
        return
    columns = [
        [getattr(item, name) for item in items]
        for name in (
            "kind", "queue", "subject_type", "subject_id", "entity_id", "reason", "amount",
            "currency", "due_at",
        )
    ]  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_OPEN, [at, *columns])


def close_items(
    *,
    subject_type: str,
    subject_ids: Sequence[int],
    kinds: Sequence[str],
    at: datetime,
    actor_id: int | None = None,
) -> None:
    """Close what the named kinds have open for these subjects."""
    if subject_ids and kinds:
        with connection.cursor() as cursor:
            cursor.execute(_CLOSE, [at, actor_id, subject_type, list(subject_ids), list(kinds)])
