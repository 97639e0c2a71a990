"""Writing a plan's shards: by any number of workers, each shard once, in one transaction.

A shard is what settles together. It is looked at again when it is written: if all of it may still move, it
is posted as it was decided, and its budget is checked under the locks of what it drew on. If not, or if
something is short by now, it is decided again from its own budget and what its own members bring, in
milliseconds and in whole numbers; what then has to be left is told, and looked at by the next run.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import InterfaceError, OperationalError, connection, transaction

from backoffice.events.faults import reached
from backoffice.events.retrying import retried
from backoffice.events.services import NewEvent, record_events
from backoffice.kernel.decimals import plain
from backoffice.kernel.errors import Broken
from backoffice.kernel.rows import array
from ledger.guarding import WouldBeNegative
from ledger.services import PeriodClosed
from limits.services import LimitExceeded
from refdata.firm_days import firm_day
from settlements.exposures import lock_with_siblings
from settlements.models import RunExplanation, RunShard, SettlementRun
from settlements.running.at_hand import Spot, free_at
from settlements.running.holding_locks import short_now
from settlements.running.looking_again import look_again
from settlements.running.state import ExplanationKind, ShardKind, ShardOutcome
from settlements.running.ties import tied_with
from settlements.selectors import FREE
from settlements.services import Proof, send_settlements, settle_settlements
from settlements.standing import reason_of, stopped_with_partners
from settlements.state import Reason

logger = logging.getLogger(__name__)

_NOTHING = Decimal(0)
TRIES = 3  # how often a shard may fail before the run goes on without it

_CLAIM = """
SELECT s.id FROM settlements_runshard s
 WHERE s.plan_id = (SELECT plan_id FROM settlements_settlementrun WHERE id = %s) AND s.done_at IS NULL
   AND NOT EXISTS (SELECT 1 FROM settlements_runshard e
                    WHERE e.plan_id = s.plan_id AND e.wave < s.wave AND e.done_at IS NULL)
 ORDER BY s.number LIMIT 1 FOR UPDATE OF s SKIP LOCKED
"""
_PLANNED = """
SELECT settlement_id, part, reason FROM settlements_rundecision
 WHERE run_id = %s AND plan_id = %s AND shard = %s ORDER BY position
"""
_STILL = f"""
SELECT s.id FROM settlements_settlement s
 WHERE s.id = ANY(%s) AND {FREE} AND s.cancellation IN ('NONE', 'DENIED')
   AND s.netted_by_id IS NULL
   AND s.settlement IN ('PENDING', 'FAILING', 'PARTIAL') AND s.approval = 'APPROVED'
"""  # noqa: S608
_STOP = "UPDATE settlements_settlement SET reason = %s WHERE id = ANY(%s)"


class Dropped(NamedTuple):
    """Why a chosen settlement is not written after all: the market's reason, or that it was changed."""

    reason: str
    short: Decimal = Decimal(0)


@dataclass
class Written:
    """What became of a shard."""

    rows: int = 0
    outcome: ShardOutcome = ShardOutcome.WHOLE
    dropped: dict[int, Dropped] = field(default_factory=dict)


class Overdrawn(Exception):
    """Something that the shard drew on is short by now; it is undone and decided again."""


def write_next_shard(*, run_id: int, at: datetime) -> bool:
    """Write a shard whose turn it is; False where none is left, or others are at all of them.

    A shard that fails is tried again; after three times the run goes on without it, and an administrator
    is told. A database that is away is nobody's failure.
    """
    claimed: list[int] = []
    try:
        wrote = _write_claimed(run_id, at, claimed)
        if wrote:
            reached("shard.committed")
        return wrote
    except (InterfaceError, OperationalError, PeriodClosed):
        raise
    except Exception as error:
        if not claimed:
            raise
        logger.exception("shard %s of settlement run R-%s failed", claimed[-1], run_id)
        _note_failure(claimed[-1], error, at)
        return True


@retried()
@transaction.atomic
def _write_claimed(run_id: int, at: datetime, claimed: list[int]) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, [run_id])
        found = cursor.fetchone()
    if found is None:
        return False
    claimed.append(found[0])
    shard = RunShard.objects.select_related("run", "plan").get(pk=found[0])
    planned = _planned(shard)
    written = (
        _send(shard, planned.parts, at)
        if shard.kind == ShardKind.SEND
        else _settle(shard, planned, at)
    )
    _tell_dropped(shard, written.dropped)
    RunShard.objects.filter(pk=shard.pk).update(
        rows=written.rows, outcome=written.outcome, done_at=at
    )
    reached("shard.posted")
    return True


class Planned(NamedTuple):
    """How much of each settles (empty: all of it), and why the rest of a part does not."""

    parts: dict[int, Decimal | None]
    rests: dict[int, str]


def _planned(shard: RunShard) -> Planned:
    with connection.cursor() as cursor:
        cursor.execute(_PLANNED, [shard.run_id, shard.plan_id, shard.number])
        rows = cursor.fetchall()
    return Planned({id: part for id, part, _ in rows}, {id: why for id, _, why in rows if why})


def _gone(ids: Sequence[int], at: datetime, day: date) -> dict[int, Dropped]:
    """Those that may not move any more, and what is linked with one of them; all are locked from here on."""
    lock_with_siblings(sorted(ids))
    with connection.cursor() as cursor:
        cursor.execute(_STILL, [array(ids)])
        still = {row[0] for row in cursor.fetchall()}
    gone = {id: Dropped("") for id in ids if id not in still}
    stopped = stopped_with_partners(
        [id for id in ids if id in still], on=firm_day(at), at=at, day=day
    )
    gone |= {id: Dropped(reason_of(why).value) for id, why in stopped.items()}
    for id in tied_with(gone, among=ids):
        gone.setdefault(id, Dropped(""))
    return gone


