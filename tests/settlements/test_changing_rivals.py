"""Amending and cancelling while others amend, prepare, release and settle, and while workers die."""

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
from backoffice.kernel.errors import Refusal
from deals.exposing.recomputing import recompute_exposures
from deals.models import Deal, DealVersion
from deals.services import approve_deals, confirm_deals
from limits.models import Limit, Reservation
from refdata.firm_days import firm_day
from settlements.changing.services import (
    agree_cancels,
    amend_deal,
    approve_cancels,
    cancel_deals,
)
from settlements.models import Settlement
from settlements.preparing import prepare_settlements
from settlements.services import Proof, release_settlements, settle_settlements
from tests.flows.test_bulk import wait_until_somebody_waits
from tests.guards.test_rivals import at_once, captured_apart

pytestmark = pytest.mark.usefixtures("own_database")


def who(name: str) -> User:
    return User.objects.get(username=name)


def captured(sample: dict[str, Any], count: int = 1) -> list[int]:
    dealer = who("dealer")
    for number in range(count):
        assert captured_apart(dealer, sample | {"external_ref": f"R-{number}"})
    return list(Deal.objects.order_by("id").values_list("id", flat=True))


def confirmed(ids: list[int]) -> list[int]:
    confirm_deals(ids=ids, actor=who("clerk"), at=timezone.now())
    approve_deals(ids=ids, actor=who("checker"), at=timezone.now())
    return ids


def prepared(ids: list[int]) -> list[int]:
    prepare_settlements(deal_ids=confirmed(ids), at=timezone.now())
    return ids


def released(ids: list[int]) -> list[int]:
    rows = Settlement.objects.filter(source_id__in=prepared(ids)).order_by("id")
    found = list(rows.values_list("id", flat=True))
    release_settlements(ids=found, actor=who("checker"), at=timezone.now())
    return ids


def amend(id: int, clerk: User, **changes: str) -> str:
    """What became of it: done, or the code of its refusal."""
    try:
        amend_deal(id=id, document=changes, reason="", evidence="M", actor=clerk, at=timezone.now())
    except Refusal as refusal:
        return refusal.code
    return "amended"


def settle(id: int) -> str:
    at = timezone.now()
    (settlement,) = Settlement.objects.filter(source_id=id).values_list("id", flat=True)[:1]
    proof = Proof(kind="test", reference="T", settled_at=at)
    outcome = settle_settlements(proofs={settlement: proof}, settled_date=firm_day(at), at=at)
    return outcome.refused[settlement].code if outcome.refused else "settled"


def limits_are_right() -> None:
    """Counters are the sums of reservations, and those are what the terms need."""
    for limit in Limit.objects.all():
        rows = Reservation.objects.filter(limit=limit, state="COMMITTED")
        assert limit.used == (rows.aggregate(all=Sum("amount"))["all"] or Decimal(0)), limit.name
    at = timezone.now()
    found = recompute_exposures(business_date=firm_day(at), at=at)
    assert found.alarms == 0


def test_amendments_at_once_follow_each_other(sample: dict[str, Any]) -> None:
    (id,) = captured(sample)
    clerk = who("clerk")
    done = at_once(lambda n: amend(id, clerk, quantity=str(1_001 + n)), 8)
    assert done == ["amended"] * 8
    assert list(DealVersion.objects.order_by("number").values_list("number", flat=True)) == [
        *range(1, 10)
    ]
    quantities = set(DealVersion.objects.values_list("quantity", flat=True))
    assert quantities == {*range(1_000, 1_009)}
    limits_are_right()


