"""The second date of deals that have two: agreed as a date, or as a tenor from the first. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any

import msgspec

from backoffice.kernel.business_days import BusinessDays
from backoffice.kernel.i18n import gettext_noop
from backoffice.kernel.value_dates import TENOR, date_after, is_open
from deals.capturing.checking import Check

Tenor = Annotated[
    str,
    msgspec.Meta(
        pattern=TENOR, examples=["3M"], description="So many days, weeks, months or years: 2D, 1W, 3M, 1Y"
    ),
]  # fmt: skip


def date_or_tenor(
    check: Check[Any],
    name: str,
    text: str | None,
    *,
    start: date,
    calendars: Sequence[BusinessDays],
) -> date | None:
    """What `name` or `tenor` says, after the start and open; a problem for neither, or another day.

    Both may stand there, as they do in a deal that is amended, if they come to the same day.
    """
    tenor = check.terms.tenor
    found = None if tenor is None else date_after(start, tenor, calendars)
    told = {day for day in (found and found.isoformat(), text) if day}
    if len(told) != 1:
        check.add(
            f"/{name}", "date-or-tenor", gettext_noop("Either the date or the tenor is agreed."),
            gettext_noop("Send one of the two."),
        )  # fmt: skip
        return None
    if found is not None:
        return found
    assert text is not None
    day = day_of(check, name, text)
    if day is None:
        return None
    if day <= start:
        check.add(
            f"/{name}", "far-before-near",
            gettext_noop("It would end on %(day)s, and begins on %(start)s."),
            gettext_noop("The second date comes after the first."),
            day=text, start=start.isoformat(),
        )  # fmt: skip
        return None
    require_open(check, name, day, calendars)
    return day


def day_of(check: Check[Any], name: str, text: str) -> date | None:
    """The day that a text names; a problem for a text that names none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        check.add(
            f"/{name}", "not-a-date", gettext_noop("%(value)s is not a date."),
            gettext_noop("Write it as 2026-11-24."), value=text,
        )  # fmt: skip
        return None


def require_open(
    check: Check[Any], name: str, day: date, calendars: Sequence[BusinessDays]
) -> None:
    """A problem for a day on which one of the calendars is closed."""
    if not is_open(day, calendars):
        check.add(
            f"/{name}", "settlement-day-closed", gettext_noop("Nothing is paid on %(day)s."),
            gettext_noop("Agree on a day on which all that is paid can be paid."),
            day=day.isoformat(),
        )  # fmt: skip
