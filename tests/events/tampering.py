"""What an owner of the tables can do to a history: every statement needs ownership and no more."""

from __future__ import annotations

from django.db import connection

from backoffice.events.models import SequencedEvent
from backoffice.events.roots import seal_ended_days
from backoffice.events.sealed import SealedEvent, sealed_history, snapshot
from backoffice.kernel.sealing import chain
from tests.following import number_events

TABLES = ("events_event", "events_sequence", "events_dailyroot")


def run(*statements: str) -> None:
    """Change facts with their triggers switched off, each statement committed by itself."""
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        for statement in statements:
            cursor.execute(statement)
        for table in TABLES:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def event_at(number: int) -> str:
    return f"(SELECT event_id FROM events_sequence WHERE number = {number})"


def cut_from(number: int) -> None:
    gone = list(
        SequencedEvent.objects.filter(number__gte=number).values_list("event_id", flat=True)
    )
    run(
        f"DELETE FROM events_sequence WHERE number >= {number}",
        f"DELETE FROM events_event WHERE id IN ({', '.join(map(str, gone))})",
    )


def swap_numbers(a: int, b: int, *, hashes_stay: bool) -> None:
    steps = ((a, -a), (b, a), (-a, b))
    run(*(f"UPDATE events_sequence SET number = {new} WHERE number = {old}" for old, new in steps))
    if hashes_stay:
        run(
            "UPDATE events_sequence s SET hash = o.hash FROM events_sequence o"
            f" WHERE s.number IN ({a}, {b}) AND o.number = {a + b} - s.number"
        )


def orphan_number(number: int) -> None:
    """Delete the event of a number and leave the number; the foreign key has to go before."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conname FROM pg_constraint WHERE contype = 'f'"
            " AND conrelid = 'events_sequence'::regclass"
        )
        (name,) = cursor.fetchone()
    run(
        f'ALTER TABLE events_sequence DROP CONSTRAINT "{name}"',
        f"DELETE FROM events_event WHERE id = {event_at(number)}",
    )


def insert_event_at(number: int) -> None:
    run(
        "INSERT INTO events_event (tx, kind, subject_type, subject_id)"
        f" SELECT tx, 'test.between', 'test', 1 FROM events_event WHERE id = {event_at(number)}",
        f"UPDATE events_sequence SET number = -number - 1 WHERE number >= {number}",
        "UPDATE events_sequence SET number = -number WHERE number < 0",
        f"INSERT INTO events_sequence (number, event_id, hash) SELECT {number}, max(id), '' FROM events_event",
    )
    with snapshot():
        before, new = list(sealed_history(number - 1, number))[-2:]
    assert isinstance(new, SealedEvent)
    assert new.content is not None
    seal = next(chain(before.hash, [new.content]))
    run(f"UPDATE events_sequence SET hash = '{seal}' WHERE number = {number}")


def seal_anew() -> None:
    """Hashes and roots computed again, with the very functions that made them."""
    run("DELETE FROM events_dailyroot", "DELETE FROM events_sequence")
    number_events()
    assert seal_ended_days() == 3
