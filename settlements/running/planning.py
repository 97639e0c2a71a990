"""A run is decided once, and its plan written down in chunks, so that no transaction is long.

Whoever plans holds a lock of its session, which goes with the process. A plan counts from the moment its
run names it: what a worker that died left half written is never read, and the next attempt decides anew,
the same over the same queue.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

import numpy as np
from django.db import connection, transaction

from backoffice.events.copying import copy_rows
from backoffice.events.faults import reached
from backoffice.events.leases import leased
from backoffice.kernel.decimals import plain
from backoffice.kernel.rows import array
from backoffice.workflow.transitions import Step, advance
from settlements.explaining.kept import kept
from settlements.models import RunPlan, RunQueue, RunShard, SettlementRun
from settlements.optimising.model import Aim
from settlements.optimising.problem import Ints
from settlements.releasing.deciding import decide_outside, gap_of, to_borrow
from settlements.releasing.sending import Sending
from settlements.room import tell_of_limits
from settlements.running.at_hand import Candidate
from settlements.running.deciding import Decided, decide
from settlements.running.integers import PENALTY_PARTS, counted
from settlements.running.objectives import Chosen, objective_on, weights_per_unit
from settlements.running.queueing import Look, read_queue
from settlements.running.reasons import Explaining, Said, explaining, stopped
from settlements.running.sharding import Shard, shards_of
from settlements.running.state import ShardKind
from settlements.state import RunOutcome, RunState

CHUNK = 5_000
SHARD = 2_500
PRICES_MOST = 200
_LEASE = 7000002
_CENT = Decimal("0.01")


def plan_run(*, run_id: int, at: datetime) -> bool:
    """Decide for a queued run and start it; False where it is not queued, or another has to end first.

    One run is RUNNING at a time (a unique index holds that), so what is at hand is its own to decide about.
    """
    if _waiting(run_id) is None:
        return False
    # It goes with the session, so nobody waits for the dead.
    with leased(_LEASE) as mine:
        run = _waiting(run_id) if mine else None
        if run is None:
            return False
        reached("run.leased")
        chosen = objective_on(run.business_date, run.objective)
        look = read_queue(run, at=at)
        reached("run.read")
        decided = decide(counted(look, chosen, on=run.business_date), chosen)
        reached("run.decided")
        decided, sending = decide_outside(run, chosen, look, decided)
        return write_plan(run, chosen, look, decided, sending, at=at)


def _waiting(run_id: int) -> SettlementRun | None:
    """The run, if it has no plan yet and no other one is running."""
    live = SettlementRun.objects.filter(state__in=(RunState.QUEUED, RunState.RUNNING))
    if live.filter(state=RunState.RUNNING).exclude(pk=run_id).exists():
        return None
    return live.filter(pk=run_id, plan=None).first()


class _Planned(NamedTuple):
    """A decision about one settlement, before it is written."""

    settlement_id: int
    outcome: RunOutcome
    shard: int | None = None
    reason: str = ""
    part: Decimal | None = None
    value: Decimal | None = None
    short: Decimal = Decimal(0)
    why: str = ""  # of what goes outside or waits for it: `releasing.model`


def write_plan(
    run: SettlementRun,
    chosen: Chosen,
    look: Look,
    decided: Decided,
    sending: Sending | None,
    *,
    at: datetime,
) -> bool:
    """Write a plan down chunk by chunk, then start its run with it."""
    said = explaining(look, decided)
    cut = _cut(look, decided, sending)
    planned = list(_planned(look, decided, said, cut, sending))
    plan = _new_plan(run, chosen, look, decided, sending, said, at)
    with transaction.atomic():
        tell_of_limits(
            {id: e.refusal for id, e in look.left.items() if e.refusal}, actor=None, at=at
        )
    for start in range(0, len(planned), CHUNK):
        _write_decisions(plan, planned[start : start + CHUNK], start)
        reached("run.chunk_written")
    left = [
        n for n in np.flatnonzero(decided.parts == 0).tolist()
        if decided.problem.free[n] and not (sending and n in sending.why)
    ]  # fmt: skip
    for start in range(0, len(left), CHUNK):
        _write_explanations(plan, (s for n in left[start : start + CHUNK] for s in said.said(n)))
    others = list(stopped(look))
    for start in range(0, len(others), CHUNK):
        _write_explanations(plan, others[start : start + CHUNK])
    _write_shards(plan, cut, decided)
    reached("run.planned")
    if left:
        RunQueue.objects.create(plan=plan, body=kept(decided))
    return _start(run, plan, len(planned), at)


class Cut(NamedTuple):
    """A shard of the plan: of which kind, its number and wave in the plan, and how it was cut."""

    kind: ShardKind
    number: int
    wave: int
    shard: Shard


def _cut(look: Look, decided: Decided, sending: Sending | None) -> list[Cut]:
    """What settles in our own books wave by wave; what is sent first of all, for it waits for nobody."""
    internal = np.array([each.internal for each in look.queued], bool)
    found: list[Cut] = []
    for kind, mine in ((ShardKind.SETTLE, internal), (ShardKind.SEND, ~internal)):
        parts: Ints = np.where(mine, decided.parts, 0)
        first = len(found)
        if kind == ShardKind.SEND and sending is not None:
            found += _cut_in_order(sending, first)
            continue
        for shard in shards_of(decided.problem, parts, most=SHARD):
            found.append(Cut(kind, first + shard.number, shard.wave, shard))
    return found


def _cut_in_order(sending: Sending, first: int) -> list[Cut]:
    """What is sent goes in its order, one shard after the other; linked ones are never cut apart."""
    found: list[Cut] = []
    for wave, members in enumerate(sending.shards(most=SHARD)):
        shard = Shard(wave, wave, tuple(members), ())
        found.append(Cut(ShardKind.SEND, first + wave, wave, shard))
    return found


def _planned(
    look: Look, decided: Decided, said: Explaining, cut: Sequence[Cut], sending: Sending | None
) -> Iterator[_Planned]:
    shard_of = {n: each for each in cut for n in each.shard.members}
    queued = look.queued
    order = list(sending.order) if sending else []
    order += sorted(set(range(len(queued))) - set(order))
    for n in order:
        candidate = queued[n]
        value = look.values[candidate.id].quantize(_CENT)
        if n not in shard_of:
            why = said.why(n, candidate)
            yield _Planned(
                candidate.id, RunOutcome.LEAVE, reason=why.reason, value=value, short=why.short,
                why=sending.waits[n].why.value if sending and n in sending.waits else "",
            )  # fmt: skip
            continue
        where, part = shard_of[n], int(decided.parts[n])
        portion = None if sending and n in sending.why else _part(decided, candidate, n, part)
        outcome = RunOutcome.SETTLE if where.kind == ShardKind.SETTLE else RunOutcome.SEND
        yield _Planned(
            candidate.id,
            outcome,
            where.number,
            value=value,
            part=portion,
            reason="" if portion is None else said.why(n, candidate).reason,
            why=sending.why[n].value if sending and n in sending.why else "",
        )
    for id, left in look.left.items():
        yield _Planned(id, RunOutcome.LEAVE, reason=left.reason, short=left.short)


def _part(decided: Decided, candidate: Candidate, n: int, part: int) -> Decimal | None:
    if part == int(decided.problem.quantity[n]):
        return None
    asset_id = candidate.asset_id if candidate.quantity else candidate.money_id
    return decided.counted.amount(asset_id, part)


def _new_plan(
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
        gap=gap_of(decided, sending), borrow=list(to_borrow(decided, sending, said.where)),
        last_places=list(sending.last) if sending else [],
        score=[str(each) for each in found.score] if found else [],
        bounds=[str(each) for each in found.bound] if found else [],
        prices=list(_prices(decided, said, weights_per_unit(chosen.objective))),
        phases=[{"name": p.name, "seconds": round(p.seconds, 3)} for p in found.phases] if found else [],
        struck=found.tally.struck if found else 0,
        unvalued=look.unvalued, seconds=round(decided.seconds, 3), decided_at=at,
    )  # fmt: skip


def _plain(chosen: Chosen, decided: Decided) -> dict[str, Any]:
    """The percents, and of a run that asks for them the penalties saved and those of all that waited."""
    objective, saved = chosen.objective, {}
    if objective.aim == Aim.PENALTY:
        names = ("penalties_saved", "penalties_of_all")
        parts = zip(names, decided.penalties_saved(), strict=True)
        saved = {name: f"{Decimal(each) / PENALTY_PARTS:.2f}" for name, each in parts}
    return saved | {
        "client_percent": objective.client_percent, "day_percent": objective.day_percent,
        "most_days": objective.most_days, "skipped_runs": objective.skipped_runs,
    }  # fmt: skip


def _prices(decided: Decided, said: Explaining, per_unit: int) -> Iterator[dict[str, str]]:
    """What one unit more at a holding would be worth to the objective, at most, by the class that counts most.

    In the currency of the plan as the objective counts it; for the most settlements, in settlements.
    """
    found = decided.found
    if found is None or not found.relaxations:
        return
    largest = max(range(len(found.score)), key=lambda k: found.bound[k])
    price = found.relaxations[largest].price
    holdings = decided.problem.holdings
    dear = [h for h in np.argsort(-price, kind="stable").tolist() if h < len(holdings)]
    for h in dear[:PRICES_MOST]:
        if price[h] > 0:
            unit = 10 ** decided.counted.decimals[holdings[h].asset]
            yield said.where(h) | {"price": f"{price[h] * unit / per_unit:.6g}"}


_DECISIONS = "run_id, plan_id, settlement_id, shard, position, outcome, reason, part, value, facts"


@transaction.atomic
def _write_decisions(plan: RunPlan, planned: Sequence[_Planned], first: int) -> None:
    """Decisions refer to settlements, and the database locks them at commit, in the plan's own order.

    Held in ascending id before, they cannot meet a step that moves several of them the other way.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM settlements_settlement WHERE id = ANY(%s) ORDER BY id FOR KEY SHARE",
            [array(sorted(each.settlement_id for each in planned))],
        )
    copy_rows("settlements_rundecision", _DECISIONS, (
        (plan.run_id, plan.pk, each.settlement_id, each.shard, position, each.outcome.value,
         each.reason, each.part, each.value,
         _facts(each))
        for position, each in enumerate(planned, first)
    ))  # fmt: skip


