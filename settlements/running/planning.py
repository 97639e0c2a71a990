"""A run is decided once, and its plan written down in chunks, so that no transaction is long.

Whoever plans holds a lock of its session, which goes with the process. A plan counts from the moment its
run names it: what a worker that died left half written is never read, and the next attempt decides anew,
the same over the same queue. Where several did not come back from the solver (it hung, or took all memory),
first in, first out is taken, which needs none.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal

import numpy as np
from django.db import transaction
from django.db.models import F

from backoffice.events.faults import reached
from backoffice.events.leases import leased
from backoffice.workflow.transitions import Step, advance
from settlements.explaining.kept import kept
from settlements.models import RunPlan, RunQueue, SettlementRun
from settlements.optimising.problem import Ints
from settlements.releasing.deciding import decide_outside
from settlements.releasing.sending import Sending
from settlements.room import tell_of_limits
from settlements.running.at_hand import Candidate
from settlements.running.deciding import Decided, decide
from settlements.running.integers import counted
from settlements.running.objectives import Chosen, objective_on
from settlements.running.plan_rows import (
    Cut,
    Planned,
    new_plan,
    write_decisions,
    write_explanations,
    write_shards,
)
from settlements.running.queueing import Look, read_queue
from settlements.running.reasons import Explaining, stopped
from settlements.running.sharding import Shard, shards_of
from settlements.running.state import ShardKind
from settlements.state import RunOutcome, RunState

logger = logging.getLogger(__name__)
CHUNK = 5_000
SHARD = 2_500
MOST_SEARCHES = 3  # for a better set, of workers that did not live to the end of one
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
        if _tries(run) > MOST_SEARCHES:
            logger.error("no worker came back from searching for %s: first in, first out", run)
            chosen = chosen.unsearched()
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


def _tries(run: SettlementRun) -> int:
    """How many have begun to decide for a run, this one too: known to the next one, should this one die."""
    SettlementRun.objects.filter(pk=run.pk).update(tries=F("tries") + 1)
    run.refresh_from_db(fields=["tries"])
    return run.tries


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
    said = Explaining(look, decided)
    cut = _cut(look, decided, sending)
    planned = list(_planned(look, decided, said, cut, sending))
    plan = new_plan(run, chosen, look, decided, sending, said, at)
    with transaction.atomic():
        tell_of_limits(
            {id: e.refusal for id, e in look.left.items() if e.refusal}, actor=None, at=at
        )
    for start in range(0, len(planned), CHUNK):
        write_decisions(plan, planned[start : start + CHUNK], start)
        reached("run.chunk_written")
    left = [
        n for n in np.flatnonzero(decided.parts == 0).tolist()
        if decided.problem.free[n] and not (sending and n in sending.why)
    ]  # fmt: skip
    for start in range(0, len(left), CHUNK):
        write_explanations(plan, (s for n in left[start : start + CHUNK] for s in said.said(n)))
    others = list(stopped(look))
    for start in range(0, len(others), CHUNK):
        write_explanations(plan, others[start : start + CHUNK])
    write_shards(plan, cut, decided)
    reached("run.planned")
    if left:
        RunQueue.objects.create(plan=plan, body=kept(decided))
    return _start(run, plan, len(planned), at)


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
) -> Iterator[Planned]:
    shard_of = {n: each for each in cut for n in each.shard.members}
    queued = look.queued
    order = list(sending.order) if sending else []
    order += sorted(set(range(len(queued))) - set(order))
    for n in order:
        candidate = queued[n]
        value = look.values[candidate.id].quantize(_CENT)
        if n not in shard_of:
            why = said.why(n, candidate)
            yield Planned(
                candidate.id, RunOutcome.LEAVE, reason=why.reason, value=value, short=why.short,
                why=sending.waits[n].why.value if sending and n in sending.waits else "",
            )  # fmt: skip
            continue
        where, part = shard_of[n], int(decided.parts[n])
        portion = None if sending and n in sending.why else _part(decided, candidate, n, part)
        outcome = RunOutcome.SETTLE if where.kind == ShardKind.SETTLE else RunOutcome.SEND
        yield Planned(
            candidate.id,
            outcome,
            where.number,
            value=value,
            part=portion,
            reason="" if portion is None else said.why(n, candidate).reason,
            why=sending.why[n].value if sending and n in sending.why else "",
        )
    for id, left in look.left.items():
        yield Planned(id, RunOutcome.LEAVE, reason=left.reason, short=left.short)


def _part(decided: Decided, candidate: Candidate, n: int, part: int) -> Decimal | None:
    if part == int(decided.problem.quantity[n]):
        return None
    asset_id = candidate.asset_id if candidate.quantity else candidate.money_id
    return decided.counted.amount(asset_id, part)


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
