"""Settlement runs: decide once for everything, then write shard by shard, restartable anywhere.

A run looks at all that may move, decides by the rule in force over what is at hand, and stores its
decisions. Each shard is then one transaction that decides its part again over what is at hand by
then: a row that was cancelled or held meanwhile drops out, and nothing is overdrawn because of it.
A killed worker leaves a shard undone; whoever comes next goes on with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from django.db import connection, transaction
from django.db.models import F

from backoffice.access.models import User
from backoffice.events.services import NewEvent, record_events
from backoffice.kernel.errors import Invalid, NotFound
from backoffice.kernel.i18n import gettext_noop
from backoffice.workflow.transitions import Step, advance
from limits.services import LimitExceeded
from refdata.models import Entity
from refdata.scopes import require_whole_entities
from settlements.deciding import decide_run, instructions_of
from settlements.exposures import lock_with_siblings
from settlements.models import RunShard, Settlement, SettlementRun
from settlements.rules import AtHand, lack_of, move
from settlements.selectors import FREE, settled_terms
from settlements.services import Proof, send_settlements, settle_settlements
from settlements.standing import reason_of, stopped_with_partners
from settlements.state import Reason, RunOutcome, RunState


class EntityMissing(Invalid):
    code = "entity-missing"
    title = gettext_noop("A run needs to know for which legal entity")
    detail = gettext_noop("You see several: %(known)s.")
    hint = gettext_noop("Name one of them as entity.")


def entity_to_run(code: str, *, actor: User) -> int | None:
    """The entity that a person's run is for; None is all of them, for those without a scope.

    Raises NotFound, EntityMissing, and OutOfScope for who sees single books only.
    """
    scope = require_whole_entities(actor, what="settlement runs")
    rows = Entity.objects.filter(scope.within(entity="pk"))
    if code:
        found = rows.filter(code=code).first()
        if found is None:
            raise NotFound(what="entity", reference=code)
        return found.pk
    if scope.entities is None:
        return None
    if len(scope.entities) > 1:
        known = ", ".join(rows.order_by("code").values_list("code", flat=True))
        raise EntityMissing(known=known)
    return scope.entities[0]


@transaction.atomic
def request_run(
    *, business_date: date, objective: str, entity_id: int | None, actor: User | None, at: datetime
) -> SettlementRun:
    """Ask for a run; a worker takes it up."""
    run = SettlementRun.objects.create(
        business_date=business_date, objective=objective, entity_id=entity_id,
        requested_by=actor, requested_at=at,
    )  # fmt: skip
    event = NewEvent(
        kind="settlementrun.request", subject_type="settlementrun", subject_id=run.pk,
        entity_id=entity_id, target=RunState.QUEUED.value,
    )  # fmt: skip
    record_events([event], actor_id=actor.pk if actor else None, at=at)
    return run


def work_on_run(run_id: int, *, at: datetime) -> None:
    """Take a run as far as it goes: start it if it is queued, write its shards, complete it."""
    start_run(run_id=run_id, at=at)
    while write_next_shard(run_id=run_id, at=at):
        pass
    complete_run(run_id=run_id, at=at)


@transaction.atomic
def start_run(*, run_id: int, at: datetime) -> bool:
    """Decide for a queued run and store what was decided; False when it is not queued.

    One run is RUNNING at a time (a unique index holds that): balances belong to it.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(7000002)")
    if SettlementRun.objects.filter(state=RunState.RUNNING).exists():
        return False
    outcome = advance(SettlementRun, "start", [Step(run_id)], actor=None, at=at)
    if not outcome.done:
        return False
    run = SettlementRun.objects.get(pk=run_id)
    decided = decide_run(run, at=at)
    SettlementRun.objects.filter(pk=run_id).update(decided=decided)
    return True


@transaction.atomic
def write_next_shard(*, run_id: int, at: datetime) -> bool:
    """Write the lowest shard that is not done; False when none is left or another writes it."""
    shards = RunShard.objects.filter(run_id=run_id, done_at__isnull=True).order_by("number")
    first = shards.values_list("pk", flat=True).first()
    if first is None:
        return False
    shard = RunShard.objects.select_for_update(skip_locked=True).filter(pk=first).first()
    if shard is None or shard.done_at is not None:
        return False
    chosen = _chosen_again(run_id, shard.number, at.date())
    settled = _settle(run_id, [id for id, outcome in chosen if outcome == RunOutcome.SETTLE], at)
    sent = _send([id for id, outcome in chosen if outcome == RunOutcome.SEND], at)
    SettlementRun.objects.filter(pk=run_id).update(
        settled=F("settled") + settled, sent=F("sent") + sent
    )
    RunShard.objects.filter(pk=shard.pk).update(done_at=at)
    return True


_SHARD_ROWS = f"""
SELECT d.settlement_id, d.outcome FROM settlements_rundecision d
  JOIN settlements_settlement s ON s.id = d.settlement_id
 WHERE d.run_id = %s AND d.shard = %s AND {FREE} AND s.cancellation IN ('NONE', 'DENIED')
   AND s.netted_by_id IS NULL
   AND s.settlement IN ('PENDING', 'FAILING', 'PARTIAL') AND s.approval = 'APPROVED'
 ORDER BY d.position
"""  # noqa: S608
_STOP = "UPDATE settlements_settlement SET reason = %s WHERE id = ANY(%s)"
_HAND = """
SELECT account_id, asset_id, quantity FROM settlements_runbalance WHERE run_id = %s
"""
_PUT_HAND = """
INSERT INTO settlements_runbalance (run_id, account_id, asset_id, quantity)
SELECT %s, * FROM unnest(%s::bigint[], %s::bigint[], %s::numeric[])
ON CONFLICT (run_id, account_id, asset_id) DO UPDATE SET quantity = excluded.quantity
"""