def _facts(each: _Planned) -> str:
    if not each.short and not each.why:
        return "{}"
    facts = {"short": plain(each.short)} if each.short else {}
    return json.dumps(facts | {"release": each.why} if each.why else facts)


@transaction.atomic
def _write_explanations(plan: RunPlan, said: Iterable[Said]) -> None:
    rows = sorted(said, key=lambda each: each.settlement_id)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM settlements_settlement WHERE id = ANY(%s) ORDER BY id FOR KEY SHARE",
            [array(sorted({each.settlement_id for each in rows}))],
        )
    copy_rows("settlements_runexplanation", "plan_id, settlement_id, kind, facts", (
        (plan.pk, each.settlement_id, each.kind.value, json.dumps(each.facts)) for each in rows
    ))  # fmt: skip


_BUDGETS = "shard_id, entity_id, owner_id, place_id, asset_id, quantity"


@transaction.atomic
def _write_shards(plan: RunPlan, cut: Sequence[Cut], decided: Decided) -> None:
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


@transaction.atomic
def _start(run: SettlementRun, plan: RunPlan, decided: int, at: datetime) -> bool:
    """The plan is whole: from here on shards are written by it, whoever decided it."""
    state = SettlementRun.objects.select_for_update().values_list("state", flat=True).get(pk=run.pk)
    if state == RunState.QUEUED:
        state = RunState.RUNNING
        if not advance(SettlementRun, "start", [Step(run.pk)], actor=None, at=at).done:
            return False
    if state != RunState.RUNNING:
        return False
    RunPlan.objects.filter(pk=plan.pk).update(written_at=at)
    SettlementRun.objects.filter(pk=run.pk).update(plan=plan, decided=decided)
    return True
