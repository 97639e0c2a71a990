"""Whatever is killed in the middle: nothing acknowledged is lost, nothing happens twice."""

from __future__ import annotations

import json
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import redis

from tests.live.stack import Stack, wait_for

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("live")]
DEALS = 24


@pytest.fixture
def mark() -> str:
    return uuid.uuid4().hex[:8]


def deals_of(sample: dict[str, Any], mark: str, count: int = DEALS) -> list[dict[str, Any]]:
    return [sample | {"external_ref": f"{mark}-{n}", "quantity": "10"} for n in range(count)]


def send_all(stack: Stack, deals: list[dict[str, Any]]) -> list[str]:
    stack.key_of("dealer")
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda d: stack.insist("POST", "/deals/", "dealer", d), deals))
    assert {status for status, _ in answers} == {201}, answers
    return [answer["reference"] for _, answer in answers]


def stored(stack: Stack, mark: str) -> int:
    (row,) = stack.query(f"SELECT count(*) FROM deals_deal WHERE external_ref LIKE '{mark}-%'")
    return int(row[0])


def agree(stack: Stack, references: list[str]) -> None:
    """Confirm and approve, each by the person who may."""

    def one(reference: str) -> None:
        stack.insist("POST", f"/deals/{reference}/confirm/", "clerk")
        _, answer = stack.insist("POST", f"/deals/{reference}/approve/", "checker")
        assert answer.get("status") == "CONFIRMED" or "SETTLING" in str(answer), answer

    for who in ("clerk", "checker"):
        stack.key_of(who)
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(one, references))


def settlements_of(stack: Stack, mark: str) -> list[tuple[Any, ...]]:
    return stack.query(
        "SELECT s.id, s.settlement, d.state FROM settlements_settlement s"
        " JOIN deals_deal d ON d.id = s.source_id AND s.source_type = 'deal'"
        f" WHERE d.external_ref LIKE '{mark}-%' ORDER BY s.id"
    )


def prepared(stack: Stack, mark: str) -> list[tuple[Any, ...]]:
    rows = wait_for(
        lambda: (rows := settlements_of(stack, mark)) and len(rows) >= DEALS and rows,
        what="settlements",
    )
    assert len(rows) == DEALS
    return list(rows)


def release(stack: Stack, rows: list[tuple[Any, ...]]) -> None:
    for id, *_ in rows:
        status, answer = stack.insist("POST", f"/settlements/S-{id}/release/", "checker")
        assert status == 200, answer


def run_until_done(stack: Stack) -> dict[str, Any]:
    _, run = stack.insist("POST", "/settlement-runs/", "clerk", {"business_date": "2026-11-24"})
    path = f"/settlement-runs/{run['reference']}/"
    wait_for(lambda: stack.insist("GET", path, "clerk")[1]["status"] == "COMPLETED", what="the run")
    answer: dict[str, Any] = stack.insist("GET", path, "clerk")[1]
    return answer


def assert_settled_once(stack: Stack, mark: str) -> None:
    rows = settlements_of(stack, mark)
    assert {(settlement, deal) for _, settlement, deal in rows} == {("SETTLED", "SETTLED")}
    ids = ",".join(str(row[0]) for row in rows)
    (entries,) = stack.query(
        "SELECT count(*), count(DISTINCT source_id) FROM ledger_journalentry"
        f" WHERE kind = 'settlement.settle' AND source_id IN ({ids})"
    )
    assert entries == (DEALS, DEALS)
    (evidence,) = stack.query(
        f"SELECT count(*) FROM settlements_evidence WHERE settlement_id IN ({ids})"
    )
    assert evidence == (DEALS,)
    (held,) = stack.query(
        "SELECT count(*) FROM limits_reservation r JOIN deals_deal d ON d.id = r.source_id"
        f" WHERE r.source_type = 'deal' AND d.external_ref LIKE '{mark}-%'"
        " AND r.state <> 'RELEASED'"
    )
    assert held == (0,)


def test_web_killed_while_deals_come_in(stack: Stack, sample: dict[str, Any], mark: str) -> None:
    def strike() -> None:
        time.sleep(0.15)
        stack.kill("web")

    stack.key_of("dealer")
    striking = threading.Thread(target=strike)
    striking.start()
    references = send_all(stack, deals_of(sample, mark))
    striking.join()
    assert len(set(references)) == DEALS
    assert stored(stack, mark) == DEALS


def test_worker_beat_and_broker_lost_on_the_way(
    stack: Stack, sample: dict[str, Any], mark: str
) -> None:
    references = send_all(stack, deals_of(sample, mark))
    stack.kill("worker")
    agree(stack, references)
    url = json.loads((stack.var_dir / "servers.json").read_text())["redis_url"]
    with redis.Redis.from_url(url) as broker:
        broker.flushall()
    stack.kill("beat")
    rows = prepared(stack, mark)
    stack.kill("valkey")
    release(stack, rows)
    run_until_done(stack)
    assert_settled_once(stack, mark)


def test_database_and_worker_killed_in_the_middle_of_a_run(
    stack: Stack, sample: dict[str, Any], mark: str
) -> None:
    references = send_all(stack, deals_of(sample, mark))
    agree(stack, references)
    release(stack, prepared(stack, mark))

    def strike() -> None:
        stack.kill("worker")
        stack.kill("postgres")

    striking = threading.Thread(target=strike)
    striking.start()
    run_until_done(stack)
    striking.join()
    assert_settled_once(stack, mark)


def test_the_chain_of_events_is_whole(stack: Stack) -> None:
    (row,) = stack.query("SELECT count(*), max(number), min(number) FROM events_sequence")
    assert row[0] == row[1]
    assert row[2] == 1
