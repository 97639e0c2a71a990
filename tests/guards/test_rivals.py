"""Two at once: one key works once, one limit never gives more than it has, one run at a time."""

from __future__ import annotations

import random
import threading
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from typing import Any

import psycopg2
import pytest
from django.db import connection, transaction
from django.db.models import Sum
from django.utils import timezone

from backoffice.access.models import User
from backoffice.events.durable import LAZILY, wait_for_disk
from backoffice.events.services import NewEvent, record_events
from deals.capturing.capture import capture_deals
from deals.capturing.intake import candidate_of
from deals.capturing.schema import terms_of
from deals.models import Deal
from deals.services import approve_deals, cancel_deals, confirm_deals
from ledger.models import JournalEntry
from limits.models import Hold, Limit, Reservation
from limits.rules import LimitRequest, Need
from limits.services import LimitExceeded, ReservationGone, expire_holds, release_hold
from refdata.firm_days import firm_day
from settlements.models import Settlement
from settlements.preparing import prepare_settlements
from settlements.services import Proof, release_settlements, settle_settlements
from tests.flows.test_bulk import wait_until_somebody_waits
from tests.reserving import reserve

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


def captured_apart(dealer: User, body: dict[str, Any]) -> bool:
    """Capture in a transaction of its own, as another process would: no group gathers it."""
    at = timezone.now()
    (outcome,) = capture_deals([candidate_of(terms_of(body), actor=dealer, at=at)])
    return outcome.deal_id is not None


def test_a_limit_takes_ten_from_many_processes_too(sample: dict[str, Any]) -> None:
    Limit.objects.filter(name="Demo Bank One").update(cap="187470.00")
    dealer = User.objects.get(username="dealer")
    done = at_once(lambda n: captured_apart(dealer, sample | {"external_ref": f"T-{n}"}))
    assert sorted(done) == [False] * (THREADS - 10) + [True] * 10
    limit = Limit.objects.get(name="Demo Bank One")
    assert limit.used == limit.cap


def test_a_capture_waits_for_the_rival_that_holds_the_limit(sample: dict[str, Any]) -> None:
    """What a rival takes and has not committed is not there: it is waited for, then refused."""
    Limit.objects.filter(name="Demo Bank One").update(cap="18747.00")
    dealer = User.objects.get(username="dealer")
    rival = psycopg2.connect(**connection.get_connection_params() | {"cursor_factory": None})
    with rival.cursor() as cursor:
        cursor.execute("UPDATE limits_limit SET used = cap WHERE name = 'Demo Bank One'")
        with ThreadPoolExecutor(1) as thread:
            coming = thread.submit(captured_and_closed, dealer, sample)
            wait_until_somebody_waits()
            rival.commit()
            assert coming.result() is False
    rival.close()


def captured_and_closed(dealer: User, body: dict[str, Any]) -> bool:
    try:
        return captured_apart(dealer, body)
    finally:
        connection.close()


