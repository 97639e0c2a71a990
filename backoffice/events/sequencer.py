"""Gives every committed event its number, in the order of commits, and seals the chain.

Only one sequencer works at a time. It takes events whose transaction is below the horizon: no
event can still appear before them. Numbers are dense; consumers and the feed know nothing else.
"""

from __future__ import annotations

from typing import Any

import msgspec
from django.db import connection, transaction

from backoffice.events.copying import copy_rows
from backoffice.kernel.sealing import SEED, chain

LOCK = 7_000_001  # advisory lock: one sequencer in the cluster
BATCH = 10_000

# What of an event is sealed, in the order of `_FIELDS`; the alias is `e`.
SEALED_COLUMNS = """
       e.id, e.kind, e.subject_type, e.subject_id, e.entity_id, e.actor_id,
       (extract(epoch FROM e.recorded_at) * 1000000)::bigint,
       e.source, e.target, e.reason, e.facts::text
"""
_LAST = """
SELECT s.number, s.hash, e.tx, e.id
  FROM events_sequence s JOIN events_event e ON e.id = s.event_id
 ORDER BY s.number DESC LIMIT 1
"""
_NEXT = f"""
SELECT {SEALED_COLUMNS}
  FROM events_event e
 WHERE (e.tx, e.id) > (%s, %s) AND e.tx < %s
 ORDER BY e.tx, e.id LIMIT %s
"""  # noqa: S608
_FIELDS = (
    "id", "kind", "subject_type", "subject_id", "entity_id", "actor_id", "recorded_us",
    "source", "target", "reason", "facts",
)  # fmt: skip
# A new mark only if a transaction other than the one that wrote the last mark has ended since: an idle
# house leaves no row a second.
_MARK = """
INSERT INTO events_watermark (number, horizon, at)
SELECT %(number)s, %(horizon)s, clock_timestamp()
 WHERE NOT EXISTS (
       SELECT FROM (SELECT horizon, tx FROM events_watermark ORDER BY id DESC LIMIT 1) AS last
        WHERE %(horizon)s = last.horizon
           OR %(horizon)s = last.horizon + 1 AND last.tx = last.horizon)
"""


def sequence_events() -> int:
    """Number and seal all that is committed; return how many events were numbered."""
    total = 0
    while True:
        done = _sequence_batch()
        total += done
        if done < BATCH:
            return total


@transaction.atomic
def _sequence_batch() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            return 0
        cursor.execute("SELECT tx_horizon()")
        horizon = cursor.fetchone()[0]
        cursor.execute(_LAST)
        number, previous, tx, last_id = cursor.fetchone() or (0, SEED, 0, 0)
        cursor.execute(_NEXT, [tx, last_id, horizon, BATCH])
        rows = cursor.fetchall()
        if rows:
            hashes = chain(previous, map(sealed_content, rows))
            numbers = range(number + 1, number + 1 + len(rows))
            ids = (row[0] for row in rows)
            copy_rows(
                "events_sequence", "number, event_id, hash", zip(numbers, ids, hashes, strict=True)
            )
        if len(rows) < BATCH:
            cursor.execute(_MARK, {"number": number + len(rows), "horizon": horizon})
        return len(rows)


def sealed_content(row: tuple[Any, ...]) -> dict[str, Any]:
    """What of an event is sealed: every column that says something, the facts as JSON."""
    content = dict(zip(_FIELDS, row, strict=True))
    content["facts"] = msgspec.json.decode(row[-1])
    return content
