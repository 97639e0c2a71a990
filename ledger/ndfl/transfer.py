"""By when what was withheld is transferred to the budget (art. 226 p. 6, 226.1 p. 9). Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.utils.translation import gettext_lazy as _
from msgspec import Struct

from backoffice.kernel.business_days import BusinessDays
from refdata.dated_rules.kinds import RuleKind


class Window(Struct, frozen=True, forbid_unknown_fields=True):
    """What is withheld from one day of a month until another is due on `due`, of the next month where it says so."""

    first: int
    last: int
    due: int
    next_month: bool = False


class TransferDays(Struct, frozen=True, forbid_unknown_fields=True):
    """From `year_end_from` of December on it is due on the last working day of the year."""

    windows: Sequence[Window]
    year_end_from: int


class WithheldOn(Struct, frozen=True, forbid_unknown_fields=True):
    day: date


def due_day(rule: TransferDays, day: date) -> date:
    """The day that the law names, whether it is a working day or not."""
    if day.month == 12 and day.day >= rule.year_end_from:
        return date(day.year, 12, 31)
    window = next(each for each in rule.windows if each.first <= day.day <= each.last)
    year, month = day.year, day.month + window.next_month
    return date(year + (month > 12), (month - 1) % 12 + 1, window.due)


def transfer_by(rule: TransferDays, day: date, calendar: BusinessDays) -> date:
    """The last day: what falls on a day off moves to the next working day (art. 6.1 p. 7), at year's end back."""
    due = due_day(rule, day)
    at_years_end = day.month == 12 and day.day >= rule.year_end_from
    return calendar.preceding(due) if at_years_end else calendar.following(due)


TRANSFER_DAYS = RuleKind(
    name="ndfl.transfer_days",
    title=_("NDFL: by when what was withheld is transferred"),
    value=TransferDays,
    given=WithheldOn,
    found=date,
    compute=lambda rule, given: due_day(rule, given.day),
)
