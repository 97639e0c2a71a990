"""A plan as it is stored: what a run decided and why, its shards, and what each may draw on."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

import numpy as np
from django.db import connection, transaction

from backoffice.events.copying import copy_rows, copy_text
from backoffice.kernel.decimals import plain
from backoffice.kernel.rows import array, copy_lines
from settlements.models import RunPlan, RunShard, SettlementRun
from settlements.optimising.model import Aim
from settlements.releasing.deciding import gap_of, to_borrow
from settlements.releasing.sending import Sending
from settlements.running.deciding import Decided
from settlements.running.objectives import PENALTY_PARTS, Chosen, weights_per_unit
from settlements.running.queueing import Look
from settlements.running.reasons import Explaining, Said
from settlements.running.sharding import Shard
from settlements.running.state import ShardKind
from settlements.state import RunOutcome

PRICES_MOST = 200


class Planned(NamedTuple):
    """A decision about one settlement, before it is written."""

    settlement_id: int
    outcome: RunOutcome
    shard: int | None = None
    reason: str = ""
    part: Decimal | None = None
    value: Decimal | None = None
    short: Decimal = Decimal(0)
    why: str = ""  # of what goes outside or waits for it: `releasing.model`


class Cut(NamedTuple):
    """A shard of the plan: of which kind, its number and wave in the plan, and how it was cut."""

    kind: ShardKind
    number: int
    wave: int
    shard: Shard


def new_plan(
    run: SettlementRun, chosen: Chosen, look: Look, decided: Decided, sending: Sending | None,
    said: Explaining, at: datetime,
) -> RunPlan:  # fmt: skip
    def money(worth: int) -> Decimal:
        return Decimal(worth) / 100

    found = decided.found
    attempts = RunPlan.objects.filter(run=run).count()
    return RunPlan.objects.create(
        run=run, attempt=attempts + 1, rule=chosen.rule,
        objective={"wanted": chosen.wanted.value, **_plain(chosen, decided)},
        input_sha256=decided.counted.sha256, found_sha256=decided.sha256,
        candidates=len(look.candidates), chosen=int((decided.parts > 0).sum()),
        currency=look.currency, value=money(decided.worth(decided.parts)),
        fifo_value=money(decided.worth(decided.fifo)), fifo_chosen=int((decided.fifo > 0).sum()),
        netting_value=money(decided.worth(decided.netted)), bound=money(decided.bound),
        gap=gap_of(chosen, decided, sending), borrow=list(to_borrow(decided, sending, said.where)),
        last_places=list(sending.last) if sending else [],
        score=[str(each) for each in found.score] if found else [],
        bounds=[str(each) for each in found.bound] if found else [],
        prices=list(_prices(decided, said, weights_per_unit(chosen.objective))),
        phases=[{"name": p.name, "seconds": round(p.seconds, 3)} for p in found.phases] if found else [],
        struck=found.tally.struck if found else 0,
        unvalued=look.unvalued, seconds=round(decided.seconds, 3), decided_at=at,
    )  # fmt: skip


def _plain(chosen: Chosen, decided: Decided) -> dict[str, Any]:
    """The percents, and of a run that asks for them the penalties saved and those of all that waited.

    `unsearched` where nothing but first in, first out was tried.
    """
    objective = chosen.objective
    saved: dict[str, Any] = {} if chosen.searched else {"unsearched": True}
    if objective.aim == Aim.PENALTY:
        names = ("penalties_saved", "penalties_of_all")
        parts = zip(names, decided.penalties_saved(), strict=True)
        saved |= {name: f"{Decimal(each) / PENALTY_PARTS:.2f}" for name, each in parts}
    return saved | {
        "client_percent": objective.client_percent, "day_percent": objective.day_percent,
        "most_days": objective.most_days, "skipped_runs": objective.skipped_runs,
    }  # fmt: skip


def _prices(decided: Decided, said: Explaining, per_unit: int) -> Iterator[dict[str, str]]:
    """What one unit more at a holding would be worth to the objective, at most, by the class that counts most.

    In the currency of the plan as the objective counts it; for the most settlements, in settlements.
    """
    price = decided.price
    if price is None:
        return
    holdings = decided.problem.holdings
    dear = [h for h in np.argsort(-price, kind="stable").tolist() if h < len(holdings)]
    for h in dear[:PRICES_MOST]:
        if price[h] > 0:
            unit = 10 ** decided.counted.decimals[holdings[h].asset]
            yield said.where(h) | {"price": f"{price[h] * unit / per_unit:.6g}"}


_DECISIONS = "run_id, plan_id, settlement_id, shard, position, outcome, reason, part, value, facts"


@transaction.atomic
def write_decisions(plan: RunPlan, planned: Sequence[Planned], first: int) -> None:
    _hold(planned)
    whole, others = [], []
    for position, each in enumerate(planned, first):
        if each.shard is None or each.reason or each.why or each.part is not None:
            others.append(
                (plan.run_id, plan.pk, each.settlement_id, each.shard, position, each.outcome.value,
                 each.reason, each.part, each.value, _facts(each))
            )  # fmt: skip
        else:  # numbers and a known word: nothing is to be escaped
            whole.append(
                f"{plan.run_id}\t{plan.pk}\t{each.settlement_id}\t{each.shard}\t{position}"
                f"\t{each.outcome.value}\t\t\\N\t{each.value}\t{{}}\n"
            )
    copy_text("settlements_rundecision", _DECISIONS, "".join(whole) + copy_lines(others))


def _hold(rows: Iterable[Planned | Said]) -> None:
    """Rows refer to settlements, and the database locks them at commit, in the plan's own order.

    Held in ascending id before, they cannot meet a step that moves several of them the other way.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM settlements_settlement WHERE id = ANY(%s) ORDER BY id FOR KEY SHARE",
            [array(sorted({each.settlement_id for each in rows}))],
        )


def _facts(each: Planned) -> str:
    if not each.short and not each.why:
        return "{}"
    facts = {"short": plain(each.short)} if each.short else {}
    return json.dumps(facts | {"release": each.why} if each.why else facts)


@transaction.atomic
def write_explanations(plan: RunPlan, said: Iterable[Said]) -> None:
    rows = sorted(said, key=lambda each: each.settlement_id)
    _hold(rows)
    copy_rows("settlements_runexplanation", "plan_id, settlement_id, kind, facts", (
        (plan.pk, each.settlement_id, each.kind.value, json.dumps(each.facts)) for each in rows
    ))  # fmt: skip


_BUDGETS = "shard_id, entity_id, owner_id, place_id, asset_id, quantity"


@transaction.atomic
def write_shards(plan: RunPlan, cut: Sequence[Cut], decided: Decided) -> None:
    made = RunShard.objects.bulk_create(
        RunShard(
            run_id=plan.run_id, plan=plan, number=each.number, wave=each.wave, kind=each.kind,
            planned=len(each.shard.members),
        )
        for each in cut
    )  # fmt: skip
    rows = []
    for row, each in zip(made, cut, strict=True):
        for budget in each.shard.budgets:
            spot = decided.counted.spot(decided.problem.holdings[budget.holding])
            rows.append((row.pk, *spot, decided.counted.amount(spot.asset_id, budget.amount)))
    copy_rows("settlements_runbudget", _BUDGETS, rows)