def test_everything_at_once_on_one_limit_knows_no_deadlock(sample: dict[str, Any]) -> None:
    """Capture, cancel, settle, hold, release and expiry, each in transactions of its own."""
    Limit.objects.filter(kind="DEALER").update(cap=10**12)
    people = {u.username: u for u in User.objects.all()}
    limit_ids = sorted(Limit.objects.filter(entity__code="RUS").values_list("id", flat=True))

    def deal(chance: random.Random) -> None:
        body = sample | {"external_ref": uuid.uuid4().hex, "quantity": str(chance.randint(1, 40))}
        captured_apart(people["dealer"], body)

    def cancel(chance: random.Random) -> None:
        ids = list(Deal.objects.filter(state="CAPTURED").values_list("id", flat=True)[:9])
        some, at = chance.sample(ids, min(3, len(ids))), timezone.now()
        cancel_deals(ids=some, reason="x", actor=people["checker"], at=at)

    def agree(chance: random.Random) -> None:
        ids = list(Deal.objects.filter(state="CAPTURED").values_list("id", flat=True)[:6])
        at = timezone.now()
        confirmed = confirm_deals(ids=ids[::-1], actor=people["clerk"], at=at).done
        approve_deals(ids=confirmed, actor=people["checker"], at=at)
        prepare_settlements(deal_ids=confirmed, at=at)

    def settle(chance: random.Random) -> None:
        ids = list(Settlement.objects.filter(status="PREPARED").values_list("id", flat=True)[:6])
        at = timezone.now()
        done = release_settlements(ids=ids, actor=people["checker"], at=at).done
        proof = Proof(kind="test", reference="T", settled_at=at)
        settle_settlements(proofs=dict.fromkeys(done, proof), settled_date=firm_day(at), at=at)

    def hold(chance: random.Random) -> None:
        needs = [Need(id, Decimal(chance.randint(1, 500))) for id in chance.sample(limit_ids, 3)]
        at = timezone.now()
        with suppress(LimitExceeded):
            held = reserve(LimitRequest(needs), ttl_seconds=1, actor=people["dealer"], at=at)
            if chance.random() < 0.5:
                release_hold(hold_id=held.pk, actor=people["dealer"], at=at)

    def expire(chance: random.Random) -> None:
        expire_holds(at=timezone.now() + timedelta(seconds=2))

    steps = (deal, deal, deal, cancel, agree, settle, hold, expire)

    def work(number: int) -> str:
        chance = random.Random(number)
        for _ in range(12):
            with suppress(ReservationGone):  # expired by a thread whose clock is ahead
                chance.choice(steps)(chance)
        return "done"

    assert at_once(work, 8) == ["done"] * 8
    with connection.cursor() as cursor:
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        assert cursor.fetchone() == (0,)
    expire_holds(at=timezone.now() + timedelta(hours=1))
    live = Reservation.objects.filter(state="COMMITTED").values("limit").annotate(all=Sum("amount"))
    assert {row["limit"]: row["all"] for row in live} == {
        row.pk: row.used for row in Limit.objects.exclude(used=0)
    }
    assert set(Limit.objects.values_list("reserved", flat=True)) == {0}
    settled = Settlement.objects.filter(settlement="SETTLED").count()
    assert settled > 0
    assert JournalEntry.objects.filter(kind="settlement.settle").count() == settled


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


def test_reservations_that_come_together_hold_no_more_than_there_is(
    api: Any, sample: dict[str, Any]
) -> None:
    Limit.objects.filter(name="Demo Bank One").update(cap="93735.00")  # five times 18,747.00
    dealer = api("dealer")
    keys = [f"k{n // 2}" for n in range(THREADS)]  # each key twice at once
    answers = at_once(lambda n: dealer.post("/limits/reservations/", sample, key=keys[n]))
    held = {a["Location"] for a in answers if a.status_code == 201}
    assert len(held) <= 5
    assert {a.status_code for a in answers} <= {201, 409}
    assert {a.json()["code"] for a in answers if a.status_code == 409} <= {
        "limit-exceeded", "request-in-progress",
    }  # fmt: skip
    more = [dealer.post("/limits/reservations/", sample, key=key) for key in sorted(set(keys))]
    held |= {a["Location"] for a in more if a.status_code == 201}
    assert len(held) == 5  # all that fits, each key once
    limit = Limit.objects.get(name="Demo Bank One")
    assert limit.reserved == limit.cap
    assert Reservation.objects.filter(limit=limit, state="HELD").count() == 5
    assert Hold.objects.count() == 5


def test_what_is_answered_is_on_disk() -> None:
    """Commits of the groups do not wait one by one; all of them are waited for before an answer."""
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = on")  # the servers of tests have it off
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(LAZILY)
        event = NewEvent(kind="test.write", subject_type="test", subject_id=1)
        record_events([event], actor_id=None, at=timezone.now())
    with connection.cursor() as cursor:
        cursor.execute("SHOW synchronous_commit")
        assert cursor.fetchone() == ("on",)  # of the transaction alone
        cursor.execute("SELECT pg_current_wal_insert_lsn()")
        (written,) = cursor.fetchone()
        wait_for_disk()
        cursor.execute("SELECT pg_current_wal_flush_lsn() >= %s::pg_lsn", [written])
        assert cursor.fetchone() == (True,)
        cursor.execute("RESET synchronous_commit")


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
