"""Working out explanations and keeping them: once for each plan and settlement, whoever asks first.

An explanation is a fact about a plan, the same whenever it is worked out: of two who do it at once both
come to the same, and one of them is kept.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.db.models import Model

from backoffice.access.models import User
from backoffice.events.leases import leased
from backoffice.kernel.references import number_in
from refdata.models import Asset, Party, Place
from refdata.scopes import visible
from settlements.explaining.kept import decided_of
from settlements.explaining.working_out import Working
from settlements.models import RunDecision, RunExplanation, RunPlan, RunQueue, Settlement
from settlements.running.deciding import Decided
from settlements.running.queueing import Look
from settlements.running.reasons import Explaining
from settlements.running.state import ExplanationKind
from settlements.selectors import settlement_runs
from settlements.state import RunOutcome, RunState

logger = logging.getLogger(__name__)
LARGEST = 200  # of a run that a worker explains
CHUNK = 20  # explained before they are written
MOST_TRIES = 3  # of workers that did not live to the end of one: what they wrote stays
_LEASE = 7000003


def working_on(plan_id: int) -> Working | None:
    """A plan with its queue; none for one from before queues were kept. The last one is remembered."""
    rows = RunQueue.objects.filter(plan_id=plan_id)
    hashes = rows.values_list("plan__input_sha256", "plan__found_sha256").first()
    return None if hashes is None else _working(plan_id, *hashes)


@lru_cache(maxsize=1)
def _working(plan_id: int, _input_sha256: str, _found_sha256: str) -> Working:
    row = RunQueue.objects.select_related("plan").get(plan_id=plan_id)
    decided = decided_of(bytes(row.body))
    look = Look(
        candidates=(), left={}, at_hand={}, ties=(), currency=row.plan.currency, values={},
        unvalued=0, penalties=None, minor_units={}, names=_names(decided),
    )  # fmt: skip
    return Working(Explaining(look, decided), row.plan.prices)


def _names(decided: Decided) -> dict[str, dict[int, str]]:
    holdings, places = decided.problem.holdings, decided.counted.places
    wanted: dict[str, tuple[type[Model], set[int]]] = {
        "party": (Party, {each.owner for each in holdings}),
        "place": (Place, {place_id for _entity_id, place_id in places}),
        "asset": (Asset, {each.asset for each in holdings}),
    }
    return {
        name: dict(model._default_manager.filter(pk__in=ids).values_list("pk", "code"))
        for name, (model, ids) in wanted.items()
    }


def explain(*, plan_id: int, settlement_ids: Sequence[int], at: datetime) -> None:
    """Work out and keep what is not known yet of settlements that a plan left out."""
    rows = RunExplanation.objects.filter(plan_id=plan_id, settlement_id__in=settlement_ids)
    known = set(rows.filter(kind=ExplanationKind.REMEDY).values_list("settlement_id", flat=True))
    wanted = [id for id in settlement_ids if id not in known]
    working = working_on(plan_id) if wanted else None
    if working is None:
        return
    found = [
        RunExplanation(
            plan_id=plan_id, settlement_id=id, kind=each.kind, facts=each.facts,
            is_proved=each.is_proved, computed_at=at,
        )
        for id in wanted for each in working.explain(id)
    ]  # fmt: skip
    _keep(found)


@transaction.atomic
def _keep(found: Sequence[RunExplanation]) -> None:
    """The settlements that are named are held in ascending id, as every writer of a plan does."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM settlements_settlement WHERE id = ANY(%s) ORDER BY id FOR KEY SHARE",
            [sorted({each.settlement_id for each in found})],
        )
    RunExplanation.objects.bulk_create(found, ignore_conflicts=True)


