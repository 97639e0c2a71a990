"""Reading the sealed history: events in the order of their numbers, the daily roots between them.

One snapshot, server-side cursors, flat memory. The export writes what is read here, the verifier
computes it again.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection, transaction

from backoffice.events.models import DailyRoot
from backoffice.events.sequencer import SEALED_COLUMNS, sealed_content
from backoffice.kernel.sealing import SEED

LAST = 2**63 - 1  # no number reaches it
FETCHED = 2_000

_EVENTS = f"""
SELECT s.number, s.hash, e.tx, {SEALED_COLUMNS}
  FROM events_sequence s LEFT JOIN events_event e ON e.id = s.event_id
 WHERE s.number BETWEEN %s AND %s ORDER BY s.number
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class SealedEvent:
    """A number and its seal; `content` is None when the event itself is gone."""

    number: int
    hash: str
    tx: int
    content: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class SealedDay:
    """A daily root as it is stored, and the root before it."""

    day: date
    number: int
    count: int
    hash: str
    root: str
    previous: str


@contextmanager
def snapshot() -> Iterator[None]:
    """All that was committed at one moment, and no way to change any of it."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def sealed_history(first: int = 1, until: int = LAST) -> Iterator[SealedEvent | SealedDay]:
    """Events by number, each root behind the last event of its day; inside a `snapshot()`."""
    days = _days(first, until)
    day = next(days, None)
    for event in _events(first, until):
        while day is not None and day.number < event.number:
            yield day
            day = next(days, None)
        yield event
    if day is not None:
        yield day
        yield from days


def _events(first: int, until: int) -> Iterator[SealedEvent]:
    for number, seal, tx, *columns in rows_of(_EVENTS, [first, until]):
        content = None if tx is None else sealed_content(tuple(columns))
        yield SealedEvent(number, seal, tx or 0, content)


def _days(first: int, until: int) -> Iterator[SealedDay]:
    """The roots within bounds; from the first event on, also those of days before any event."""
    previous = SEED
    for row in DailyRoot.objects.order_by("day").iterator(FETCHED):
        if (first if first > 1 else 0) <= row.number <= until:
            yield SealedDay(row.day, row.number, row.count, row.hash, row.root, previous)
        previous = row.root


def rows_of(sql: str, parameters: list[Any]) -> Iterator[tuple[Any, ...]]:
    """The rows of a query through a server-side cursor."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(sql, parameters)
        while rows := cursor.fetchmany(FETCHED):
            yield from rows
