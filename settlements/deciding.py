"""What a run decides: over everything that may move, by the rule in force over what is at hand.

Its decisions, and what is at hand for it, are stored for the shards that write them (`runs.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from django.db import connection

from backoffice.events.copying import copy_rows
from ledger.selectors import balances
from limits.services import LimitExceeded
from settlements.models import RunShard, SettlementRun
from settlements.posting import SettledTerms, accounts_of, side
from settlements.room import lacking_room, tell_of_limits
from settlements.rules import AtHand, Decision, Instruction, decide
from settlements.selectors import candidates
from settlements.standing import reason_of, stopped_with_partners
from settlements.state import Reason, RunOutcome

SHARD = 2_500
_DECISION_COLUMNS = "run_id, settlement_id, shard, position, outcome, reason, facts"


def decide_run(run: SettlementRun, *, at: datetime) -> int:
    """Decide for a run and store it, in the caller's transaction; return how many were decided about."""
    terms = candidates(business_date=run.business_date, entity_id=run.entity_id)
    _keep([each.id for each in terms])
    stopped = stopped_with_partners([each.id for each in terms], on=at.date())
    instructions = instructions_of([each for each in terms if each.id not in stopped])
    at_hand = at_hand_for(instructions)
    opening = dict(at_hand)
    internal = {each.id for each in terms if each.internal}
    beyond = _stopped_by_limits(
        [each.id for each in terms if not each.internal and each.id not in stopped], at
    )
    decisions = decide([each for each in instructions if each.settlement_id not in beyond], at_hand)
    decisions += [Decision(id, False, reason_of(why).value) for id, why in stopped.items()]
    decisions += beyond.values()
    _store_decisions(run.pk, decisions, internal)
    _store_balances(run.pk, opening)
    return len(decisions)


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