def test_of_an_amendment_and_a_settlement_at_once_one_is_refused(sample: dict[str, Any]) -> None:
    ids = released(captured(sample, 8))
    clerk = who("clerk")

    def one(number: int) -> str:
        id = ids[number // 2]
        return amend(id, clerk, quantity="7") if number % 2 else settle(id)

    done = at_once(one, 16)
    for id, settled, amended in zip(ids, done[::2], done[1::2], strict=True):
        state = Deal.objects.get(pk=id).state
        assert (settled, amended, state) in (
            ("settled", "transition-not-allowed", "SETTLED"), ("nothing-moves", "amended", "CAPTURED"),
        )  # fmt: skip
    limits_are_right()


def test_what_is_prepared_meanwhile_is_withdrawn_too(sample: dict[str, Any]) -> None:
    ids = confirmed(captured(sample, 8))
    clerk = who("clerk")

    def one(number: int) -> object:
        if number % 2:
            return amend(ids[number // 2], clerk, quantity="7")
        return prepare_settlements(deal_ids=[ids[number // 2]], at=timezone.now())

    done = at_once(one, 16)
    assert done[1::2] == ["amended"] * 8
    assert set(Deal.objects.values_list("state", flat=True)) == {"CAPTURED"}
    assert not Settlement.objects.exclude(cancellation="AGREED").exists()
    limits_are_right()


def test_a_worker_that_dies_between_leaves_the_deal_as_it_was(sample: dict[str, Any]) -> None:
    """It dies where settlements are withdrawn and the limit is about to move: nothing has happened."""
    (id,) = released(captured(sample))
    clerk = who("clerk")
    used = {row.pk: row.used for row in Limit.objects.all()}
    rival = psycopg2.connect(**connection.get_connection_params() | {"cursor_factory": None})

    def apart() -> str:
        try:
            return amend(id, clerk, quantity="7")
        finally:
            connection.close()

    with rival.cursor() as cursor, ThreadPoolExecutor(1) as thread:
        cursor.execute("SELECT 1 FROM limits_limit FOR UPDATE")
        coming = thread.submit(apart)
        wait_until_somebody_waits()
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        with pytest.raises(OperationalError):
            coming.result()
        rival.rollback()
    rival.close()
    assert {row.pk: row.used for row in Limit.objects.all()} == used
    row = Deal.objects.get()
    assert (row.version, row.state, DealVersion.objects.count()) == (1, "SETTLING", 1)
    assert Settlement.objects.get().approval == "APPROVED"
    assert apart() == "amended"
    assert Settlement.objects.get().status == "CANCELLED"
    limits_are_right()


def test_everything_at_once_knows_no_deadlock(sample: dict[str, Any]) -> None:
    """Amending, cancelling, confirming, preparing, releasing and settling the same few deals."""
    ids = captured(sample, 10)
    clerk, checker = who("clerk"), who("checker")

    def some(chance: random.Random) -> list[int]:
        return chance.sample(ids, 3)

    def agreed(chance: random.Random) -> None:
        at = timezone.now()
        confirm_deals(ids=some(chance), actor=clerk, at=at)
        approve_deals(ids=ids, actor=checker, at=at)
        prepare_settlements(deal_ids=ids, at=at)

    def ended(chance: random.Random) -> None:
        at = timezone.now()
        cancel_deals(ids=some(chance)[:1], reason="", evidence="M", actor=clerk, at=at)
        agree_cancels(ids=ids, evidence="M", actor=clerk, at=at)
        approve_cancels(ids=some(chance)[:1], actor=checker, at=at)

    def let_go(chance: random.Random) -> None:
        rows = Settlement.objects.filter(status="PREPARED").values_list("id", flat=True)
        release_settlements(ids=sorted(rows)[:3], actor=checker, at=timezone.now())

    def settled(chance: random.Random) -> None:
        at = timezone.now()
        rows = Settlement.objects.filter(status="MATCHED").values_list("id", flat=True)
        proofs = dict.fromkeys(sorted(rows)[:1], Proof(kind="test", reference="T", settled_at=at))
        settle_settlements(proofs=proofs, settled_date=firm_day(at), at=at)

    steps: tuple[Callable[[random.Random], Any], ...] = (
        lambda chance: amend(chance.choice(ids), clerk, quantity=str(chance.randint(1, 2_000))),
        agreed, ended, let_go, settled,
    )  # fmt: skip

    def work(number: int) -> str:
        chance = random.Random(number)
        for _ in range(12):
            chance.choice(steps)(chance)
        return "done"

    assert at_once(work, 6) == ["done"] * 6
    with connection.cursor() as cursor:
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        assert cursor.fetchone() == (0,)
    assert set(Deal.objects.values_list("state", flat=True)) - {"CAPTURED"}
    limits_are_right()
