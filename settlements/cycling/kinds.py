"""Schedules of settlement cycles: a dated rule for each place, and one of the firm for all of them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from itertools import pairwise
from typing import Annotated
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _
from msgspec import Meta, Struct

from backoffice.kernel.business_days import BusinessDays
from deals.confirming.clocks import Clock
from deals.confirming.kinds import WEEKDAYS
from refdata.dated_rules.kinds import RuleKind, declare, require_zone
from settlements.deadlines.kinds import PLACE, moment_of
from settlements.running.state import RunMode

MOST = 96  # a day: one each quarter of an hour
ALL = ""  # the key of the firm's own schedule, for all places


class Cycles(Struct, frozen=True, forbid_unknown_fields=True):
    """Local times at which a run is asked for, on the business days of a calendar.

    Without a calendar: the place's own, of the firm's schedule Monday to Friday. `mode` is which places a run
    of the firm's own schedule looks at; one of a place looks at what settles there.
    """

    zone: str
    at: Annotated[tuple[Clock, ...], Meta(min_length=1, max_length=MOST)]
    mode: RunMode = RunMode.BOTH
    calendar: str = ""

    def __post_init__(self) -> None:
        require_zone(self.zone)
        if any(one >= other for one, other in pairwise(self.at)):
            raise ValueError("times go from early to late, each once")


class Asked(Struct, frozen=True, forbid_unknown_fields=True):
    """A moment, and until when the place settles that day (empty: no bound)."""

    at: datetime
    until: Clock | None = None


class Found(Struct, frozen=True):
    """The last cycle that is due by then that day, in local time (empty: none), and whether none follows."""

    due: str
    is_last: bool


def day_of(rule: Cycles, at: datetime) -> date:
    return at.astimezone(ZoneInfo(rule.zone)).date()


def moments_of(rule: Cycles, day: date, calendar: BusinessDays) -> list[datetime]:
    """When its cycles of a day are; none on a day that is no business day."""
    if not calendar.is_business_day(day):
        return []
    return [moment_of(rule.zone, day, clock) for clock in rule.at]


def is_last(cycles: Iterable[datetime], at: datetime, until: datetime | None) -> bool:
    """Whether none of the cycles follows a moment before the place settles no more."""
    return not any(at < each and (until is None or each <= until) for each in cycles)


def found_by(rule: Cycles, asked: Asked) -> Found:
    day = day_of(rule, asked.at)
    cycles = moments_of(rule, day, WEEKDAYS)
    due = [clock for clock, each in zip(rule.at, cycles, strict=False) if each <= asked.at]
    until = moment_of(rule.zone, day, asked.until) if asked.until else None
    return Found(due[-1] if due else "", is_last(cycles, asked.at, until))


CYCLES: RuleKind[Cycles] = RuleKind(
    name="settle.cycles",
    title=_("Settlement: cycles of a place"),
    keys=(ALL,),
    key_pattern=PLACE,
    value=Cycles,
    given=Asked,
    found=Found,
    compute=found_by,
)

declare(CYCLES)
