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
from backoffice.events.copying import copy_rows
from backoffice.events.services import NewEvent, record_events
from backoffice.kernel.errors import Invalid, NotFound
from backoffice.kernel.i18n import gettext_noop
from backoffice.workflow.transitions import Step, advance
from ledger.selectors import balances
from limits.services import LimitExceeded
from refdata.models import Entity
from refdata.scopes import require_whole_entities
from settlements.exposures import lock_with_siblings
from settlements.models import RunShard, Settlement, SettlementRun
from settlements.posting import SettledTerms, accounts_of, side
from settlements.room import lacking_room, tell_of_limits
from settlements.rules import AtHand, Decision, Instruction, decide, lack_of, move
from settlements.selectors import candidates, settled_terms
from settlements.services import Proof, send_settlements, settle_settlements
from settlements.standing import stopped_with_partners
from settlements.state import Reason, RunOutcome, RunState

SHARD = 2_500


class EntityMissing(Invalid):
    code = "entity-missing"
    title = gettext_noop("A run needs to know for which legal entity")
    detail = gettext_noop("You see several: %(known)s.")
    hint = gettext_noop("Name one of them as entity.")


_DECISION_COLUMNS = "run_id, settlement_id, shard, position, outcome, reason, facts"


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
    terms = candidates(business_date=run.business_date, entity_id=run.entity_id)
    _keep([each.id for each in terms])
    stopped = stopped_with_partners([each.id for each in terms])
    instructions = instructions_of([each for each in terms if each.id not in stopped])
    at_hand = at_hand_for(instructions)
    opening = dict(at_hand)
    internal = {each.id for each in terms if each.internal}
    beyond = _stopped_by_limits(
        [each.id for each in terms if not each.internal and each.id not in stopped], at
    )
    decisions = decide([each for each in instructions if each.settlement_id not in beyond], at_hand)
    decisions += [Decision(id, False, Reason.SSI_REVOKED.value) for id in stopped]
    decisions += beyond.values()
    _store_decisions(run_id, decisions, internal)
    _store_balances(run_id, opening)
    SettlementRun.objects.filter(pk=run_id).update(decided=len(decisions))
    return True