def _chosen_again(run_id: int, number: int, on: date) -> list[tuple[int, str]]:
    """The shard's rows that still may move and for which everything is still at hand."""
    with connection.cursor() as cursor:
        cursor.execute(_SHARD_ROWS, [run_id, number])
        lock_with_siblings(sorted(row[0] for row in cursor.fetchall()))
        cursor.execute(_SHARD_ROWS, [run_id, number])
        rows: list[tuple[int, str]] = cursor.fetchall()
        stopped = stopped_with_partners([id for id, _ in rows], on=on)
        for reason in (Reason.SSI_REVOKED, Reason.SCREENING, Reason.RESTRICTED):
            ids = [id for id, why in stopped.items() if reason_of(why) == reason]
            cursor.execute(_STOP, [reason.value, ids])
        rows = [row for row in rows if row[0] not in stopped]
        cursor.execute(_HAND, [run_id])
        before = {(account, asset): quantity for account, asset, quantity in cursor.fetchall()}
    found = {terms.id: terms for terms in settled_terms([id for id, _ in rows])}
    instructions = instructions_of([found[id] for id, _ in rows])
    at_hand: AtHand = dict(before)
    kept = []
    for row, instruction in zip(rows, instructions, strict=True):
        if lack_of(instruction, at_hand) is None:
            move(instruction, at_hand)
            kept.append(row)
    _put_hand(run_id, {k: q for k, q in at_hand.items() if before.get(k) != q})
    return kept


def _put_hand(run_id: int, moved: dict[tuple[int, int], Decimal]) -> None:
    if moved:
        accounts, assets = zip(*moved, strict=True)
        with connection.cursor() as cursor:
            cursor.execute(_PUT_HAND, [run_id, list(accounts), list(assets), list(moved.values())])


def _settle(run_id: int, ids: Sequence[int], at: datetime) -> int:
    if not ids:
        return 0
    run = SettlementRun.objects.get(pk=run_id)
    proof = Proof(kind="run", reference=f"R-{run_id}", settled_at=at)
    outcome = settle_settlements(
        proofs=dict.fromkeys(ids, proof), settled_date=run.business_date, at=at
    )
    return len(outcome.done)


def _send(ids: Sequence[int], at: datetime) -> int:
    """Send what may go; where room has gone since the run decided, the settlement says so."""
    if not ids:
        return 0
    outcome = send_settlements(ids=ids, at=at)
    short = [id for id, why in outcome.refused.items() if isinstance(why, LimitExceeded)]
    if short:
        with connection.cursor() as cursor:
            cursor.execute(_STOP, [Reason.LIMT.value, short])
    return len(outcome.done)


_LEFT_OUT = """
SELECT d.settlement_id, d.reason FROM settlements_rundecision d
  JOIN settlements_settlement s ON s.id = d.settlement_id
 WHERE d.run_id = %s AND d.outcome = 'LEAVE' AND s.settlement IN ('PENDING', 'FAILING', 'PARTIAL')
"""


@transaction.atomic
def complete_run(*, run_id: int, at: datetime) -> bool:
    """Close a run whose shards are all done: reasons to those left out, fails to those overdue."""
    if RunShard.objects.filter(run_id=run_id, done_at__isnull=True).exists():
        return False
    outcome = advance(SettlementRun, "complete", [Step(run_id)], actor=None, at=at)
    if not outcome.done:
        return False
    with connection.cursor() as cursor:
        cursor.execute(_LEFT_OUT, [run_id])
        left = dict(cursor.fetchall())
    SettlementRun.objects.filter(pk=run_id).update(finished_at=at, left_out=len(left))
    _give_reasons(run_id, left, at)
    return True


@transaction.atomic
def break_off_run(*, run_id: int, error: str, at: datetime) -> bool:
    """End a run that cannot go on. What it has written stays; the next run looks at all the rest."""
    outcome = advance(SettlementRun, "break_off", [Step(run_id, error)], actor=None, at=at)
    if outcome.done:
        SettlementRun.objects.filter(pk=run_id).update(error=error, finished_at=at)
    return bool(outcome.done)


def _give_reasons(run_id: int, left: dict[int, str], at: datetime) -> None:
    """Each one left out says why; what was due before the business date is failing now."""
    if not left:
        return
    run = SettlementRun.objects.get(pk=run_id)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE settlements_settlement s SET reason = g.reason, skipped_runs = skipped_runs + 1"
            " FROM unnest(%s::bigint[], %s::text[]) AS g(id, reason) WHERE s.id = g.id",
            [list(left), list(left.values())],
        )
    overdue = Settlement.objects.filter(
        pk__in=left, due_date__lt=run.business_date, settlement="PENDING"
    )
    steps = [
        Step(id, left[id], {"run": f"R-{run_id}", "amount": str(amount), "currency": currency})
        for id, amount, currency in overdue.order_by("id").values_list(
            "id", "amount", "money_asset__code"
        )
    ]
    advance(Settlement, "fail", steps, actor=None, at=at)
