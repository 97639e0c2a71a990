"""Killed anywhere in a run: a survivor completes it, each shard settles once, nothing is lost."""

from __future__ import annotations

import random
import time
from collections import Counter, defaultdict
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from backoffice.events.faults import POINTS
from ledger.models import JournalEntry, Posting
from settlements.explaining import services as explaining
from settlements.explaining.services import MOST_TRIES, explain_largest
from settlements.models import Evidence, RunQueue, RunShard, Settlement, SettlementRun
from settlements.running import deciding, planning
from settlements.running import services as runs
from settlements.tasks import continue_runs
from tests.dying import die_at
from tests.flows.queue import DUE, House

pytestmark = pytest.mark.usefixtures("own_database")
IN_A_RUN = [point for point in POINTS if point.startswith(("run.", "shard."))]
SETTLEMENTS, PARTIES, SHARES = 90, 7, 5


@pytest.fixture(autouse=True)
def _small_pieces(settings: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Several chunks and shards, so that there is something before and after each point."""
    settings.VAR_DIR = tmp_path
    monkeypatch.setattr(planning, "CHUNK", 20)
    monkeypatch.setattr(planning, "SHARD", 12)
    monkeypatch.setattr(runs, "CHUNK", 5)


def a_house() -> House:
    """A queue that what is there covers only in part, the same each time."""
    chance, house = random.Random(23), House(PARTIES)
    for party in range(PARTIES):
        house.give(party, house.money, 40_000)
        for share in house.shares[:SHARES]:
            house.give(party, share, 150)
    for _ in range(SETTLEMENTS):
        giver, payer = chance.sample(range(PARTIES), 2)
        quantity = chance.randint(5, 60)
        house.put(
            giver, payer, chance.randrange(SHARES), quantity, quantity * chance.randint(80, 120)
        )
    return house


def asked() -> SettlementRun:
    return runs.request_run(business_date=DUE, entity_id=None, actor=None, at=timezone.now())


def completed(run: SettlementRun) -> SettlementRun:
    """By a survivor; the dead one's locks go with its session, which the server may notice a moment later."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        continue_runs()
        run.refresh_from_db()
        if run.state == "COMPLETED":
            return run
        time.sleep(0.05)
    raise AssertionError(f"the run is {run.state}: {run.error}")


def what_settled(house: House) -> list[tuple[Any, ...]]:
    rows = Settlement.objects.filter(settlement="SETTLED", source_type="test")
    return sorted(
        rows.values_list("owner__code", "counterparty__code", "asset__code", "quantity", "amount")
    )


def assert_settled_once(house: House) -> None:
    """Postings, evidence and what every party holds, against a plain sum over what is settled."""
    settled = list(
        Settlement.objects.filter(settlement="SETTLED", source_type="test").order_by("pk")
    )
    ids = [row.pk for row in settled]
    entries = JournalEntry.objects.filter(kind="settlement.settle", source_type="settlement")
    assert Counter(entries.values_list("source_id", flat=True)) == Counter(ids)
    assert Counter(Evidence.objects.values_list("settlement_id", flat=True)) == Counter(ids)
    expected: defaultdict[tuple[int, int], Decimal] = defaultdict(Decimal, house.opening)
    for row in settled:
        expected[row.owner_id, row.asset_id] -= row.quantity
        expected[row.counterparty_id, row.asset_id] += row.quantity
        expected[row.owner_id, row.money_asset_id] += row.amount
        expected[row.counterparty_id, row.money_asset_id] -= row.amount
    held: defaultdict[tuple[int, int], Decimal] = defaultdict(Decimal)
    for posting in Posting.objects.select_related("debit_account", "credit_account"):
        for account, sign in ((posting.debit_account, 1), (posting.credit_account, -1)):
            if account.kind in ("HOLDING", "CASH") and account.place_id == house.place.pk:
                held[account.owner_id, posting.asset_id] += sign * posting.quantity
    parties = {party.pk for party in house.parties}
    assert {k: q for k, q in held.items() if k[0] in parties and q} == {
        k: q for k, q in expected.items() if q
    }
    assert min(expected.values()) >= 0


@pytest.fixture(scope="module")
def undisturbed() -> list[list[tuple[Any, ...]]]:
    """What settles where nobody dies; filled by the first test."""
    return []


@pytest.mark.parametrize("point", ["", *IN_A_RUN])
def test_a_survivor_completes_it(point: str, undisturbed: list[list[tuple[Any, ...]]]) -> None:
    house, run = a_house(), asked()
    if point:
        die_at(point, continue_runs)
    run = completed(run)
    found = what_settled(house)
    undisturbed.append(found)
    assert found == undisturbed[0]
    assert 20 < len(found) < SETTLEMENTS
    assert_settled_once(house)
    assert (run.settled, run.left_out) == (len(found), SETTLEMENTS - len(found))
    shards = RunShard.objects.filter(run=run, plan=run.plan_id)
    assert shards.count() > 2
    assert not shards.filter(done_at=None).exists()
    assert not SettlementRun.objects.filter(state="RUNNING").exists()
    reasons = Settlement.objects.filter(source_type="test").exclude(settlement="SETTLED")
    assert set(reasons.values_list("skipped_runs", flat=True)) == {1}


def test_a_run_that_nobody_comes_back_from_searching_for_takes_what_came_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A solver that hangs is killed with its worker; that must not happen for ever, nor keep the queue waiting."""
    house = a_house()
    SettlementRun.objects.filter(pk=asked().pk).update(objective="VALUE")
    run = SettlementRun.objects.get()
    for _ in range(planning.MOST_SEARCHES):
        die_at("run.read", continue_runs)
    monkeypatch.setattr(deciding, "search", never)
    monkeypatch.setattr(deciding, "relax", never)
    run = completed(run)
    assert run.tries == planning.MOST_SEARCHES + 1
    plan = run.plan
    assert plan is not None
    assert plan.objective["unsearched"]
    assert plan.value == plan.fifo_value < plan.bound
    assert plan.gap > 0  # nobody said that no better set exists
    assert_settled_once(house)


def never(*_given: Any, **_more: Any) -> None:
    raise AssertionError("the solver was asked")


def test_what_nobody_comes_back_from_explaining_is_let_be(monkeypatch: pytest.MonkeyPatch) -> None:
    a_house()
    run = completed(asked())
    assert run.plan is not None
    RunQueue.objects.filter(plan=run.plan_id).update(tries=MOST_TRIES)
    monkeypatch.setattr(explaining, "explain", never)
    assert explain_largest(at=timezone.now()) == run.plan_id
    assert explain_largest(at=timezone.now()) is None
