"""Opening a signed-off day again: one asks and says why, another opens it, and all that stands on it with it.

Days are closed one after the other, so every day after it is open again too, and each month and year that has one of
them. Their final close begins anew, as a night of the next round; what was reported before stays as it was known then.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from backoffice.access.models import User
from backoffice.kernel.errors import Invalid
from backoffice.kernel.i18n import gettext_noop
from backoffice.workflow.transitions import Alike, Outcome, Step, advance
from ledger.day_steps import end_day_cases
from ledger.locking import close_books
from ledger.models import BusinessDay, BusinessPeriod, Night
from ledger.state import CLOSED_FOR_ENTRIES, OVER, DayState, NightState, Stage


class NoReasonToReopen(Invalid):
    code = "no-reason-to-reopen"
    title = gettext_noop("A day is opened again for a reason")
    detail = gettext_noop("The reason is empty.")
    hint = gettext_noop("Say what has to be booked on that day, and why it cannot be booked later.")


class Opened(NamedTuple):
    """What opens with a day: the days after it, and the months and years of all of them."""

    days: list[BusinessDay]
    periods: list[BusinessPeriod]


def opens_with(day: BusinessDay) -> Opened:
    """What would open again with a day, in order: all after it that was sealed, or is about to be."""
    its_final = Night.objects.filter(day=OuterRef("pk"), stage=Stage.FINAL, round=OuterRef("round"))
    later = BusinessDay.objects.filter(
        Q(state__in=CLOSED_FOR_ENTRIES) | Q(Exists(its_final), state=DayState.CLOSING),
        entity_id=day.entity_id, day__gt=day.day,
    )  # fmt: skip
    periods = BusinessPeriod.objects.filter(
        entity_id=day.entity_id, last_day__gte=day.day, state__in=OVER
    )
    return Opened(list(later.order_by("day")), list(periods.order_by("last_day", "kind")))


@transaction.atomic
def ask_to_reopen(*, ids: Sequence[int], reason: str, actor: User, at: datetime) -> Outcome:
    """Ask for signed-off days to be opened again. Raises NoReasonToReopen."""
    if not reason.strip():
        raise NoReasonToReopen
    return advance(
        BusinessDay, "ask_reopen", [Step(id, reason.strip()) for id in ids], actor=actor, at=at
    )


@transaction.atomic
def decline_reopening(*, ids: Sequence[int], reason: str, actor: User, at: datetime) -> Outcome:
    """Leave days closed that somebody else asked for."""
    return advance(BusinessDay, "decline_reopen", Alike(ids, reason), actor=actor, at=at)


@transaction.atomic
def approve_reopening(*, ids: Sequence[int], reason: str, actor: User, at: datetime) -> Outcome:
    """Open days again that somebody else asked for, each with all that stands on it."""
    rows = list(BusinessDay.objects.filter(pk__in=ids).order_by("entity_id", "day"))
    for entity_id in sorted({row.entity_id for row in rows}):
        close_books(entity_id)
    outcome = Outcome()
    for row in rows:
        found = opens_with(row)
        moved = advance(
            BusinessDay, "approve_reopen", [_again(row, _facts(found), reason)], actor=actor, at=at
        )
        outcome.done.extend(moved.done)
        outcome.refused.update(moved.refused)
        if moved.done:
            _open_with(row, found, at)
    return outcome


def _facts(found: Opened) -> dict[str, list[str]]:
    return {
        "days": [day.day.isoformat() for day in found.days],
        "periods": [period.name for period in found.periods],
    }


def _again(row: BusinessDay | BusinessPeriod, facts: Mapping[str, Any], reason: str = "") -> Step:
    """The step by which a day or a period begins its next round, without a seal."""
    columns = {"round": row.round + 1, "sealed_number": None, "sealed_hash": ""}
    return Step(row.pk, reason, facts, columns)


def _open_with(row: BusinessDay, found: Opened, at: datetime) -> None:
    """What stands on it opens too, and what is under way of the rounds before ends: its steps are done anew."""
    facts = {"with": row.day.isoformat()}
    days, periods = ([_again(each, facts) for each in some] for some in found)
    advance(BusinessDay, "reopen_with", days, actor=None, at=at)
    advance(BusinessPeriod, "reopen", periods, actor=None, at=at)
    end_day_cases([row.pk, *(day.pk for day in found.days)], at=at)
    nights = Night.objects.filter(
        ~Q(stage=Stage.FLASH), day__entity_id=row.entity_id, day__day__gte=row.day,
        state__in=(NightState.RUNNING, NightState.BROKEN),
    )  # fmt: skip
    steps = [
        Step(id, facts={"day": day_id}, columns={"finished_at": at})
        for id, day_id in nights.order_by("pk").values_list("pk", "day_id")
    ]
    advance(Night, "overtake", steps, actor=None, at=at)
