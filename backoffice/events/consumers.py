"""Consumers read the numbered events in order and do their work exactly once.

A consumer's transaction locks its cursor row, reads on, works, moves the cursor and commits:
killed anywhere, it has done all of it or nothing. What it cannot digest is parked, and what
comes later for the same subject is parked behind it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import msgspec
from django.db import connection, transaction

from backoffice.events.models import ConsumerCursor

logger = logging.getLogger(__name__)

BATCH = 1_000
ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Happened:
    """An event as a consumer reads it."""

    number: int
    event_id: int
    kind: str
    subject_type: str
    subject_id: int
    entity_id: int | None
    actor_id: int | None
    recorded_at: Any
    source: str
    target: str
    reason: str
    facts: dict[str, Any]


class Handler(Protocol):
    """What is done with a batch of events, at the time of the work; its first line is its description."""

    def __call__(self, events: Sequence[Happened], *, at: datetime) -> None: ...


@dataclass(frozen=True, slots=True)
class Consumer:
    """A name for the cursor, the kinds it wants (none: all), and what it does with a batch."""

    name: str
    kinds: frozenset[str]
    handle: Handler


def follow(name: str, handle: Handler, *kinds: str) -> Consumer:
    """A consumer as a line of the pipeline: its cursor's name, what it does, on which events."""
    return Consumer(name, frozenset(kinds), handle)


def subjects_of(events: Sequence[Happened]) -> list[int]:
    """What the events are about, each once, in ascending order: the order of locks."""
    return sorted({event.subject_id for event in events})


_LAST = "SELECT coalesce(max(number), 0) FROM events_sequence"
_READ = """
SELECT s.number, e.id, e.kind, e.subject_type, e.subject_id, e.entity_id, e.actor_id,
       e.recorded_at, e.source, e.target, e.reason, e.facts::text
  FROM events_sequence s JOIN events_event e ON e.id = s.event_id
 WHERE s.number > %s AND s.number <= %s AND (%s OR e.kind = ANY(%s))
 ORDER BY s.number LIMIT %s
"""
_IS_BEHIND = """
SELECT number < (SELECT coalesce(max(number), 0) FROM events_sequence)
  FROM events_consumercursor WHERE name = %s
"""
_PARKED = """
SELECT e.id FROM events_event e JOIN events_parkedevent p
    ON p.subject_type = e.subject_type AND p.subject_id = e.subject_id AND p.consumer = %s
 WHERE e.id = ANY(%s)
"""
_PARK = """
INSERT INTO events_parkedevent (consumer, event_id, subject_type, subject_id, error)
SELECT %s, e.id, e.subject_type, e.subject_id, %s FROM events_event e WHERE e.id = ANY(%s)
ON CONFLICT DO NOTHING
"""
_TELL = """
INSERT INTO events_event (kind, subject_type, subject_id, entity_id, reason, facts)
SELECT 'event.park', e.subject_type, e.subject_id, e.entity_id, left(%s, 500),
       jsonb_build_object('consumer', %s::text, 'event', e.id)
  FROM events_event e WHERE e.id = %s
"""


def run_consumer(consumer: Consumer, *, clock: Callable[[], datetime]) -> int:
    """Read on until nothing is left; return how many numbers were passed."""
    ConsumerCursor.objects.get_or_create(name=consumer.name)
    total, size = 0, BATCH
    while True:
        try:
            passed = _consume(consumer, size, at=clock())
        except Exception as error:
            logger.exception("consumer %s failed on a batch of %s", consumer.name, size)
            if size > 1:
                size //= 2
                continue
            passed = _count_failure(consumer, error)
            if passed == 0:
                return total
        if passed == 0:
            return total
        total += passed
        size = min(BATCH, size * 2)


@transaction.atomic
def _consume(consumer: Consumer, size: int, *, at: datetime) -> int:
    """Work on the next `size` events that the consumer wants; the cursor passes all before them."""
    if not _is_behind(consumer.name):
        return 0
    start = _lock_cursor(consumer.name)
    if start is None:
        return 0
    with connection.cursor() as cursor:
        events, last = _read(cursor, consumer, start, size)
        behind = _parked_behind(cursor, consumer.name, events)
    if last == start:
        return 0
    digestible = [event for event in events if event.event_id not in behind]
    if digestible:
        consumer.handle(digestible, at=at)
    _move_cursor(consumer.name, last)
    return last - start


def _read(cursor: Any, consumer: Consumer, start: int, size: int) -> tuple[list[Happened], int]:
    """The next events wanted, and up to which number nothing else was wanted."""
    cursor.execute(_LAST)
    last: int = cursor.fetchone()[0]
    everything = not consumer.kinds
    cursor.execute(_READ, [start, last, everything, sorted(consumer.kinds), size])
    events = [_happened(row) for row in cursor.fetchall()]
    return events, events[-1].number if len(events) == size else max(last, start)


def _happened(row: tuple[Any, ...]) -> Happened:
    return Happened(*(*row[:-1], msgspec.json.decode(row[-1])))


def _is_behind(name: str) -> bool:
    """Looked at without a lock, which would be a transaction with a number: idle leaves no trace."""
    with connection.cursor() as cursor:
        cursor.execute(_IS_BEHIND, [name])
        return bool(cursor.fetchone()[0])


def _lock_cursor(name: str) -> int | None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT number FROM events_consumercursor WHERE name = %s FOR UPDATE SKIP LOCKED",
            [name],
        )
        row = cursor.fetchone()
    return row[0] if row else None


def _move_cursor(name: str, number: int) -> None:
    ConsumerCursor.objects.filter(name=name).update(number=number, failures=0)


def _parked_behind(cursor: Any, name: str, events: Sequence[Happened]) -> set[int]:
    cursor.execute("SELECT 1 FROM events_parkedevent WHERE consumer = %s LIMIT 1", [name])
    if not events or cursor.fetchone() is None:
        return set()
    cursor.execute(_PARKED, [name, [e.event_id for e in events]])
    behind = {row[0] for row in cursor.fetchall()}
    cursor.execute(_PARK, [name, "behind a parked event of the same subject", list(behind)])
    return behind


@transaction.atomic
def _count_failure(consumer: Consumer, error: Exception) -> int:
    """One event alone has failed: count it, and park it when it failed too often."""
    start = _lock_cursor(consumer.name)
    if start is None:
        return 0
    cursor_row = ConsumerCursor.objects.get(name=consumer.name)
    if cursor_row.failures + 1 < ATTEMPTS:
        ConsumerCursor.objects.filter(name=consumer.name).update(failures=cursor_row.failures + 1)
        return 0
    with connection.cursor() as cursor:
        (event,), last = _read(cursor, consumer, start, 1)
        cursor.execute(_PARK, [consumer.name, repr(error), [event.event_id]])
        cursor.execute(_TELL, [repr(error), consumer.name, event.event_id])
    _move_cursor(consumer.name, last)
    return last - start
