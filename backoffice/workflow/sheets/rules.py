"""Who may see the sheet of a week: its person at once, who leads after them. Pure."""

from __future__ import annotations

from datetime import date, timedelta

WEEK = timedelta(days=7)


def is_over(week: date, today: date) -> bool:
    """A week is over on the Monday after it; until then it is its person's alone."""
    return today >= week + WEEK


def may_look(*, week: date, today: date, opened: bool, free_on: date) -> bool:
    """Whether who leads may see a week: it is over, and its person has seen it or had the time to (`free_on`)."""
    return is_over(week, today) and (opened or today >= free_on)
