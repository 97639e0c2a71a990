"""What a run is called: the place that it was for, and the cycle that it was, by the clock of its place."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils import formats

from backoffice.templatetags import desk
from settlements.cycling.selectors import zone_of
from settlements.models import SettlementRun


def clock_words(due_at: datetime, zone: ZoneInfo) -> str:
    """`24 Nov 2026 14:30 (Europe/Moscow)`: a schedule is read by the clock that it is kept by."""
    local = due_at.astimezone(zone)
    return f"{desk.day(local.date())} {formats.time_format(local.time(), 'H:i')} ({zone.key})"


def last_cycle_words(run: SettlementRun) -> str:
    """Of which moment the cycle was that the run was; empty of one that a person asked for."""
    row = run.cycle
    return "" if row is None else clock_words(row.due_at, zone_of(row.rule))


def cycle_words(run: SettlementRun) -> str:
    """The same with the place that the run was for."""
    where = run.place.code if run.place else ""
    return " · ".join(part for part in (where, last_cycle_words(run)) if part)
