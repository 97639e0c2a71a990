"""How old what is open is, in working days of its place. Pure.

An age is also a range of due dates, so that a list filtered by dates holds exactly what was counted.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from backoffice.kernel.business_days import ONE_DAY, BusinessDays


class Age(TextChoices):
    """The oldest first; late by as many working days as there were after the due date, today included."""

    LATE_5 = "LATE_5", _("Late 5 days and more")
    LATE_2 = "LATE_2", _("Late 2 to 4 days")
    LATE_1 = "LATE_1", _("Late a day at most")
    TODAY = "TODAY", _("Due today")
    LATER = "LATER", _("Due later")


class Dates(NamedTuple):
    """Due dates from one to another, both of them included; None is no bound."""

    after: date | None
    before: date | None

    def holds(self, day: date) -> bool:
        return (self.after is None or day >= self.after) and (
            self.before is None or day <= self.before
        )


ALL_LATE = frozenset({Age.LATE_1, Age.LATE_2, Age.LATE_5})


def dates_of(today: date, calendar: BusinessDays) -> dict[Age, Dates]:
    """The due dates of each age at a place on a day; every date is of exactly one."""
    days = [calendar.preceding(today)]
    while len(days) < 5:
        days.append(calendar.preceding(days[-1] - ONE_DAY))
    second, fifth = days[1], days[4]
    return {
        Age.LATE_5: Dates(None, fifth - ONE_DAY),
        Age.LATE_2: Dates(fifth, second - ONE_DAY),
        Age.LATE_1: Dates(second, today - ONE_DAY),
        Age.TODAY: Dates(today, today),
        Age.LATER: Dates(today + ONE_DAY, None),
    }
