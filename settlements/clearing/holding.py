"""One at a time: joining deals, taking in figures, comparing and agreeing; and the limits that it moves."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from django.db import connection

from limits.services import lock_headrooms
from limits.state import LimitKind

_HOLD = "SELECT pg_advisory_xact_lock(hashtextextended('settlements.clearing', 0))"


def hold_clearing() -> None:
    """Hold it until the transaction ends, before any row is locked: a deal and a figure may meet."""
    with connection.cursor() as cursor:
        cursor.execute(_HOLD)


_HELD = """
SELECT DISTINCT r.limit_id
  FROM limits_reservation r
  JOIN unnest(%s::text[], %s::bigint[]) AS g(source_type, source_id) USING (source_type, source_id)
 WHERE r.state IN ('HELD', 'COMMITTED')
"""
_NOSTRO = "SELECT id FROM limits_limit WHERE kind = %s AND entity_id = ANY(%s)"


def hold_limits(
    sources: Mapping[str, Sequence[int]], *, entity_ids: Collection[int], at: datetime
) -> None:
    """Lock what these sources hold, and the limits of what nets of these entities are paid from: all at once.

    Whoever takes settlements of nets back moves limits several times in one transaction, and each time only
    those concerned would be locked: out of their order (ascending id). After deals and settlements.
    """
    types = [type for type, ids in sources.items() for _ in ids]
    with connection.cursor() as cursor:
        cursor.execute(_HELD, [types, [id for ids in sources.values() for id in ids]])
        held = {row[0] for row in cursor.fetchall()}
        if not held:
            return  # then only what nets pay moves, which is locked at once
        cursor.execute(_NOSTRO, [LimitKind.NOSTRO.value, sorted(entity_ids)])
        held |= {row[0] for row in cursor.fetchall()}
    lock_headrooms(held, at=at)
