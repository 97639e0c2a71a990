"""The sign-offs that a process adds before a day is signed off: asked for once its books are sealed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from django.db.models import Min

from backoffice.access.models import User
from backoffice.workflow.transitions import Outcome
from ledger.day_processing import CLOSE_DAY, CLOSING, EXPLAIN, SIGN_OFF
from ledger.models import BusinessDay, Night, OpenPoint
from ledger.state import PointState
from refdata.processes.cases import OpenCase, begin_cases, end_cases, open_cases
from refdata.processes.steps import Subject, cases_needed, take_added_steps, take_anchor


def begin_case(day: BusinessDay, *, at: datetime) -> None:
    """A day was sealed, so all that was open is explained: what its process asks for besides waits from now on.

    By the version under which its night began; of a day that was opened again, the night of its last round.
    """
    cases = cases_needed(CLOSE_DAY, lambda: [_subject(day, at)])
    begun = [replace(case, taken=[EXPLAIN]) for case in cases.values()]
    begin_cases(begun, actor=None, at=at)


def _subject(day: BusinessDay, at: datetime) -> Subject:
    nights = Night.objects.filter(day=day, round=day.round)
    since = nights.aggregate(first=Min("started_at"))["first"] or at
    points = OpenPoint.objects.filter(day=day, state=PointState.EXPLAINED).count()
    facts = {"entity": day.entity.code, "points": str(points)}
    return Subject(day.pk, day.entity_id, since, facts)


def case_of(day_id: int) -> OpenCase | None:
    """What is under way about a sealed day, where its process asks for more than its sign-off."""
    return open_cases(CLOSING.name, CLOSING.subject, [day_id]).get(day_id)


def due_of(day: BusinessDay) -> datetime | None:
    """By when all of it is done: the cut-off of the business day after it, in the local time of its schedule."""
    later = BusinessDay.objects.filter(entity_id=day.entity_id, day__gt=day.day).order_by("day")
    return later.values_list("cut_off_at", flat=True).first()


def take_sign_off(day: BusinessDay, *, actor: User, at: datetime) -> None:
    """Sign off in its turn. Raises AnotherStepFirst, OtherEyesRequired."""
    take_anchor(case_of(day.pk), SIGN_OFF, row=day, actor=actor, at=at)


def end_day_cases(ids: Sequence[int], *, at: datetime) -> None:
    """What was under way about days that are opened again ends; it begins anew when they are sealed."""
    reason = "The day is opened again."
    end_cases(subject_type=CLOSING.subject, subject_ids=ids, reason=reason, actor=None, at=at)


def take_step_days(
    *, ids: Sequence[int], step: str = "", evidence: str = "", actor: User, at: datetime
) -> Outcome:
    """Take the added step that each day waits for. Refused: what `take_added_steps` refuses."""
    return take_added_steps(
        CLOSE_DAY, BusinessDay, ids=ids, step=step, evidence=evidence, actor=actor, at=at
    )
