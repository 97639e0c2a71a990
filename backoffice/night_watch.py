"""Watching over the nights: begin those that are due, claim steps that are ready, let each be looked at.

One worker looks at a step at a time: it holds an advisory lock with the step's number, and a worker
that dies lets go of it. A row lock would hold a transaction open for as long as a step takes, and
with it every watermark.
"""

from __future__ import annotations

import logging
from datetime import datetime

from django.db import InterfaceError, OperationalError
from django.db.models import Exists, OuterRef, Q

from backoffice.access.problems import translated
from backoffice.events.leases import leased
from backoffice.kernel.errors import Refusal
from backoffice.night import NIGHT, PlannedStep
from backoffice.night_steps import Look
from ledger.days import days_past_cut_off, oldest_open_day
from ledger.models import BusinessDay, BusinessPeriod, Night, NightStep
from ledger.nights import begin_night, break_off_step, complete_step, start_step
from ledger.periods import close_due_periods, last_day_of
from ledger.state import DayState, NightState, PeriodState, Stage, StepState

logger = logging.getLogger(__name__)
LOCK = 7_000_006  # an advisory lock together with the step's number: who looks at it


def begin_due_nights(at: datetime) -> None:
    """FLASH when a day's cut-off has passed, FINAL when FLASH is through, that of a month or year when it is over.

    Each once, but what is open again has its FINAL, and its months and years, anew.
    """
    for day in days_past_cut_off(at):
        _begin(day, Stage.FLASH, at)
    its_final = Night.objects.filter(day=OuterRef("pk"), stage=Stage.FINAL, round=OuterRef("round"))
    ready = BusinessDay.objects.filter(
        ~Exists(its_final),
        state=DayState.CLOSING, nights__stage=Stage.FLASH, nights__state=NightState.COMPLETED,
    )  # fmt: skip
    for day in ready.order_by("day"):
        if day.day == oldest_open_day(day.entity_id):  # days are sealed one after the other
            _begin(day, Stage.FINAL, at, day.round)
    close_due_periods(at=at)
    its_own = Night.objects.filter(
        entity=OuterRef("entity"), stage=OuterRef("kind"), round=OuterRef("round"),
        day__day__range=(OuterRef("first_day"), OuterRef("last_day")),
    )  # fmt: skip
    over = BusinessPeriod.objects.filter(~Exists(its_own), state=PeriodState.CLOSING)
    for period in over.order_by("last_day", "kind"):
        _begin(last_day_of(period), Stage(period.kind), at, period.round)


def _begin(day: BusinessDay, stage: Stage, at: datetime, round: int = 1) -> None:
    begin_night(
        day=day, stage=stage, steps=[step.name for step in NIGHT[stage]], at=at, round=round
    )


def take_steps(at: datetime) -> None:
    """Look at every step that is ready, again and again while that makes others ready."""
    while _take_ready_steps(at):
        pass


def _take_ready_steps(at: datetime) -> bool:
    """Whether any step was completed."""
    completed = False
    alive = Q(state__in=[NightState.RUNNING, NightState.BROKEN])
    for night in (
        Night.objects.filter(alive).select_related("day__entity").order_by("day__day", "id")
    ):
        steps = {step.name: step for step in night.steps.all()}
        for planned in NIGHT[night.stage]:
            if _is_ready(planned, steps):
                completed |= _look_at(planned, steps[planned.name], night, at)
    return completed


def _is_ready(planned: PlannedStep, steps: dict[str, NightStep]) -> bool:
    if steps[planned.name].state not in (StepState.PENDING, StepState.RUNNING):
        return False
    return all(steps[name].state == StepState.DONE for name in planned.after)


def _look_at(planned: PlannedStep, step: NightStep, night: Night, at: datetime) -> bool:
    """One look at a step, under its lock; whether it is done now. A defect breaks the step off."""
    with leased(LOCK, step.pk) as claimed:
        if not claimed:
            return False
        step.refresh_from_db()
        if step.state == StepState.PENDING:
            start_step(step, at=at)
        if step.state != StepState.RUNNING:
            return False
        night.day.refresh_from_db()
        try:
            if not planned.work(Look(step, night, night.day, at)):
                return False
            complete_step(step, at=at)
        except (InterfaceError, OperationalError):
            raise  # the database is away: the next look goes on
        except Refusal as refusal:
            break_off_step(step, error=translated(refusal.detail, refusal.facts), at=at)
            return False
        except Exception as error:
            logger.exception("step %s of night %s is broken off", step.name, night)
            break_off_step(step, error=repr(error)[:500], at=at)
            return False
        return True
