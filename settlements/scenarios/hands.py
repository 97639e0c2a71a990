"""Whose hands a day takes: how many people its releases need, and how many those who are there can do."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_FLOOR, Decimal
from typing import NamedTuple

from backoffice.workflow.workload.capacity import Staff, staff_on
from backoffice.workflow.workload.rules import agents_needed
from backoffice.workflow.workload.selectors import people

RELEASING = "checker"  # the queue of those who release
PRODUCTIVE_HOURS = Decimal("5.5")  # of eight (rules, section 13)
SHARE = PRODUCTIVE_HOURS / 8


class Hands(NamedTuple):
    """People who release on a day, and how many settlements they can; None where nobody has a roster."""

    there: int
    releases: int | None


def needed_for(releases: int, *, seconds: int) -> int:
    """How many people so many releases take on a day, at so many seconds each."""
    return agents_needed(
        needed=Decimal(releases), productive_hours=PRODUCTIVE_HOURS, handling_seconds=Decimal(seconds)
    )  # fmt: skip


def releasing_on(day: date) -> Staff:
    """Those whose roster has them there on a day to release, with all their hours of that day."""
    return staff_on(people(since=day), day, RELEASING, share=SHARE)


def hands_of(staff: Staff, *, away: int, seconds: int) -> Hands:
    """Who is away takes the hours of an average one along. Rounded down to whole releases."""
    if not staff.people:
        return Hands(0, None)
    there = max(len(staff.people) - away, 0)
    left = staff.seconds * there / len(staff.people)
    return Hands(there, int((left / seconds).to_integral_value(ROUND_FLOOR)))
