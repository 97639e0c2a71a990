"""A history to tamper with: awkward events, and days that are over."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from backoffice.events.models import SequencedEvent
from backoffice.events.roots import seal_ended_days
from backoffice.events.services import NewEvent, record_events
from tests.following import number_events

AWKWARD: tuple[dict[str, Any], ...] = (
    {},
    {"version": 1, "limits": {"я": "1.10", "б": [1, 2, {"z": None, "a": True}], "Z": {}, "": []}},
    {
        "reason": "не та сумма «1 000,00»",
        "emoji": "📉🏦",
        "combined": "e\u0301é",
        "wide": "\uffff𐀀",
    },
    {"quote": 'say "no" \\ / done', "control": "\t\n\r\b\f\x01\x1f\x7f\u2028\u2029"},
    {"zero": 0, "minus": -1, "word": 2**63 - 1, "beyond": 2**64, "huge": -(10**40)},
    {"😀": 1, "\uffff": 2, "я": 3, "é": 4, "a b": 5, "a": 6, "A": 7, "aa": 8, "\n": 9, '"': 10},
)


def record(kind: str, facts: dict[str, Any]) -> None:
    event = NewEvent(kind=kind, subject_type="test", subject_id=1, reason="почему", facts=facts)
    record_events([event], actor_id=None, at=timezone.now())


def mark_day(days_ago: int, number: int) -> None:
    """A watermark at noon of an earlier day: that many events had been numbered then."""
    day = timezone.now().date() - timedelta(days=days_ago)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO events_watermark (at, number, horizon) VALUES (%s, %s, 0)",
            [datetime.combine(day, time(12), UTC), number],
        )


def make_history() -> int:
    """Awkward events, and roots for three days of which the last is empty; the last event's number."""
    for facts in AWKWARD * 2:
        record("test.happen", facts)
    mark_day(3, 4)
    mark_day(2, 9)
    number_events()
    assert seal_ended_days() == 3
    return SequencedEvent.objects.count()
