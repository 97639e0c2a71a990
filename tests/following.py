"""Following events in tests: until nothing is left to follow."""

from __future__ import annotations

import time

from django.db import connection

from backoffice.events.models import ConsumerCursor, Event, SequencedEvent, Watermark
from backoffice.events.sequencer import sequence_events
from backoffice.tasks import follow_events as follow_once
from tests.sizes import PATIENCE_SECONDS


def follow_events(seconds: float = PATIENCE_SECONDS) -> None:
    """Follow until every event is numbered and read by every consumer.

    Transaction numbers belong to the whole server: a test that runs beside this one, in a database
    of its own, may hold the horizon back for a moment.
    """
    deadline = time.monotonic() + seconds
    while True:
        follow_once()
        events = Event.objects.count()
        numbered = SequencedEvent.objects.count()
        behind = ConsumerCursor.objects.filter(number__lt=numbered).exists()
        if events == numbered and not behind:
            return
        assert time.monotonic() < deadline, "events are not numbered"
        time.sleep(0.02)


def number_events(seconds: float = PATIENCE_SECONDS) -> int:
    """Number until every event that is committed has its number; how many got one now."""
    deadline, before = time.monotonic() + seconds, SequencedEvent.objects.count()
    while Event.objects.count() != SequencedEvent.objects.count():
        assert time.monotonic() < deadline, "events are not numbered"
        sequence_events()
        time.sleep(0.02)
    return SequencedEvent.objects.count() - before


def until_known(seconds: float = PATIENCE_SECONDS) -> None:
    """Wait until a watermark covers everything committed by now, facts without events too."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tx_now()")
        (now,) = cursor.fetchone()
    deadline = time.monotonic() + seconds
    while not Watermark.objects.filter(horizon__gt=now).exists():
        assert time.monotonic() < deadline, "the horizon is held back"
        sequence_events()
        time.sleep(0.02)
