"""Reading runs: how far one is, what it left out, and what was said of that."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum

from backoffice.access.models import User
from refdata.scopes import visible
from settlements.models import RunDecision, RunExplanation, RunShard, SettlementRun
from settlements.running.state import ExplanationKind, ShardKind
from settlements.state import RunOutcome, RunState


class Counts(NamedTuple):
    """What settled and was sent by now, and the share of the shards that is done."""

    settled: int
    sent: int
    progress: float


def counts_of(run: SettlementRun) -> Counts:
    """Of a run that has ended they are kept with it; while it runs they are those of its shards."""
    if run.state != RunState.RUNNING or run.plan_id is None:
        done = RunShard.objects.filter(run=run, plan_id=run.plan_id).aggregate(
            all=Count("pk"), done=Count("pk", filter=Q(done_at__isnull=False))
        )
        return Counts(run.settled, run.sent, done["done"] / done["all"] if done["all"] else 0)
    found = RunShard.objects.filter(plan_id=run.plan_id).aggregate(
        all=Count("pk"), done=Count("pk", filter=Q(done_at__isnull=False)),
        settled=Sum("rows", filter=Q(kind=ShardKind.SETTLE), default=0),
        sent=Sum("rows", filter=Q(kind=ShardKind.SEND), default=0),
    )  # fmt: skip
    share = found["done"] / found["all"] if found["all"] else 0
    return Counts(found["settled"], found["sent"], share)


def left_out_of(run: SettlementRun, *, visible_to: User) -> QuerySet[RunDecision]:
    """What a run did not move of what a person may see: left out by its plan, or dropped by a shard."""
    rows = RunDecision.objects.filter(run=run, plan_id=run.plan_id)
    dropped = RunExplanation.objects.filter(
        plan_id=run.plan_id, settlement_id=OuterRef("settlement_id"), kind=ExplanationKind.DROPPED
    )
    rows = rows.filter(Q(outcome=RunOutcome.LEAVE) | Exists(dropped))
    return visible(rows, visible_to, entity="settlement__entity_id", book="settlement__book_id")


def explanations_of(
    run: SettlementRun, settlement_ids: Sequence[int]
) -> dict[int, dict[str, dict[str, Any]]]:
    """What was said of these settlements, by kind: facts, and whether they are proved."""
    found: dict[int, dict[str, dict[str, Any]]] = {}
    rows = RunExplanation.objects.filter(plan_id=run.plan_id, settlement_id__in=settlement_ids)
    for row in rows.order_by("settlement_id", "kind"):
        said = found.setdefault(row.settlement_id, {})
        said[row.kind] = {"facts": row.facts, "is_proved": row.is_proved}
    return found
