"""`intake.bulk`: one call of many deals against COPY of the same rows into the same tables."""

from __future__ import annotations

import http.client
import json
import time
import uuid
from typing import Any

from benchmarks.measure import Result, measured, peak_rss_mb_of
from benchmarks.requests import SAMPLE, free_port, new_key
from benchmarks.stage import BASE, copy_of, copy_seconds, dump_rows, one, use, web

TABLES = {
    "deals_deal": "SELECT * FROM deals_deal",
    "deals_dealversion": "SELECT * FROM deals_dealversion",
    "deals_flow": "SELECT * FROM deals_flow",
    "limits_reservation": "SELECT * FROM limits_reservation",
    "events_event": "SELECT * FROM events_event WHERE kind = 'deal.capture'",
}


def body_of(size: int) -> bytes:
    mark = uuid.uuid4().hex[:12]
    row = json.dumps(SAMPLE | {"external_ref": "REF"})
    return "".join(row.replace("REF", f"{mark}-{n}") + "\n" for n in range(size)).encode()


def call(port: int, key: str, body: bytes) -> dict[str, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
    headers = {
        "Authorization": f"Bearer {key}", "Content-Type": "application/x-ndjson",
        "Idempotency-Key": uuid.uuid4().hex,
    }  # fmt: skip
    connection.request("POST", "/api/v1/deals/bulk/?mode=best_effort", body, headers)
    answer: dict[str, Any] = json.loads(connection.getresponse().read())
    connection.close()
    return answer


def run(sizes: tuple[int, ...], *, calls_of: int = 0) -> list[Result]:
    return [_measure(size, calls_of or size) for size in sizes]


def _measure(size: int, in_one_call: int) -> Result:
    """`in_one_call` rows a call: all of them, or batches."""
    use(copy_of(BASE, "bench_bulk_source"))
    key = new_key()
    reference_rows: dict[str, bytes] = {}
    peak = [0]

    def ours() -> float:
        database = copy_of("bench_bulk_source", "bench_bulk")
        port = free_port()
        bodies = [body_of(in_one_call) for _ in range(size // in_one_call)]
        with web(database, port) as process:
            started = time.perf_counter()
            for body in bodies:
                assert call(port, key, body)["counts"]["accepted"] == in_one_call
            seconds = time.perf_counter() - started
            peak[0] = max(peak[0], peak_rss_mb_of(process.pid))
        use(database)
        assert one("SELECT count(*) FROM deals_deal") == size
        if not reference_rows:
            reference_rows.update(dump_rows(TABLES))
        return size / seconds

    def reference() -> float:
        return size / copy_seconds(copy_of("bench_bulk_source", "bench_copy"), reference_rows)

    ours()  # gives the reference its rows
    name = "intake.bulk" if in_one_call == size else f"intake.bulk.{in_one_call}"
    return measured(
        name=name, size=size, unit="deals/s", reference_name="COPY of the same rows",
        reference=reference, ours=ours, peak_rss_mb=lambda: peak[0],
        rounds=5 if size <= 10_000 else 3,
    )  # fmt: skip
