"""`limits.reserve`: 32 clients reserve under one hot limit, against the same load over 1,000 limits.

`limits.reserve.capture` is what capture does with a hot limit: 32 threads whose deals are captured together, each
taking of one limit, against as many that capture one by one over 1,000 limits.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import connection
from django.utils import timezone

from benchmarks.measure import Result, measured, peak_rss_mb_of
from benchmarks.requests import SAMPLE, free_port, new_key, post, send
from benchmarks.stage import BASE, copy_of, one, use, web

CLIENTS = 32
LIMITS = 1_000


def prepare() -> None:
    """A book without a dealer limit, one party with a limit, and a thousand with one each."""
    use(copy_of(BASE, "bench_reserve"))
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO refdata_book (entity_id, code, name)"
            " SELECT id, 'EQ-BENCH', 'x' FROM refdata_entity WHERE code = 'RUS'"
        )
        cursor.execute(
            "INSERT INTO refdata_party (code, name, kind, status)"
            " SELECT 'P-' || n, 'x', 'ORGANISATION', 'ACTIVE' FROM generate_series(0, %s) n", [LIMITS],
        )  # fmt: skip
        cursor.execute(
            "INSERT INTO limits_limit (entity_id, kind, name, party_id, currency, cap)"
            " SELECT e.id, 'COUNTERPARTY_PRESETTLEMENT', p.code, p.id, 'RUB', 1e18"
            " FROM refdata_party p, refdata_entity e WHERE p.code LIKE 'P-%' AND e.code = 'RUS'"
        )


def body(number: int) -> bytes:
    terms = {"external_ref": uuid.uuid4().hex, "counterparty": f"P-{number}", "book": "EQ-BENCH"}
    return json.dumps({"deal": SAMPLE | terms, "ttl_seconds": 600}).encode()


def run(sizes: tuple[int, ...]) -> list[Result]:
    prepare()
    key, port = new_key(), free_port()
    results = []
    with web("bench_reserve", port) as process:
        for size in sizes:

            def load(spread: bool, size: int = size) -> float:
                numbers = (1 + n % LIMITS if spread else 0 for n in range(size))
                requests = [post("/limits/reservations/", key, body(n)) for n in numbers]
                seen = send(port, CLIENTS, requests)
                assert seen["statuses"] == {"201": size}, seen
                return size / float(seen["seconds"])

            load(True)
            results.append(
                measured(
                    name="limits.reserve", size=size, unit="reservations/s",
                    reference_name=f"the same load over {LIMITS} limits",
                    reference=lambda: load(True), ours=lambda: load(False),
                    peak_rss_mb=lambda: peak_rss_mb_of(process.pid),
                )
            )  # fmt: skip
    use("bench_reserve")
    held = one("SELECT sum(amount) FROM limits_reservation WHERE state = 'HELD'")
    assert held == one("SELECT sum(reserved) FROM limits_limit")
    return results + [_captured(size) for size in sizes]


def _captured(size: int) -> Result:
    from deals.capturing.answers import render_captured
    from deals.capturing.api import capture_group
    from deals.capturing.capture import capture_deals

    def reference() -> float:
        return _rate(
            size, True, lambda candidate: capture_deals([candidate], render=render_captured)[0]
        )

    return measured(
        name="limits.reserve.capture", size=size, unit="deals/s",
        reference_name=f"captured one by one over {LIMITS} limits",
        reference=reference, ours=lambda: _rate(size, False, capture_group.submit),
    )  # fmt: skip


def _rate(size: int, spread: bool, capture: Callable[[Any], Any]) -> float:
    """Deals a second, of candidates that are made before the clock starts."""
    candidates = _candidates(1 + n % LIMITS if spread else 0 for n in range(size))

    def work(mine: Sequence[Any]) -> None:
        for candidate in mine:
            assert capture(candidate).deal_id is not None
        connection.close()

    with ThreadPoolExecutor(CLIENTS) as pool:
        started = time.perf_counter()
        for done in [pool.submit(work, candidates[n::CLIENTS]) for n in range(CLIENTS)]:
            done.result()
        return size / (time.perf_counter() - started)


def _candidates(numbers: Iterable[int]) -> list[Any]:
    from backoffice.access.models import User
    from deals.capturing.candidates import RequestKey
    from deals.capturing.intake import candidate_of
    from deals.capturing.schema import terms_of

    dealer = User.objects.get(username="dealer")
    return [
        candidate_of(
            terms_of(json.loads(body(number))["deal"]), actor=dealer, at=timezone.now(),
            key=RequestKey(uuid.uuid4().hex, b"x" * 32),
        )
        for number in numbers
    ]  # fmt: skip
