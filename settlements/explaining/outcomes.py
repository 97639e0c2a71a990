"""What became of a run: what it left by reason, how far its shards are, and how the last runs went."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from backoffice.access.models import User
from settlements.models import RunDecision, RunPlan, RunShard, SettlementRun
from settlements.running.selectors import left_out_of
from settlements.running.state import ShardOutcome
from settlements.selectors import settlement_runs
from settlements.state import RunState

LAST = 20  # runs of a trend


class LeftFor(NamedTuple):
    """What a run left for one reason: how many, and what they are worth in the plan's currency."""

    reason: str
    settlements: int
    value: Decimal


class Wave(NamedTuple):
    """Shards that are written side by side: how many, how many are done, what they were to move and moved."""

    number: int
    kind: str
    shards: int
    done: int
    planned: int
    rows: int
    again: int  # decided again, or nothing moved any more


def left_by_reason(run: SettlementRun, *, visible_to: User) -> list[LeftFor]:
    """The most first."""
    rows = left_out_of(run, visible_to=visible_to).order_by().values("reason")
    found = rows.annotate(count=Count("pk"), worth=Coalesce(Sum("value"), Decimal(0)))
    told = [LeftFor(each["reason"], each["count"], each["worth"]) for each in found]
    return sorted(told, key=lambda each: (-each.value, -each.settlements, each.reason))


def waves_of(plan: RunPlan | None) -> list[Wave]:
    if plan is None:
        return []
    rows = RunShard.objects.filter(plan=plan).values_list("wave", "kind").order_by("kind", "wave")
    again = Q(outcome__in=(ShardOutcome.REDECIDED, ShardOutcome.NOTHING))
    return [
        Wave(*each)
        for each in rows.annotate(
            shards=Count("pk"), done=Count("pk", filter=Q(done_at__isnull=False)),
            planned_rows=Sum("planned"), moved=Sum("rows"), again=Count("pk", filter=again),
        )
    ]  # fmt: skip


def last_runs(run: SettlementRun, *, visible_to: User) -> Sequence[SettlementRun]:
    """The completed runs of the same books up to this one, the oldest first."""
    rows = settlement_runs(visible_to=visible_to).filter(
        entity=run.entity, mode=run.mode, state=RunState.COMPLETED, pk__lte=run.pk
    )
    return list(rows.select_related("plan").order_by("-pk")[:LAST])[::-1]


def largest_first(rows: QuerySet[RunDecision], before: int | None, limit: int) -> list[RunDecision]:
    """The decisions of most value, below the one of a key: as many as fit a page, and one more."""
    sized = rows.annotate(size=Coalesce("value", Decimal(0)))
    if before is not None:
        last = sized.filter(pk=before).values_list("size", flat=True).first()
        if last is None:
            return []
        sized = sized.filter(Q(size__lt=last) | Q(size=last, pk__lt=before))
    return list(sized.order_by("-size", "-pk")[: limit + 1])
