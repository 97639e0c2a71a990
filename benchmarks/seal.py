"""`events.seal`: numbering and sealing events, against the bare chain and COPY of its result."""

from __future__ import annotations

import hashlib
import io
import time

import msgspec
from django.db import connection, transaction

from backoffice.events.sequencer import sequence_events
from backoffice.kernel.sealing import SEED
from benchmarks.measure import Result, measured
from benchmarks.stage import BASE, copy_of, one, use

_FILL = """
INSERT INTO events_event (kind, subject_type, subject_id, entity_id, actor_id, target, facts)
SELECT 'deal.capture', 'deal', n, 1, 1, 'CAPTURED', '{"version": 1}' FROM generate_series(1, %s) n
"""


def run(sizes: tuple[int, ...]) -> list[Result]:
    return [_measure(size) for size in sizes]


def prepare(size: int) -> str:
    name = copy_of(BASE, f"bench_seal_{size}")
    use(name)
    sequence_events()
    with connection.cursor() as cursor:
        cursor.execute(_FILL, [size])
        cursor.execute("VACUUM ANALYZE events_event")
    connection.close()
    return name


def _measure(size: int) -> Result:
    source = prepare(size)

    def ours() -> float:
        use(copy_of(source, "bench_seal"))
        connection.ensure_connection()
        started = time.perf_counter()
        assert sequence_events() == size
        rate = size / (time.perf_counter() - started)
        assert sequence_events() == 0
        assert one("SELECT max(number) FROM events_sequence") == one(
            "SELECT count(*) FROM events_sequence"
        )
        return rate

    def reference() -> float:
        """Fetch, hash one after the other, COPY the result: no order, no horizon, no watermark."""
        use(copy_of(source, "bench_copy"))
        connection.ensure_connection()
        started = time.perf_counter()
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT e.id, kind, subject_id, facts::text FROM events_event e"
                " LEFT JOIN events_sequence s ON s.event_id = e.id WHERE s.number IS NULL ORDER BY id"
            )
            last, lines = SEED, []
            for number, row in enumerate(cursor.fetchall(), start=1_000_000):
                last = hashlib.sha256(last.encode() + msgspec.json.encode(row)).hexdigest()
                lines.append(f"{number}\t{row[0]}\t{last}\n")
            cursor.copy_expert(
                "COPY events_sequence (number, event_id, hash) FROM STDIN",
                io.StringIO("".join(lines)),
            )
        return size / (time.perf_counter() - started)

    return measured(
        name="events.seal", size=size, unit="events/s",
        reference_name="fetch, bare chain, COPY", reference=reference, ours=ours,
    )  # fmt: skip
