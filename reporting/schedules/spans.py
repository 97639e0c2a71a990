"""Which days a scheduled report is of, and whether it is made on a day. Pure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import NamedTuple

from reporting.reports.base import Report
from reporting.schedules.state import Span

LONGEST_CLOSURE = 60  # days: no market is closed for longer
IsOpen = Callable[[date], bool]


class Days(NamedTuple):
    first: date
    last: date


def days_of(span: Span, today: date, is_open: IsOpen) -> Days | None:
    """What a report that is made today is of; None: it is not made today."""
    if not is_open(today):
        return None
    last = last_open_before(today, is_open)
    if span == Span.DAY:
        return Days(last, last)
    if span == Span.MONTH:
        return Days(last.replace(day=1), last)
    if (last.year, last.month) == (today.year, today.month):
        return None  # not the first business day of the month
    end = today.replace(day=1) - timedelta(days=1)
    return Days(end.replace(day=1), end)


def last_open_before(today: date, is_open: IsOpen) -> date:
    for back in range(1, LONGEST_CLOSURE):
        if is_open(today - timedelta(days=back)):
            return today - timedelta(days=back)
    raise ValueError(f"no business day in the {LONGEST_CLOSURE} days before {today}")


def asks_days_only(report: Report) -> bool:
    """Whether a report can be asked for with nothing but days."""
    return all(each.kind == "date" or not each.required for each in report.parameters)


def asked_with(report: Report, days: Days) -> dict[str, str]:
    """Its parameters for these days: what begins a period has the first, all else the last."""
    return {
        each.name: (days.first if each.name.endswith("_from") else days.last).isoformat()
        for each in report.parameters
        if each.kind == "date"
    }
