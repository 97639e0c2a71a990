"""What is beyond its limit when a day has ended: what settles gives room back, more of the same takes some."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from django.db import connection

from limits.state import POSITIONS

# Deals of which nothing is open any more once these have settled; `finishing.py` says the same of what did.
_DONE = """
SELECT s.source_id FROM settlements_settlement s
 WHERE s.source_type = 'deal' AND s.source_id IN (
       SELECT source_id FROM settlements_settlement WHERE id = ANY(%(settled)s) AND source_type = 'deal')
 GROUP BY s.source_id
HAVING bool_and(s.settlement = 'SETTLED' OR s.cancellation = 'AGREED' OR s.id = ANY(%(settled)s))
"""
# What limits give back: of a deal all but its positions, of an exposure of its own all of it. A copy of a deal takes
# once more what the deal has taken.
_AFTER = """
WITH back AS (
       SELECT r.limit_id, sum(r.amount) AS amount
         FROM limits_reservation r JOIN limits_limit l ON l.id = r.limit_id
        WHERE r.state = 'COMMITTED' AND NOT l.kind = ANY(%(positions)s)
          AND (r.source_type = 'deal' AND r.source_id = ANY(%(done)s)
               OR r.source_type = 'settlement' AND r.source_id = ANY(%(settled)s))
        GROUP BY r.limit_id),
     more AS (
       SELECT r.limit_id, sum(r.amount) AS amount
         FROM unnest(%(again)s::bigint[]) AS g(id)
         JOIN limits_reservation r ON r.source_type = 'deal' AND r.source_id = g.id AND r.state = 'COMMITTED'
        GROUP BY r.limit_id),
     after AS (
       SELECT l.*, CASE WHEN l.kind = ANY(%(positions)s) THEN abs(l.net + coalesce(m.amount, 0))
                        ELSE l.used - coalesce(b.amount, 0) + coalesce(m.amount, 0) END AS used_then
         FROM limits_limit l
         LEFT JOIN back b ON b.limit_id = l.id
         LEFT JOIN more m ON m.limit_id = l.id
        WHERE l.closed_at IS NULL AND (%(entity)s::bigint IS NULL OR l.entity_id = %(entity)s::bigint))
SELECT id, used_then + reserved - cap - limits_override_in_force(id, %(at)s) AS beyond
  FROM after WHERE used_then + reserved > cap + limits_override_in_force(id, %(at)s)
 ORDER BY id
"""


class Beyond(NamedTuple):
    """A limit, and how much is beyond it, in its own currency."""

    limit_id: int
    excess: Decimal


def beyond_after(
    settled: Collection[int], again: Sequence[int], *, entity_id: int | None, at: datetime
) -> list[Beyond]:
    """What is beyond its limit once these settlements have settled, and these deals were made once more.

    What is worked out anew at other prices, nets and days is as it was last worked out.
    """
    asked = {
        "settled": sorted(settled), "again": list(again), "entity": entity_id, "at": at,
        "positions": [kind.value for kind in POSITIONS],
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_DONE, asked)
        asked["done"] = [id for (id,) in cursor.fetchall()]
        cursor.execute(_AFTER, asked)
        return [Beyond(*row) for row in cursor.fetchall()]
