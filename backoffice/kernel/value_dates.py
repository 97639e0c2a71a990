"""Dates so many weeks, months or years after a start, moved to days on which all calendars are open. Pure.

Weeks move to the next open day, months and years by modified following; a start on the last open day
of its month ends on the last open day of its month (end-end). Rules, section 4: sources S85 to S87.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from backoffice.kernel.business_days import MAX_STEPS, ONE_DAY, BusinessDays, CalendarTooClosed
from backoffice.kernel.day_counts import LAST_DAY, months_after

TENOR = r"^[1-9][0-9]?[DWMY]$"


def date_after(start: date, tenor: str, calendars: Sequence[BusinessDays]) -> date:
    """The date that a tenor such as `1W`, `3M` or `1Y` stands for. Raises CalendarTooClosed."""
    number, unit = int(tenor[:-1]), tenor[-1]
    if unit == "D":
        return open_on(start + timedelta(days=number), calendars)
    if unit == "W":
        return open_on(start + timedelta(weeks=number), calendars)
    months = number * 12 if unit == "Y" else number
    if open_on(start + ONE_DAY, calendars).month != start.month:
        return _open_before(months_after(start, months, LAST_DAY), calendars)
    day = months_after(start, months, start.day)
    moved = open_on(day, calendars)
    return moved if moved.month == day.month else _open_before(day, calendars)


def open_on(day: date, calendars: Sequence[BusinessDays]) -> date:
    """The day, or the next one on which all calendars are open."""
    return _walk(day, ONE_DAY, calendars)


def is_open(day: date, calendars: Sequence[BusinessDays]) -> bool:
    return all(calendar.is_business_day(day) for calendar in calendars)


def _open_before(day: date, calendars: Sequence[BusinessDays]) -> date:
    return _walk(day, -ONE_DAY, calendars)


def _walk(day: date, step: timedelta, calendars: Sequence[BusinessDays]) -> date:
    for _ in range(MAX_STEPS):
        if is_open(day, calendars):
            return day
        day += step
    raise CalendarTooClosed(f"no day that all of them pay on near {day}")
