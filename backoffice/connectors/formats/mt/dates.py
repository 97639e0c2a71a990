"""Days as SWIFT messages spell them: six digits, or four whose year stands elsewhere."""

from __future__ import annotations

import calendar
import re
from datetime import UTC, date, datetime, timedelta, timezone

from backoffice.connectors.formats.moments import of_a_clock

SIX = re.compile(r"[0-9]{6}\Z", re.ASCII)
MOMENT = re.compile(r"([0-9]{6})([0-9]{2})([0-9]{2})(?:([+-])([0-9]{2})([0-9]{2}))?\Z", re.ASCII)
CENTURY = 2000  # SWIFT's years 80 to 99 are of the last century, and no statement here is


def day_of(text: str) -> tuple[date, bool]:
    """The day of YYMMDD, and whether it exists as spelt.

    Banks that count interest by months of 30 days value on the 30th of February: that is taken as the
    month's last day. Raises ValueError for anything else.
    """
    if not SIX.match(text):
        raise ValueError("not six digits")
    return _existing(CENTURY + int(text[:2]), int(text[2:4]), int(text[4:]))


def day_near(text: str, other: date) -> tuple[date, bool]:
    """The day of MMDD in the year that brings it nearest to `other`, as of value and entry dates."""
    if not re.match(r"[0-9]{4}\Z", text, re.ASCII):
        raise ValueError("not four digits")
    month, day = int(text[:2]), int(text[2:])
    found = [_existing(other.year + years, month, day) for years in (-1, 0, 1)]
    # In a year that has it, the 29th of February comes before the same day moved.
    return min(found, key=lambda each: (abs(each[0] - other), not each[1]))


def _existing(year: int, month: int, day: int) -> tuple[date, bool]:
    try:
        return date(year, month, day), True
    except ValueError:
        if month != 2 or day not in (29, 30):
            raise
        return date(year, 2, calendar.monthrange(year, 2)[1]), False


def moment_of(text: str) -> datetime:
    """YYMMDDhhmm with an offset from UTC, or UTC itself. Raises ValueError."""
    match = MOMENT.match(text)
    if not match:
        raise ValueError("not YYMMDDhhmm+hhmm")
    day, exists = day_of(match[1])
    if not exists:
        raise ValueError("no such day")
    zone: timezone = UTC
    if match[4]:
        offset = timedelta(hours=int(match[5]), minutes=int(match[6]))
        zone = timezone(offset if match[4] == "+" else -offset)
    moment = datetime(day.year, day.month, day.day, int(match[2]), int(match[3]), tzinfo=zone)
    return of_a_clock(moment)
