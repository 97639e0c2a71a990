"""`settle.run.chosen`: a whole run that chooses, with its posting, beside the same run first in, first out.

The queue of `benchmarks.queues` in a database: a party with an instruction for each holder, a security for each,
all in our own books. Nothing stands behind the settlements, so no deal is moved and no limit given back;
`settle.run` has those. Values of the plan are shares of all that waits.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
from django.db import connection
from django.utils import timezone

from backoffice.access.models import User
from backoffice.events.copying import copy_rows
from benchmarks.measure import Result, measured
from benchmarks.optimise import fresh_seed
from benchmarks.queues import FAMILIES, plain
from benchmarks.run_worker import Worked, work
from benchmarks.runs import DUE
from benchmarks.stage import BASE, copy_of, one, use
from ledger.services import AccountKey, NewEntry, NewPosting, account_ids, post_entries
from refdata.models import Asset, Entity, Party, Place, StandingInstruction
from settlements.models import RunPlan, Settlement
from settlements.optimising.problem import Problem
from settlements.optimising.relaxing import relax
from settlements.running import services as runs

_COLUMNS = (
    "entity_id, place_id, source_type, source_id, owner_id, counterparty_id, ssi_id, method, delivers,"
    " asset_id, quantity, money_asset_id, amount, due_date, approval, matching"
)


def prepare(problem: Problem, name: str) -> str:
    """The queue as settlements that may move, and what is at hand as opening balances."""
    use(copy_of(BASE, name))
    entity, place = Entity.objects.get(code="RUS"), Place.objects.get(code="HOUSE")
    money = Asset.objects.get(code="RUB")
    parties = Party.objects.bulk_create(
        Party(code=f"BENCH-{n}", name=f"Bench {n}", roles=["COUNTERPARTY"])
        for n in range(int(max(problem.giver.max(), problem.taker.max())) + 1)
    )
    papers = Asset.objects.bulk_create(
        Asset(kind="SECURITY", code=f"BENCH{n}", name=f"Bench {n}")
        for n in range(int(problem.security.max()) + 1)
    )
    ssi = _instructions(parties, place)
    held = _at_hand(problem, parties, papers, money)
    _open(entity, place, held, money)
    copy_rows(Settlement._meta.db_table, _COLUMNS, (
        (entity.pk, place.pk, "bench", n, parties[giver].pk, parties[taker].pk, ssi[parties[taker].pk],
         "DVP", True, papers[paper].pk, quantity, money.pk, Decimal(value) / 100, DUE, "APPROVED", "MATCHED")
        for n, (giver, taker, paper, quantity, value) in enumerate(zip(
            problem.giver.tolist(), problem.taker.tolist(), problem.security.tolist(),
            problem.quantity.tolist(), problem.amount[:, 1].tolist(), strict=True))
    ))  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    connection.close()
    return name


def _instructions(parties: list[Party], place: Place) -> dict[int, int]:
    people = {n: User.objects.get(username=n) for n in ("admin", "manager")}
    made = StandingInstruction.objects.bulk_create(
        StandingInstruction(
            party=party, place=place, depository_account=party.code, cash_account=party.code,
            valid_from=date(2020, 1, 1), status="APPROVED", proposed_by=people["admin"],
            approved_by=people["manager"],
        )
        for party in parties
    )  # fmt: skip
    return {row.party_id: row.pk for row in made}


def _at_hand(
    problem: Problem, parties: list[Party], papers: list[Asset], money: Asset
) -> dict[tuple[int, int], Decimal]:
    """What each holds of what: whole securities, and money in its smallest unit."""
    left, found = problem.at_hand.tolist(), dict[tuple[int, int], Decimal]()
    rows = zip(
        problem.holding.tolist(), problem.giver.tolist(), problem.taker.tolist(),
        problem.security.tolist(), strict=True,
    )  # fmt: skip
    for (gives, pays, takes, earns), giver, taker, paper in rows:
        found[parties[giver].pk, papers[paper].pk] = Decimal(left[gives])
        found[parties[taker].pk, papers[paper].pk] = Decimal(left[takes])
        found[parties[taker].pk, money.pk] = Decimal(left[pays]) / 100
        found[parties[giver].pk, money.pk] = Decimal(left[earns]) / 100
    return {key: amount for key, amount in found.items() if amount}


def _open(entity: Entity, place: Place, held: dict[tuple[int, int], Decimal], money: Asset) -> None:
    def key(owner: int, asset: int) -> AccountKey:
        kind = "CASH" if asset == money.pk else "HOLDING"
        return AccountKey(entity.pk, kind, owner, place_id=place.pk)

    def opening(owner: int) -> AccountKey:
        return AccountKey(entity.pk, "OPENING", owner)

    ids = account_ids({each for o, a in held for each in (key(o, a), opening(o))})
    entry = NewEntry(
        entity_id=entity.pk, kind="opening", source_type="bench", source_id=1,
        effective_date=date(2026, 1, 1),
        postings=[
            NewPosting(ids[key(owner, asset)], ids[opening(owner)], asset, amount)
            for (owner, asset), amount in held.items()
        ],
    )  # fmt: skip
    post_entries([entry], at=timezone.now())


@dataclass
class Chosen:
    """Runs of one queue by two objectives, each on a fresh copy of it."""

    source: str
    plans: dict[str, RunPlan] = field(default_factory=dict)
    worked: dict[str, Worked] = field(default_factory=dict)

    def run(self, objective: str) -> float:
        database = copy_of(self.source, "bench_run")
        use(database)
        asked = runs.request_run(
            business_date=DUE, entity_id=None, objective=objective, actor=None, at=timezone.now()
        )
        self.worked[objective] = work(database, asked.pk, workers=1)
        plan = RunPlan.objects.get(written_by=asked)
        settled = one("SELECT count(*) FROM settlements_settlement WHERE settlement = 'SETTLED'")
        assert settled == plan.chosen, (settled, plan.chosen)
        self.plans[objective] = plan
        return self.worked[objective].seconds


def run(sizes: tuple[int, ...]) -> list[Result]:
    seed = fresh_seed()
    return [_measure(size, family, seed) for family in FAMILIES for size in sizes]


def _measure(size: int, family: str, seed: int) -> Result:
    problem, (weights,) = plain(size, family, seed)
    stage = Chosen(prepare(problem, f"bench_chosen_{size}"))
    result = measured(
        name=f"settle.run.chosen.{family}", size=size, unit="s", rounds=1,
        reference_name="the same run first in, first out", reference=lambda: stage.run("FIFO"),
        ours=lambda: stage.run("VALUE"), peak_rss_mb=lambda: stage.worked["VALUE"].peak_rss_mb,
    )  # fmt: skip
    plan, gross = stage.plans["VALUE"], int(weights.total().sum()) / 100
    assert plan.value >= plan.fifo_value == stage.plans["FIFO"].value
    started = time.perf_counter()
    relaxed = relax(problem, weights, np.arange(size), problem.at_hand).bound / 100
    bare = time.perf_counter() - started
    planned = stage.worked["VALUE"].planned_seconds
    found: dict[str, Any] = {
        "seed": seed, "value": float(plan.value) / gross, "fifo": float(plan.fifo_value) / gross,
        "bound": float(plan.bound) / gross, "of_lp": float(plan.value) / relaxed, "gap": plan.gap,
    }  # fmt: skip
    result.more |= {name: round(value, 4) for name, value in found.items()} | {
        "decided_s": round(plan.seconds, 2), "planned_s": round(planned, 2),
        "posted_s": round(stage.worked["VALUE"].seconds - planned, 2), "settled": plan.chosen,
        "fifo_settled": plan.fifo_chosen, "lp_s": round(bare, 2),
        "fifo_mb": stage.worked["FIFO"].peak_rss_mb,
    }  # fmt: skip
    return result
