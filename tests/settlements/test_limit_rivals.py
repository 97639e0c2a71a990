"""Settlement-day limits while many act at once, while workers die, and after long random histories."""

from __future__ import annotations

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import psycopg2
import pytest
from django.db import OperationalError, connection
from django.db.models import Sum
from django.utils import timezone

from backoffice.access.models import User
from deals.models import Deal
from deals.services import approve_deals, cancel_deals, confirm_deals
from limits.models import Limit, Reservation
from refdata.firm_days import firm_day
from settlements.exposures import recompute_exposures
from settlements.models import PaymentDeadline, Settlement
from settlements.preparing import prepare_settlements
from settlements.running.services import request_run, work_on_run
from settlements.services import (
    Proof,
    fail_overdue_settlements,
    hold_settlements,
    reject_settlements,
    release_settlements,
    repair_settlements,
    settle_settlements,
    unhold_settlements,
)
from tests.flows.test_bulk import wait_until_somebody_waits
from tests.guards.test_rivals import at_once, captured_apart
from tests.settlements.test_limits import fx, limit

pytestmark = pytest.mark.usefixtures("own_database")
__all__ = ["fx", "limit"]
PAIRS = 12


def people() -> dict[str, User]:
    return {user.username: user for user in User.objects.all()}


def of_limit() -> Any:
    return Limit.objects.get(kind="COUNTERPARTY_SETTLEMENT", entity__code="RUS")


@pytest.fixture
def payments(fx: dict[str, Any], limit: Limit) -> list[int]:
    """The payments out of twelve prepared deals, each to be followed by 100,000 euros in."""
    PaymentDeadline.objects.all().delete()  # they are due in the past: nothing but release counts
    who = people()
    for number in range(PAIRS):
        document = fx | {"external_ref": f"FX-{number}", "quantity": "100000.00"}
        assert captured_apart(who["dealer"], document)
    ids = list(Deal.objects.order_by("id").values_list("id", flat=True))
    at = timezone.now()
    confirm_deals(ids=ids, actor=who["clerk"], at=at)
    approve_deals(ids=ids, actor=who["checker"], at=at)
    prepare_settlements(deal_ids=ids, at=at)
    rows = Settlement.objects.filter(quantity=0, delivers=False).order_by("id")
    return list(rows.values_list("id", flat=True))


def taken() -> Decimal:
    """What the reservations come to."""
    rows = Reservation.objects.filter(source_type="settlement", state="COMMITTED")
    return rows.aggregate(all=Sum("amount"))["all"] or Decimal(0)


def at_risk() -> Decimal:
    """By the rule, counted one by one: receipts that are open while our own side is released."""
    total = Decimal(0)
    for row in Settlement.objects.filter(delivers=True, quantity=0).exclude(settlement="SETTLED"):
        ours = Settlement.objects.get(source_id=row.source_id, delivers=False)
        total += row.amount if ours.approval == "APPROVED" else 0
    return total


def test_releases_at_once_never_overshoot(payments: list[int]) -> None:
    Limit.objects.filter(pk=of_limit().pk).update(cap=500_000)
    checker = people()["checker"]

    def one(number: int) -> str:
        outcome = release_settlements(ids=[payments[number]], actor=checker, at=timezone.now())
        return outcome.refused[payments[number]].code if outcome.refused else "released"

    answers = at_once(one, PAIRS)
    assert sorted(answers) == ["limit-exceeded"] * (PAIRS - 5) + ["released"] * 5
    assert of_limit().used == taken() == at_risk() == 500_000


def test_a_release_waits_for_the_rival_that_holds_the_limit(payments: list[int]) -> None:
    """What a rival takes and has not committed is not there: it is waited for, then refused."""
    checker = people()["checker"]
    rival = psycopg2.connect(**connection.get_connection_params() | {"cursor_factory": None})
    with rival.cursor() as cursor, ThreadPoolExecutor(1) as thread:
        cursor.execute("UPDATE limits_limit SET used = cap WHERE kind = 'COUNTERPARTY_SETTLEMENT'")
        coming = thread.submit(released_and_closed, payments[0], checker)
        wait_until_somebody_waits()
        rival.commit()
        assert coming.result() == ["limit-exceeded", "linked-refused"]
    rival.close()


def released_and_closed(id: int, checker: User) -> list[str]:
    try:
        outcome = release_settlements(ids=[id], actor=checker, at=timezone.now())
        return sorted(why.code for why in outcome.refused.values())
    finally:
        connection.close()


