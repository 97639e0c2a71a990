"""The daily root: one hash that stands for everything numbered until the end of a UTC day.

An event belongs to the day in which it was numbered. A day is over when a watermark lies beyond
its end: the sequencer works one at a time, so no watermark of that day can still appear.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Any

from django.db import connection, transaction

from backoffice.events.models import DailyRoot
from backoffice.kernel.sealing import SEED, chain

LOCK = 7_000_004  # advisory lock: one at a time seals days
MOST_DAYS = 366  # in one transaction; the next look goes on

_KNOWN = """
SELECT (min(at) AT TIME ZONE 'UTC')::date, (max(at) AT TIME ZONE 'UTC')::date FROM events_watermark
"""
_ENDS = """
WITH ended AS (
    SELECT %(first)s::date + n AS day FROM generate_series(0, %(days)s - 1) AS n
), stood AS (
    SELECT day, greatest(%(number)s, max(mark.number) OVER (ORDER BY day)) AS number
      FROM ended CROSS JOIN LATERAL (
           SELECT w.number FROM events_watermark w
            WHERE w.at < (day + 1)::timestamp AT TIME ZONE 'UTC'
            ORDER BY w.at DESC, w.id DESC LIMIT 1) AS mark
)
SELECT day, stood.number, coalesce(s.hash, %(seed)s)
  FROM stood LEFT JOIN events_sequence s ON s.number = stood.number ORDER BY day
"""


@transaction.atomic
def seal_ended_days() -> int:
    """Write the roots of all days that are over and have none; return how many were written."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            return 0
        last = DailyRoot.objects.order_by("-day").first()
        cursor.execute(_KNOWN)
        begun, today = cursor.fetchone()
        first = last.day + timedelta(days=1) if last else begun
        if first is None or first >= today:
            return 0
        days = min((today - first).days, MOST_DAYS)
        number = last.number if last else 0
        cursor.execute(_ENDS, {"first": first, "days": days, "number": number, "seed": SEED})
        rows = list(_roots(cursor.fetchall(), number, last.root if last else SEED))
    return len(DailyRoot.objects.bulk_create(rows))


def _roots(ends: Iterable[tuple[Any, ...]], before: int, previous: str) -> Iterator[DailyRoot]:
    for day, number, last_hash in ends:
        previous = root_of(previous, day, number, last_hash)
        yield DailyRoot(
            day=day, number=number, count=number - before, hash=last_hash, root=previous
        )
        before = number


def root_of(previous: str, day: date, number: int, last_hash: str) -> str:
    """The root of a day: over the root before it, the day, its last number and its last hash."""
    content = {"day": day.isoformat(), "number": number, "hash": last_hash}
    return next(chain(previous, [content]))
