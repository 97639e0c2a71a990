"""Nights: the steps that close a business day, each claimed by one worker, restartable where it broke.

What the steps are and what they do is said to the right, in `backoffice/night.py`; here is what
becomes of a step. A step that was started and whose worker died is simply looked at again: its work
may run twice and must do nothing the second time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F

from backoffice.access.models import User
from backoffice.events.services import NewEvent, record_events
from backoffice.workflow.transitions import Outcome, Step, advance
from ledger.models import BusinessDay, Night, NightStep
from ledger.state import NightState, StepState

LONGEST_LOG = 20_000


@transaction.atomic
def begin_night(
    *, day: BusinessDay, stage: str, steps: Sequence[str], at: datetime, round: int = 1
) -> Night:
    """Write down a night and its steps, in order; a night that is there already stays as it is."""
    night, created = Night.objects.get_or_create(
        day=day, stage=stage, round=round, defaults={"entity_id": day.entity_id, "started_at": at}
    )
    if created:
        NightStep.objects.bulk_create(
            NightStep(night=night, entity_id=day.entity_id, name=name, position=position)
            for position, name in enumerate(steps, 1)
        )
        event = NewEvent(
            kind="night.begin", subject_type="night", subject_id=night.pk,
            entity_id=day.entity_id, target=NightState.RUNNING.value,
            facts={"day": day.day.isoformat(), "stage": str(stage), "round": round},
        )  # fmt: skip
        record_events([event], actor_id=None, at=at)
    return night


@transaction.atomic
def start_step(step: NightStep, *, at: datetime) -> None:
    """A worker takes a step up for the first time since it was planned or restarted."""
    if advance(NightStep, "start", [Step(step.pk)], actor=None, at=at).done:
        NightStep.objects.filter(pk=step.pk).update(
            started_at=at, finished_at=None, error="", attempts=F("attempts") + 1
        )
        step.refresh_from_db()


def note_step(step: NightStep, *, lines: Sequence[str] = (), facts: Mapping[str, Any]) -> None:
    """Keep what a step has found so far; the next look at it begins from there."""
    step.facts = {**step.facts, **facts}
    step.log = "".join([step.log, *(f"{line}\n" for line in lines)])[-LONGEST_LOG:]
    NightStep.objects.filter(pk=step.pk).update(facts=step.facts, log=step.log)


@transaction.atomic
def complete_step(step: NightStep, *, at: datetime) -> None:
    """A step is done; with the last one its night is."""
    advance(NightStep, "complete", [Step(step.pk, facts=step.facts)], actor=None, at=at)
    NightStep.objects.filter(pk=step.pk).update(finished_at=at)
    night = Night.objects.select_for_update().get(pk=step.night_id)
    if not night.steps.exclude(state=StepState.DONE).exists():
        advance(Night, "complete", [Step(night.pk)], actor=None, at=at)
        Night.objects.filter(pk=night.pk).update(finished_at=at)


@transaction.atomic
def break_off_step(step: NightStep, *, error: str, at: datetime) -> None:
    """A step cannot go on: it says why, its night is broken, and somebody has to look."""
    if advance(NightStep, "break_off", [Step(step.pk, error[:500])], actor=None, at=at).done:
        NightStep.objects.filter(pk=step.pk).update(error=error, finished_at=at)
        facts = {"day": step.night.day_id, "step": step.name}
        broken = Step(step.night_id, error[:500], facts=facts)
        advance(Night, "break_off", [broken], actor=None, at=at)


@transaction.atomic
def restart_steps(*, ids: Sequence[int], reason: str, actor: User, at: datetime) -> Outcome:
    """Let failed steps be tried again; what was done before them stays done."""
    outcome = advance(NightStep, "restart", [Step(id, reason) for id in ids], actor=actor, at=at)
    nights = Night.objects.filter(steps__in=outcome.done).distinct().order_by("pk")
    for night in nights:
        if not night.steps.filter(state=StepState.FAILED).exists():
            step = Step(night.pk, reason, facts={"day": night.day_id})
            advance(Night, "restart", [step], actor=None, at=at)
    return outcome