def test_a_worker_that_dies_between_leaves_nothing_half_taken(payments: list[int]) -> None:
    """It dies where the settlements have moved and the limit is about to: none of it has happened."""
    checker = people()["checker"]
    rival = psycopg2.connect(**connection.get_connection_params() | {"cursor_factory": None})
    with rival.cursor() as cursor, ThreadPoolExecutor(1) as thread:
        cursor.execute(
            "SELECT 1 FROM limits_limit WHERE kind = 'COUNTERPARTY_SETTLEMENT' FOR UPDATE"
        )
        coming = thread.submit(released_and_closed, payments[0], checker)
        wait_until_somebody_waits()
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        assert cursor.rowcount == 1
        with pytest.raises(OperationalError):
            coming.result()
        rival.rollback()
    rival.close()
    assert set(Settlement.objects.values_list("approval", flat=True)) == {"PREPARED"}
    assert of_limit().used == taken() == 0
    assert released_and_closed(payments[0], checker) == []
    assert of_limit().used == taken() == 100_000


def test_everything_at_once_knows_no_deadlock_and_leaves_what_the_rule_says(
    payments: list[int], fx: dict[str, Any], sample: dict[str, Any]
) -> None:
    """Captures, cancellations, releases, runs, receipts and the night on the same limits."""
    Limit.objects.filter(pk=of_limit().pk).update(cap=700_000)
    who = people()

    def capture(chance: random.Random) -> None:
        document = chance.choice((fx | {"quantity": "1000.00"}, sample))
        captured_apart(who["dealer"], document | {"external_ref": f"M-{chance.getrandbits(64)}"})

    def cancel(chance: random.Random) -> None:
        ids = list(Deal.objects.filter(state="CAPTURED").values_list("id", flat=True)[:3])
        cancel_deals(ids=ids, reason="x", actor=who["checker"], at=timezone.now())

    def release(chance: random.Random) -> None:
        ids = chance.sample(payments, 4)
        release_settlements(ids=ids, actor=who["checker"], at=timezone.now())

    def settle(chance: random.Random) -> None:
        rows = Settlement.objects.filter(approval="APPROVED").exclude(settlement="SETTLED")
        ids = list(rows.values_list("id", flat=True))
        prove(chance.sample(ids, min(3, len(ids))))

    def night(chance: random.Random) -> None:
        at = timezone.now()
        assert recompute_exposures(business_date=firm_day(at), at=at).alarms == 0

    def run(chance: random.Random) -> None:
        a_run()

    steps = (capture, capture, cancel, release, release, settle, night, run)

    def work(number: int) -> str:
        chance = random.Random(number)
        for _ in range(10):
            chance.choice(steps)(chance)
        return "done"

    assert at_once(work, 8) == ["done"] * 8
    with connection.cursor() as cursor:
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        assert cursor.fetchone() == (0,)
    row = of_limit()
    assert row.used == taken() == at_risk()
    assert (row.excess, row.used <= row.cap) == (0, True)
    assert Settlement.objects.filter(settlement="SETTLED").exists()


def prove(ids: list[int]) -> None:
    at = timezone.now()
    proof = Proof(kind="test", reference="T", settled_at=at)
    settle_settlements(proofs=dict.fromkeys(ids, proof), settled_date=firm_day(at), at=at)


def a_run() -> None:
    at = timezone.now()
    run = request_run(
        business_date=firm_day(at), objective="FIFO", entity_id=None, actor=None, at=at
    )
    work_on_run(run.pk, at=at)


@pytest.mark.parametrize("seed", range(6))
def test_after_any_history_what_is_used_is_what_the_rule_says(
    payments: list[int], seed: int
) -> None:
    """Each step of a random history is followed by the sum over all open receipts, one by one."""
    chance, who = random.Random(seed), people()
    Limit.objects.filter(pk=of_limit().pk).update(cap=chance.randint(2, 10) * 100_000)
    everything = list(Settlement.objects.order_by("id").values_list("id", flat=True))
    rus = of_limit().entity_id

    def some() -> list[int]:
        return sorted(chance.sample(everything, chance.randint(1, 6)))

    steps: dict[str, Callable[[], Any]] = {
        "release": lambda: release_settlements(ids=some(), actor=who["checker"], at=timezone.now()),
        "reject": lambda: reject_settlements(
            ids=some()[:1], reason="?", actor=who["checker"], at=timezone.now()
        ),
        "repair": lambda: repair_settlements(ids=some(), actor=who["clerk"], at=timezone.now()),
        "hold": lambda: hold_settlements(
            ids=some()[:2], reason="?", actor=who["clerk"], at=timezone.now()
        ),
        "unhold": lambda: unhold_settlements(ids=some(), actor=who["checker"], at=timezone.now()),
        "run": a_run,
        "settle": lambda: prove(
            [id for id in some() if Settlement.objects.get(pk=id).approval == "APPROVED"]
        ),
        "fail": lambda: fail_overdue_settlements(
            entity_id=rus, day=firm_day(timezone.now()), at=timezone.now(), limit=9
        ),
    }
    done = []
    for _ in range(30):
        done.append(chance.choice(["release", *steps]))
        steps[done[-1]]()
        assert of_limit().used == taken() == at_risk(), done
    found = recompute_exposures(business_date=firm_day(timezone.now()), at=timezone.now())
    assert (found.changed, found.alarms) == (0, 0)
    assert of_limit().used <= of_limit().cap