def _send(shard: RunShard, planned: Mapping[int, Decimal | None], at: datetime) -> Written:
    """Send what may go; where room has gone since the run decided, the settlement says so."""
    day = shard.run.business_date
    gone = _gone(list(planned), at, day)
    outcome = send_settlements(ids=[id for id in planned if id not in gone], at=at, day=day)
    for id, why in outcome.refused.items():
        gone[id] = Dropped(Reason.LIMT.value if isinstance(why, LimitExceeded) else "")
    return Written(len(outcome.done), _outcome(len(outcome.done), gone), gone)


def _settle(shard: RunShard, plan: Planned, at: datetime) -> Written:
    planned = plan.parts
    gone = _gone(list(planned), at, shard.run.business_date)
    reached("shard.locked")
    budget = {
        Spot(b.entity_id, b.owner_id, b.place_id, b.asset_id): b.quantity
        for b in shard.budgets.all()
    }
    now, lacking = plan, dict[int, Dropped]()
    if gone:
        now, lacking = _again(shard.run, planned, gone, budget)
    for _ in range(TRIES):
        if not now.parts:
            break
        try:
            with transaction.atomic():
                done = _post(shard.run, now, at)
                if short_now(budget, shard.run.business_date):
                    raise Overdrawn
            dropped = gone | lacking
            return Written(done, _outcome(done, dropped), dropped)
        except Overdrawn:
            there = free_at({spot[:3] for spot in budget}, shard.run.business_date)
            budget = {s: min(q, max(there.get(s, _NOTHING), _NOTHING)) for s, q in budget.items()}
            now, lacking = _again(shard.run, planned, gone, budget)
    dropped = {id: Dropped("") for id in planned} | lacking | gone
    return Written(0, ShardOutcome.NOTHING, dropped)


def _again(
    run: SettlementRun,
    planned: Mapping[int, Decimal | None],
    gone: Mapping[int, Dropped],
    budget: Mapping[Spot, Decimal],
) -> tuple[Planned, dict[int, Dropped]]:
    found = look_again(run, {id: part for id, part in planned.items() if id not in gone}, budget)
    left = {id: Dropped(why.reason, why.short) for id, why in found.left.items()}
    return Planned(found.parts, found.rests), left


def _post(run: SettlementRun, now: Planned, at: datetime) -> int:
    proof = Proof(kind="run", reference=f"R-{run.pk}", settled_at=at)
    outcome = settle_settlements(
        proofs=dict.fromkeys(now.parts, proof), settled_date=run.business_date, at=at,
        parts={id: part for id, part in now.parts.items() if part is not None}, reasons=now.rests,
    )  # fmt: skip
    if any(isinstance(why, WouldBeNegative) for why in outcome.refused.values()):
        raise Overdrawn
    if outcome.refused:  # a shard settles whole: what else refuses some of it is a defect
        raise Broken(f"a shard is refused in part: {next(iter(outcome.refused.items()))}")
    return len(outcome.done)


def _outcome(done: int, dropped: Mapping[int, Dropped]) -> ShardOutcome:
    if not done:
        return ShardOutcome.NOTHING
    return ShardOutcome.REDECIDED if dropped else ShardOutcome.WHOLE


def _tell_dropped(shard: RunShard, dropped: Mapping[int, Dropped]) -> None:
    """What was chosen and not written says why; in ascending id, for the rows are locked so."""
    if not dropped:
        return
    with connection.cursor() as cursor:
        for reason in sorted({each.reason for each in dropped.values() if each.reason}):
            ids = sorted(id for id, each in dropped.items() if each.reason == reason)
            cursor.execute(_STOP, [reason, ids])
    assert shard.plan is not None
    RunExplanation.objects.bulk_create(
        RunExplanation(
            plan=shard.plan, settlement_id=id, kind=ExplanationKind.DROPPED,
            facts=_facts(dropped[id], shard),
        )
        for id in sorted(dropped)
    )  # fmt: skip


def _facts(why: Dropped, shard: RunShard) -> dict[str, Any]:
    facts: dict[str, Any] = {"shard": shard.number}
    if why.reason:
        facts["reason"] = why.reason
    if why.short:
        facts["short"] = plain(why.short)
    return facts


@transaction.atomic
def _note_failure(shard_id: int, error: Exception, at: datetime) -> None:
    """Count it; the third time the shard is done with nothing, and what it had is told as dropped."""
    shard = RunShard.objects.select_for_update().get(pk=shard_id)
    if shard.done_at is not None:
        return
    shard.tries += 1
    shard.error = repr(error)[:500]
    if shard.tries >= TRIES:
        shard.outcome, shard.done_at = ShardOutcome.NOTHING, at
        _tell_dropped(shard, {id: Dropped("") for id in _planned(shard).parts})
        record_events([NewEvent(
            kind="settlementrun.drop_shard", subject_type="settlementrun", subject_id=shard.run_id,
            entity_id=shard.run.entity_id, reason=shard.error,
            facts={"shard": shard.number, "planned": shard.planned},
        )], actor_id=None, at=at)  # fmt: skip
    shard.save(update_fields=["tries", "error", "outcome", "done_at"])