def explain_largest(*, at: datetime) -> int | None:
    """Explain the largest of what the oldest unexplained plan left out; its key, or None without any.

    A worker that ends in between leaves what it wrote: whoever goes on works out the rest.
    """
    with leased(_LEASE) as mine:
        waiting = RunQueue.objects.filter(explained_at__isnull=True, plan__written_at__isnull=False)
        ended = waiting.filter(plan__written_by__state__in=(RunState.COMPLETED, RunState.FAILED))
        row = ended.order_by("plan_id").defer("body").first() if mine else None
        if row is None:
            return None
        left = RunDecision.objects.filter(
            plan_id=row.plan_id, outcome=RunOutcome.LEAVE, value__isnull=False
        )
        largest = left.order_by("-value", "settlement_id")[:LARGEST]
        ids = list(largest.values_list("settlement_id", flat=True))
        if row.tries >= MOST_TRIES:
            logger.error("no worker came back from explaining plan %s: it is let be", row.plan_id)
            ids = []
        RunQueue.objects.filter(pk=row.pk).update(tries=row.tries + 1)
        try:
            for start in range(0, len(ids), CHUNK):
                explain(plan_id=row.plan_id, settlement_ids=ids[start : start + CHUNK], at=at)
        except (ArithmeticError, LookupError, ValueError, RuntimeError):
            logger.exception("plan %s is explained no further", row.plan_id)
        RunQueue.objects.filter(pk=row.pk).update(explained_at=at)
        return int(row.plan_id)


def explanations_of(plan_id: int, settlement_id: int) -> dict[str, dict[str, Any]]:
    """What is known of a settlement of a plan, by kind: facts, and whether they are proved."""
    rows = RunExplanation.objects.filter(plan_id=plan_id, settlement_id=settlement_id)
    return {
        row.kind: {"facts": row.facts, "is_proved": row.is_proved} for row in rows.order_by("kind")
    }


class Latest(NamedTuple):
    """The last plan that looked at a settlement and did not settle it, and what is known of why."""

    plan: RunPlan
    run: str  # its reference, for who may see the run
    reason: str
    known: dict[str, dict[str, Any]]
    may_say_more: bool  # it was not worked out yet, and can be


def latest(
    settlement_id: int, *, visible_to: User, before: datetime | None = None
) -> Latest | None:
    """What the last run said of a settlement that it left out; None where it settled or none looked.

    `before` leaves out the plans that were decided later.
    """
    rows = RunDecision.objects.filter(settlement_id=settlement_id, plan__written_by__isnull=False)
    if before is not None:
        rows = rows.filter(plan__decided_at__lte=before)
    decision = rows.select_related("plan__run").order_by("-run_id").first()
    if decision is None or decision.plan is None:
        return None
    plan = decision.plan
    known = as_seen(explanations_of(plan.pk, settlement_id), visible_to=visible_to)
    dropped = known.get(ExplanationKind.DROPPED)
    if decision.outcome != RunOutcome.LEAVE and dropped is None:
        return None
    reason = dropped["facts"].get("reason", "") if dropped else decision.reason
    more = ExplanationKind.REMEDY not in known and decision.value is not None and dropped is None
    kept = more and RunQueue.objects.filter(plan=plan).exists()
    seen = settlement_runs(visible_to=visible_to).filter(pk=plan.run_id).exists()
    return Latest(plan, str(plan.run) if seen else "", reason, known, kept)


def latest_worked_out(settlement_id: int, *, visible_to: User, at: datetime) -> Latest | None:
    """The same with everything that can be said of it, worked out now where nobody did before."""
    found = latest(settlement_id, visible_to=visible_to)
    if found is not None and found.may_say_more:
        explain(plan_id=found.plan.pk, settlement_ids=[settlement_id], at=at)
        found = latest(settlement_id, visible_to=visible_to)
    return found


_REFERENCES = ("members", "others", "out", "come", "held")


def as_seen(known: dict[str, dict[str, Any]], *, visible_to: User) -> dict[str, dict[str, Any]]:
    """The same with those settlements named only that a person may see; how many there are stays."""
    named = {
        number_in(name, "S", "settlement")
        for said in known.values() for key in _REFERENCES for name in said["facts"].get(key, ())
    }  # fmt: skip
    rows = visible(Settlement.objects.filter(pk__in=named), visible_to, book="book_id")
    seen = {f"S-{id}" for id in rows.values_list("pk", flat=True)} if named else set()
    return {kind: said | {"facts": _seen_of(said["facts"], seen)} for kind, said in known.items()}


def _seen_of(facts: dict[str, Any], seen: set[str]) -> dict[str, Any]:
    return {
        key: [name for name in value if name in seen] if key in _REFERENCES else value
        for key, value in facts.items()
        if key != "back_to" or value in seen
    }
