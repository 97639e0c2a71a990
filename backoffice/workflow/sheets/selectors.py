"""Reading sheets: which weeks were opened, what was said of them, and who looked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

from backoffice.access.models import User
from backoffice.events.models import Event
from backoffice.workflow.sheets.models import Sheet, SheetComment


class Look(NamedTuple):
    """Somebody looked at a week of a person."""

    who: str
    at: datetime


def opened_weeks(people: Sequence[int], weeks: Sequence[date]) -> set[tuple[int, date]]:
    """Which of these people have opened which of these weeks."""
    rows = Sheet.objects.filter(user__in=people, week__in=weeks)
    return set(rows.values_list("user_id", "week"))


def comments_of(person: User, week: date) -> list[SheetComment]:
    """What the person said of a week, first to last."""
    rows = SheetComment.objects.filter(sheet__user=person, sheet__week=week)
    return list(rows.order_by("id"))


def looks_at(person: User, week: date) -> list[Look]:
    """Who looked at a week of a person, the latest first."""
    rows = Event.objects.filter(
        subject_type="user", subject_id=person.pk, kind="sheet.look", facts__week=week.isoformat()
    )
    found = rows.order_by("-id").values_list("actor__username", "recorded_at")
    return [Look(who or "", at) for who, at in found]
