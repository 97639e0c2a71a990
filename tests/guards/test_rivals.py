"""Two at once: one key works once, one limit never gives more than it has, one run at a time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from deals.models import Deal
from limits.models import Limit, Reservation

pytestmark = pytest.mark.usefixtures("own_database")
THREADS = 24


def at_once(work: Callable[[int], Any], count: int = THREADS) -> list[Any]:
    """What each thread's work gave; all begin together."""
    results: list[Any] = [None] * count
    gate = threading.Barrier(count)

    def one(number: int) -> None:
        gate.wait()
        try:
            results[number] = work(number)
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_a_limit_with_room_for_ten_takes_ten(api: Any, sample: dict[str, Any]) -> None:
    Limit.objects.filter(name="Demo Bank One").update(cap="187470.00")  # ten times 18,747.00
    dealer = api("dealer")
    answers = at_once(lambda n: dealer.post("/deals/", sample | {"external_ref": f"T-{n}"}))
    assert sorted(a.status_code for a in answers) == [201] * 10 + [409] * (THREADS - 10)
    assert Deal.objects.count() == 10
    limit = Limit.objects.get(name="Demo Bank One")
    assert limit.used == limit.cap
    rows = Reservation.objects.filter(limit=limit)
    assert sum(row.amount for row in rows) == limit.used


def test_one_key_captures_once(api: Any, sample: dict[str, Any]) -> None:
    dealer = api("dealer")
    answers = at_once(lambda n: dealer.post("/deals/", sample, key="same"))
    assert {a.status_code for a in answers} <= {201, 409}
    assert any(a.status_code == 201 for a in answers)
    assert Deal.objects.count() == 1
    bodies = {a.content for a in answers if a.status_code == 201}
    assert len(bodies) == 1
    again = dealer.post("/deals/", sample, key="same")
    assert (again.status_code, again["Idempotency-Replayed"]) == (201, "true")
    other = dealer.post("/deals/", sample | {"quantity": "1"}, key="same")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")


def test_one_external_reference_is_one_deal(api: Any, sample: dict[str, Any]) -> None:
    dealer = api("dealer")
    answers = at_once(lambda n: dealer.post("/deals/", sample))
    assert sorted(a.status_code for a in answers) == [201] + [409] * (THREADS - 1)
    assert {a.json()["code"] for a in answers if a.status_code == 409} == {"duplicate-deal"}


def test_a_step_is_taken_once(api: Any, sample: dict[str, Any]) -> None:
    deal = api("dealer").post("/deals/", sample).json()["reference"]
    clerk = api("clerk")
    answers = at_once(lambda n: clerk.post(f"/deals/{deal}/confirm/"), 8)
    assert sorted(a.status_code for a in answers) == [200] + [409] * 7
