"""`confirm.match`: as many confirmations as deals, two in a hundred planted wrong, all found and none falsely.

Beside the decision stands one exact SQL join of both by everything that is told, its rows fetched; beside the
whole, with every state, event and affirmed deal, the COPY of the rows it adds.
"""

from __future__ import annotations

import time
from collections import Counter
from typing import Any

from django.db import connection
from django.utils import timezone

from benchmarks.confirmed import Feed, generate
from benchmarks.confirmed_rows import store, wrong_ones
from benchmarks.measure import Result, measured
from benchmarks.stage import BASE, copy_of, copy_seconds, dump_rows, one, use
from deals.confirming.deciding import decide
from deals.confirming.matching import match_confirmations

PLACES = {
    "999900DEMOBANKONE097": "HOUSE",
    "999900DEMOBANKTWO062": "NSD",
    "999900DEMOBANKFIVE78": "CSDX",
}
_JOIN = """
SELECT c.id, d.id, d.version, v.side, v.quantity, v.price, v.net_amount
  FROM deals_receivedconfirmation c
  JOIN deals_deal d ON d.entity_id = c.entity_id AND d.counterparty_id = c.sender_id
   AND d.instrument_id = c.instrument_id AND d.trade_date = c.trade_date AND d.due_date = c.settlement_date
  JOIN deals_dealversion v ON v.deal_id = d.id AND v.number = d.version AND v.quantity = c.quantity
   AND v.currency = c.currency AND v.price = c.price AND v.net_amount = c.amount AND v.side <> c.side
"""


def run(sizes: tuple[int, ...]) -> list[Result]:
    prepared = {size: prepare(size) for size in sizes}
    return [
        *(_decided(size, *prepared[size]) for size in sizes),
        *(_written(size, *prepared[size]) for size in sizes),
    ]


def _decided(size: int, source: str, feed: Feed) -> Result:
    """Which deal each is about and in which state it belongs; that this is right is looked at below."""
    ids = [sent.id for sent in feed.sent]

    def ours() -> float:
        use(source)
        connection.ensure_connection()
        started = time.perf_counter()
        decisions = decide(ids)
        seconds = time.perf_counter() - started
        assert Counter(d.state.value for d in decisions) == _planted(feed)
        return seconds

    def reference() -> float:
        use(source)
        connection.ensure_connection()
        started = time.perf_counter()
        rows = joined()
        seconds = time.perf_counter() - started
        assert len(rows) > size * 0.97
        return seconds

    result = measured(
        name="confirm.match", size=size, unit="s", reference_name="one exact SQL join, rows fetched",
        reference=reference, ours=ours,
    )  # fmt: skip
    result.more["planted"] = sum(sent.kind != "right" for sent in feed.sent)
    return result


def _planted(feed: Feed) -> Counter[str]:
    return Counter(sent.expected.state for sent in feed.sent)


def _written(size: int, source: str, feed: Feed) -> Result:
    """The same, with every state, its event, and the deals that it confirms; each planted one is found."""
    ids = [sent.id for sent in feed.sent]
    rows: dict[str, bytes] = {}

    def ours() -> float:
        use(copy_of(source, "bench_confirm"))
        connection.ensure_connection()
        started = time.perf_counter()
        match_confirmations(ids=ids, at=timezone.now())
        seconds = time.perf_counter() - started
        assert wrong_ones(feed) == []
        assert not match_confirmations(ids=ids, at=timezone.now()).total()
        exact = one("SELECT count(*) FROM deals_receivedconfirmation WHERE verdict = 'EXACT'")
        assert one("SELECT count(*) FROM deals_deal WHERE state = 'CONFIRMED'") == exact
        return seconds

    def reference() -> float:
        return copy_seconds(copy_of(source, "bench_confirm_copy"), rows)

    ours()
    rows |= dump_rows({
        "events_event": "SELECT * FROM events_event WHERE subject_type IN ('confirmation', 'deal')",
        "deals_confirmation": "SELECT * FROM deals_confirmation",
    })  # fmt: skip
    return measured(
        name="confirm.match.written", size=size, unit="s",
        reference_name="COPY of the events and confirmations", reference=reference, ours=ours,
        rounds=5 if size <= 10_000 else 3,
    )  # fmt: skip


def prepare(size: int) -> tuple[str, Feed]:
    name = copy_of(BASE, f"bench_confirm_{size}")
    use(name)
    feed = generate(size, places=PLACES)
    store(feed)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    connection.close()
    return name, feed


def joined() -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(_JOIN)
        return cursor.fetchall()
