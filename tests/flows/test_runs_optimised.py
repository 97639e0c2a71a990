"""Runs decided once and written in shards: rings, the same answer again, what changes in between, two workers."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import psycopg2
import pytest
from django.db import connection
from django.utils import timezone

from backoffice.events.models import Event
from settlements.models import (
    RunDecision,
    RunExplanation,
    RunPlan,
    RunShard,
    Settlement,
    SettlementRun,
)
from settlements.running import planning, writing
from settlements.running.services import complete_run, request_run, start_run, write_next_shard
from settlements.tasks import continue_runs
from tests.flows.queue import DUE, House
from tests.pages.test_pages import browser

pytestmark = pytest.mark.usefixtures("own_database")


def asked(**more: Any) -> SettlementRun:
    more = {"objective": ""} | more
    return request_run(business_date=DUE, entity_id=None, actor=None, at=timezone.now(), **more)


def planned(**more: Any) -> SettlementRun:
    run = asked(**more)
    assert start_run(run_id=run.pk, at=timezone.now())
    run.refresh_from_db()
    return run


def written(run: SettlementRun) -> SettlementRun:
    at = timezone.now()
    while write_next_shard(run_id=run.pk, at=at):
        pass
    assert complete_run(run_id=run.pk, at=at)
    run.refresh_from_db()
    return run


def settled() -> list[Settlement]:
    return list(Settlement.objects.filter(settlement="SETTLED").order_by("pk"))


def until(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def assert_adds_up(house: House) -> None:
    assert house.booked() == house.expected(settled())
    assert all(amount >= 0 for amount in house.booked().values())


class TestRings:
    def test_three_without_any_money_settle_all_in_one_shard(self, api: Any) -> None:
        house = House(3)
        rows = house.ring([0, 1, 2])
        answer = api("clerk").post("/settlement-runs/", {"business_date": DUE.isoformat()})
        assert answer.status_code == 202, answer.content
        continue_runs()
        document = api("clerk").get(f"/settlement-runs/{answer.json()['reference']}/").json()
        assert document["counts"] == {"decided": 3, "settled": 3, "sent": 0, "left_out": 0}
        assert settled() == rows
        shard = RunShard.objects.get()
        assert (shard.outcome, shard.rows, shard.budgets.filter(asset=house.money).count()) == (
            "WHOLE",
            3,
            0,
        )
        assert document["plan"]["fifo"] == {
            "chosen": 0, "value": {"amount": "0.00", "currency": "RUB"},
        }  # fmt: skip
        assert document["plan"]["gain_of_netting"]["amount"] == "3000.00"
        assert document["plan"]["is_best"]
        assert_adds_up(house)

    def test_rules_11_five_payments_settle_with_the_twenty_that_the_net_needs(
        self, api: Any
    ) -> None:
        house = House(3)
        house.give(1, house.money, 20)
        owed = ((0, 1, 100), (1, 0, 70), (1, 2, 50), (2, 0, 40), (0, 2, 10))
        for number, (debtor, creditor, amount) in enumerate(
            owed
        ):  # each pays for a share of its own
            house.give(creditor, house.shares[number], 10)
            house.put(creditor, debtor, number, 10, amount)
        run = written(planned())
        assert (run.settled, run.left_out) == (5, 0)
        assert_adds_up(house)
        rows = api("clerk").get(f"/settlement-runs/{run}/netting/").json()["results"]
        assert [each["gross"] for each in rows if each["asset"] != "RUB"] == ["10"] * 5
        (told,) = [each for each in rows if each["asset"] == "RUB"]
        assert (told["gross"], told["count"]) == ("270", 5)
        assert told["by_pairs"] == {"quantity": "110", "count": 3, "saved_percent": "59.3"}
        assert told["among_all"] == {"quantity": "20", "count": 1, "saved_percent": "92.6"}
        page = browser("clerk").get(f"/runs/{run}/netting/").content.decode()
        assert "92.6" in page

    def test_first_in_first_out_cannot_begin(self) -> None:
        House(3).ring([0, 1, 2])
        run = written(planned(objective="FIFO"))
        assert (run.settled, run.left_out) == (0, 3)

    def test_of_two_that_want_the_same_the_larger_value_settles(self) -> None:
        house = House(4)
        house.give(0, house.shares[0], 10)
        for payer, amount in ((1, 500), (2, 900)):
            house.put(0, payer, 0, 10, amount)
            house.give(payer, house.money, 1_000)
        run = written(planned())
        assert [row.amount for row in settled()] == [900]
        assert run.plan is not None
        assert [run.plan.value, run.plan.fifo_value] == [Decimal(900), Decimal(500)]
        assert_adds_up(house)


class TestPlans:
    def test_the_same_queue_gives_the_same_plan_and_a_half_written_one_is_never_read(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        house = House(8)
        for n in range(24):
            house.put(n % 8, (n * 3 + 1) % 8, n % 5, 10 + n, 100 + 7 * n)
        for n in range(8):
            house.give(n, house.money, 300)
            house.give(n, house.shares[n % 5], 40)
        run = asked()

        def dies(*_: Any, **__: Any) -> bool:
            raise SystemExit

        with monkeypatch.context() as patch:
            patch.setattr(planning, "_start", dies)
            with pytest.raises(SystemExit):
                start_run(run_id=run.pk, at=timezone.now())
        run.refresh_from_db()
        assert (run.state, run.plan) == ("QUEUED", None)
        assert not write_next_shard(run_id=run.pk, at=timezone.now())
        assert start_run(run_id=run.pk, at=timezone.now() + timedelta(minutes=1))
        first, second = RunPlan.objects.order_by("attempt")
        assert (first.input_sha256, first.found_sha256) == (
            second.input_sha256,
            second.found_sha256,
        )
        assert first.written_at is None
        run.refresh_from_db()
        assert (run.plan, run.decided) == (second, 24)
        run = written(run)
        assert run.settled == len(settled()) == second.chosen
        assert_adds_up(house)

    def test_while_another_plans_nobody_does_and_its_death_lets_the_next_one(self) -> None:
        House(3).ring([0, 1, 2])
        run = asked()
        other = psycopg2.connect(**connection.get_connection_params())
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(7000002)")
        assert not start_run(run_id=run.pk, at=timezone.now())
        other.close()
        until(lambda: start_run(run_id=run.pk, at=timezone.now()))

    def test_a_second_run_waits_for_the_first(self) -> None:
        House(3).ring([0, 1, 2])
        first, second = planned(), asked()
        assert not start_run(run_id=second.pk, at=timezone.now())
        written(first)
        assert start_run(run_id=second.pk, at=timezone.now())

    def test_what_is_left_out_says_why(self, api: Any) -> None:
        house = House(4)
        house.give(0, house.shares[0], 5)
        short = house.put(0, 1, 0, 10, 500)
        waits = house.put(1, 2, 0, 10, 600)
        for party in (1, 2):
            house.give(party, house.money, 1_000)
        run = written(planned())
        said = api("clerk").get(f"/settlement-runs/{run}/explanations/").json()["results"]
        first, second = sorted(said, key=lambda row: row["settlement"])
        assert (first["settlement"], first["reason"], first["short"]) == (str(short), "LACK", "5")
        where = {"owner": "Q-0", "place": "HOUSE", "asset": "RU0009029540", "amount": "5"}
        assert first["explanations"]["NEVER"] == {"facts": {"short": [where]}, "is_proved": True}
        assert second["explanations"]["CHAIN"]["facts"]["members"] == [str(waits), str(short)]
        assert Settlement.objects.get(pk=short.pk).skipped_runs == 1
        house.give(0, house.shares[0], 5)
        written(planned())
        assert {row.skipped_runs for row in settled()} == {0}
        assert len(settled()) == 2


class TestParts:
    def test_l2_of_a_thousand_nine_hundred_are_there_and_settle(self) -> None:
        """Vector L2 (rules, section 2), through a run: 900, and the rest once it has come."""
        house = House(2)
        house.give(0, house.shares[0], 900)
        house.give(1, house.money, 2_500)
        row = house.put(0, 1, 0, 1_000, "2000.00", partial_allowed=True, minimum=500)
        written(planned())
        row.refresh_from_db()
        assert (row.settlement, row.settled_quantity, row.settled_amount) == (
            "PARTIAL",
            Decimal(900),
            Decimal(1_800),
        )
        assert RunDecision.objects.get(settlement=row).part == 900
        assert row.reason == "LACK"
        house.give(0, house.shares[0], 100)
        written(planned())
        row.refresh_from_db()
        assert (row.settlement, row.settled_quantity, row.settled_amount) == (
            "SETTLED",
            Decimal(1_000),
            Decimal(2_000),
        )
        assert_adds_up(house)

    def test_l3_less_than_the_minimum_settles_nothing(self) -> None:
        """Vector L3 (rules, section 2), through a run."""
        house = House(2)
        house.give(0, house.shares[0], 900)
        house.give(1, house.money, 2_500)
        row = house.put(0, 1, 0, 1_000, "2000.00", partial_allowed=True, minimum=950)
        run = written(planned())
        row.refresh_from_db()
        assert (run.settled, row.settlement, row.settled_quantity) == (0, "PENDING", Decimal(0))


class TestShards:
    def test_one_that_was_held_meanwhile_takes_its_ring_along_and_nobody_else(self) -> None:
        house = House(5)
        ring = house.ring([0, 1, 2])
        house.give(3, house.shares[0], 10)
        house.give(4, house.money, 100)
        other = house.put(3, 4, 0, 10, 100)
        run = planned()
        Settlement.objects.filter(pk=ring[1].pk).update(hold="OURS")
        run = written(run)
        assert settled() == [other]
        assert (run.settled, run.left_out) == (1, 3)
        dropped = RunExplanation.objects.filter(kind="DROPPED").order_by("settlement_id")
        assert [row.settlement_id for row in dropped] == [row.pk for row in ring]
        assert dropped[0].facts["reason"] == "CMON"
        assert [Settlement.objects.get(pk=row.pk).skipped_runs for row in ring] == [1, 0, 1]
        assert_adds_up(house)

    def test_what_was_spent_meanwhile_is_not_spent_again(self) -> None:
        house = House(3)
        for giver, amount in ((0, 300), (1, 700)):
            house.give(giver, house.shares[0], 10)
            house.put(giver, 2, 0, 10, amount)
        house.give(2, house.money, 1_000)
        run = planned()
        house.give(2, house.money, -200)
        written(run)
        assert [row.amount for row in settled()] == [700]
        assert RunShard.objects.get().outcome == "REDECIDED"
        assert RunExplanation.objects.get(kind="DROPPED").facts["short"] == "200"
        assert_adds_up(house)

    def test_one_that_fails_three_times_is_told_and_the_run_goes_on(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        house = House(3)
        house.ring([0, 1, 2])

        def breaks(*_: Any, **__: Any) -> Any:
            raise ValueError("a defect")

        run = planned()
        with monkeypatch.context() as patch:
            patch.setattr(writing, "settle_settlements", breaks)
            run = written(run)
        shard = RunShard.objects.get()
        assert (shard.outcome, shard.tries, run.settled, run.left_out) == ("NOTHING", 3, 0, 3)
        assert Event.objects.filter(kind="settlementrun.drop_shard").count() == 1
        assert written(planned()).settled == 3
        assert_adds_up(house)

    def test_two_processes_write_one_run_at_the_same_time(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        house = House(24)
        for n in range(0, 24, 2):
            for k in range(4):
                house.put(n, n + 1, k, 10, 100 + n + k)
                house.give(n, house.shares[k], 10)
            house.give(n + 1, house.money, 1_000)
        monkeypatch.setattr(planning, "SHARD", 6)
        run = planned()
        assert RunShard.objects.filter(wave=0).count() >= 4
        connection.close()
        context = multiprocessing.get_context("fork")
        both = context.Barrier(2)
        rows = context.Queue()
        workers = [context.Process(target=_works, args=(run.pk, both, rows)) for _ in range(2)]
        for worker in workers:
            worker.start()
        done = [rows.get(timeout=60) for _ in workers]
        for worker in workers:
            worker.join(30)
            assert worker.exitcode == 0
        assert sum(done) == RunShard.objects.count()
        assert all(done), "one of them wrote everything"
        run = written(run)
        assert run.settled == len(settled()) == 48
        assert set(RunShard.objects.values_list("outcome", flat=True)) == {"WHOLE"}
        assert RunDecision.objects.filter(run=run).count() == 48
        assert_adds_up(house)


def _works(run_id: int, both: Any, rows: Any) -> None:
    """A worker of its own: it holds its first shard until the other one has claimed one too."""
    connection.close()
    waited: list[bool] = []
    look_again = writing._gone

    def together(*args: Any) -> Any:
        if not waited:
            waited.append(True)
            both.wait(timeout=60)
        return look_again(*args)

    vars(writing)["_gone"] = together
    count, at = 0, timezone.now()
    while write_next_shard(run_id=run_id, at=at):
        count += 1
    rows.put(count)
    connection.close()
