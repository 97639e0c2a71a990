"""`events.deliver`: a consumer reads numbered events in batches, exactly once, against the bare reading.

The consumer counts what it is handed; what consumers do with events is measured where they do it.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime

from django.db import connection, transaction
from django.utils import timezone

from backoffice.events.consumers import BATCH, Consumer, Happened, run_consumer
from backoffice.events.models import ConsumerCursor
from backoffice.events.sequencer import sequence_events
from benchmarks.measure import Result, measured
from benchmarks.seal import prepare
from benchmarks.stage import copy_of, one, use

_READ = """
SELECT s.number, e.id, e.kind, e.subject_type, e.subject_id, e.entity_id, e.actor_id, e.recorded_at,
       e.source, e.target, e.reason, e.facts::text
  FROM events_sequence s JOIN events_event e ON e.id = s.event_id
 WHERE s.number > %s ORDER BY s.number LIMIT %s
"""


def run(sizes: tuple[int, ...]) -> list[Result]:
    return [_measure(size) for size in sizes]


def _measure(size: int) -> Result:
    source = prepare(size)
    use(source)
    sequence_events()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE events_sequence")
    before = one("SELECT max(number) FROM events_sequence") - size
    connection.close()

    def ours() -> float:
        _start(source, "bench_deliver", before)
        seen = 0

        def count(events: Sequence[Happened], *, at: datetime) -> None:
            nonlocal seen
            seen += len(events)

        consumer = Consumer("bench", frozenset(), count)
        started = time.perf_counter()
        passed = run_consumer(consumer, clock=timezone.now)
        rate = size / (time.perf_counter() - started)
        assert passed == seen == size
        assert run_consumer(consumer, clock=timezone.now) == 0
        return rate

    def reference() -> float:
        """Read a batch, move the cursor, commit: nothing is decoded, nothing can be parked."""
        _start(source, "bench_read", before)
        number, started = before, time.perf_counter()
        while number < before + size:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(_READ, [number, BATCH])
                number = cursor.fetchall()[-1][0]
                cursor.execute(
                    "UPDATE events_consumercursor SET number = %s WHERE name = 'bench'", [number]
                )
        return size / (time.perf_counter() - started)

    return measured(
        name="events.deliver", size=size, unit="events/s",
        reference_name="read a batch, move the cursor", reference=reference, ours=ours,
    )  # fmt: skip


def _start(source: str, name: str, number: int) -> None:
    use(copy_of(source, name))
    ConsumerCursor.objects.create(name="bench", number=number)