def _keep(ids: Sequence[int]) -> None:
    """Decisions refer to these rows, and the database locks them at commit, in the run's own order.

    Held in ascending id before, they cannot meet a step that moves several of them the other way.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM settlements_settlement WHERE id = ANY(%s) ORDER BY id FOR KEY SHARE",
            [sorted(ids)],
        )


def _stopped_by_limits(ids: Sequence[int], at: datetime) -> dict[int, Decision]:
    """What may not leave because of a settlement-day limit, decided in the order of the run."""
    refused = lacking_room(ids, at=at)
    tell_of_limits(refused, actor=None, at=at)
    return {
        id: Decision(id, False, Reason.LIMT.value, Decimal(why.facts["short"]))
        for id, why in refused.items()
        if isinstance(why, LimitExceeded)
    }


def instructions_of(terms: Sequence[SettledTerms]) -> list[Instruction]:
    """Settlements as the decision sees them. At outside places only our own side is known."""
    accounts = accounts_of(terms)
    instructions = []
    for t in terms:
        ours = side(t.entity_id, t.owner_id, t.counterparty_id, t.place_id)
        own = accounts[ours.holding], accounts[ours.cash]
        other: tuple[int | None, int | None] = (None, None)
        if t.internal:
            theirs = side(t.entity_id, t.counterparty_id, t.owner_id, t.place_id)
            other = accounts[theirs.holding], accounts[theirs.cash]
        giver, taker = (own, other) if t.delivers else (other, own)
        # What comes in from outside is hoped for, not at hand: it is never spent in advance.
        instructions.append(
            Instruction(
                t.id, t.delivers, t.asset_id, t.quantity, t.money_id, t.amount,
                giver[0], taker[0] if t.internal else None,
                taker[1], giver[1] if t.internal else None,
            )
        )  # fmt: skip
    return instructions


def at_hand_for(instructions: Sequence[Instruction]) -> AtHand:
    """What stands on the accounts that these instructions would draw on or add to."""
    accounts = {
        account
        for i in instructions
        for account in (i.from_holding, i.to_holding, i.from_cash, i.to_cash)
        if account is not None
    }
    rows = balances(account_ids=sorted(accounts)) if accounts else []
    return {(row.account_id, row.asset_id): row.amount for row in rows}


def _store_decisions(run_id: int, decisions: Sequence[Decision], internal: set[int]) -> None:
    """Rows that settle and rows that are sent stand in different shards.

    Settling locks deals before limits, sending limits at once: one transaction does only one of them.
    Their accounts are of different places, so neither waits for what the other brings in.
    """
    rows: list[tuple[object, ...]] = []
    outcomes = [_outcome_of(each, internal) for each in decisions]
    to_settle = -(-outcomes.count(RunOutcome.SETTLE) // SHARD)
    first = {RunOutcome.SETTLE: 0, RunOutcome.SEND: to_settle}
    chosen = {RunOutcome.SETTLE: 0, RunOutcome.SEND: 0}
    for position, (d, outcome) in enumerate(zip(decisions, outcomes, strict=True)):
        shard = None
        if d.chosen:
            shard = first[outcome] + chosen[outcome] // SHARD
            chosen[outcome] += 1
        facts = f'{{"short": "{d.short:f}"}}' if d.short else "{}"
        rows.append((run_id, d.settlement_id, shard, position, outcome.value, d.reason, facts))
    copy_rows("settlements_rundecision", _DECISION_COLUMNS, rows)
    shards = to_settle + -(-chosen[RunOutcome.SEND] // SHARD)
    RunShard.objects.bulk_create(RunShard(run_id=run_id, number=n) for n in range(shards))


def _outcome_of(decision: Decision, internal: set[int]) -> RunOutcome:
    if not decision.chosen:
        return RunOutcome.LEAVE
    return RunOutcome.SETTLE if decision.settlement_id in internal else RunOutcome.SEND


def _store_balances(run_id: int, at_hand: AtHand) -> None:
    rows = ((run_id, account, asset, quantity) for (account, asset), quantity in at_hand.items())
    copy_rows("settlements_runbalance", "run_id, account_id, asset_id, quantity", rows)


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
    chosen = _chosen_again(run_id, shard.number)
    settled = _settle(run_id, [id for id, outcome in chosen if outcome == RunOutcome.SETTLE], at)
    sent = _send([id for id, outcome in chosen if outcome == RunOutcome.SEND], at)
    SettlementRun.objects.filter(pk=run_id).update(
        settled=F("settled") + settled, sent=F("sent") + sent
    )
    RunShard.objects.filter(pk=shard.pk).update(done_at=at)
    return True


_SHARD_ROWS = """
SELECT d.settlement_id, d.outcome FROM settlements_rundecision d
  JOIN settlements_settlement s ON s.id = d.settlement_id
 WHERE d.run_id = %s AND d.shard = %s AND s.hold = 'NONE' AND s.cancellation IN ('NONE', 'DENIED')
   AND s.settlement IN ('PENDING', 'FAILING', 'PARTIAL') AND s.approval = 'APPROVED'
 ORDER BY d.position
"""
_STOP = "UPDATE settlements_settlement SET reason = %s WHERE id = ANY(%s)"
_HAND = """
SELECT account_id, asset_id, quantity FROM settlements_runbalance WHERE run_id = %s
"""
_PUT_HAND = """
INSERT INTO settlements_runbalance (run_id, account_id, asset_id, quantity)
SELECT %s, * FROM unnest(%s::bigint[], %s::bigint[], %s::numeric[])
ON CONFLICT (run_id, account_id, asset_id) DO UPDATE SET quantity = excluded.quantity
"""


def _chosen_again(run_id: int, number: int) -> list[tuple[int, str]]:
    """The shard's rows that still may move and for which everything is still at hand."""
    with connection.cursor() as cursor:
        cursor.execute(_SHARD_ROWS, [run_id, number])
        lock_with_siblings(sorted(row[0] for row in cursor.fetchall()))
        cursor.execute(_SHARD_ROWS, [run_id, number])
        rows: list[tuple[int, str]] = cursor.fetchall()
        stopped = stopped_with_partners([id for id, _ in rows])
        cursor.execute(_STOP, [Reason.SSI_REVOKED.value, list(stopped)])
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
 WHERE d.run_id = %s AND d.outcome = 'LEAVE' AND s.settlement IN ('PENDING', 'FAILING')
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
