"""When a bond pays: its coupon periods and the steps that repay its nominal. Pure.

Dates are first laid out without a calendar, counted from one end of the bond's life so that they
never drift, and then moved over closed days (ISDA 2006 Definitions, sections 4.10 to 4.12). Which
dates interest is counted between, the laid-out or the moved, is the bond's own term: both are here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise
from typing import NamedTuple

from backoffice.kernel.business_days import ONE_DAY, BusinessDays
from backoffice.kernel.day_counts import LAST_DAY, MONTHS, CouponPeriod, months_after
from backoffice.kernel.rounding import allocate, half_up_minor

MAX_PERIODS = 4_000  # more is a mistake in the terms


class Stub(StrEnum):
    """Where the odd period lies when the life is no whole number of periods, and how long it is."""

    SHORT_FRONT = "SHORT_FRONT"
    LONG_FRONT = "LONG_FRONT"
    SHORT_BACK = "SHORT_BACK"
    LONG_BACK = "LONG_BACK"


class Roll(StrEnum):
    """What becomes of a date on a closed day."""

    NONE = "NONE"
    FOLLOWING = "FOLLOWING"
    MODIFIED_FOLLOWING = "MODIFIED_FOLLOWING"
    PRECEDING = "PRECEDING"


_MOVES: dict[Roll, Callable[[BusinessDays, date], date]] = {
    Roll.FOLLOWING: BusinessDays.following,
    Roll.MODIFIED_FOLLOWING: BusinessDays.modified_following,
    Roll.PRECEDING: BusinessDays.preceding,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CouponTerms:
    """What the prospectus says. Raises ValueError for terms that describe no schedule.

    Coupons come `frequency` times a year or, as Russian bonds write it, every so many days. A stub
    at the front means that dates are counted back from maturity, one at the back that they are
    counted on from the start. With `end_of_month`, dates counted from a month's last day are last
    days too.
    """

    start: date
    maturity: date
    frequency: int | None = None
    every_days: int | None = None
    stub: Stub = Stub.SHORT_FRONT
    end_of_month: bool = False
    roll: Roll = Roll.NONE

    def __post_init__(self) -> None:
        if self.maturity <= self.start:
            raise ValueError("a bond must start before it matures")
        if (self.frequency is None) == (self.every_days is None):
            raise ValueError("coupons come so many times a year or every so many days")
        if self.frequency is not None and self.frequency not in MONTHS:
            raise ValueError(f"a year has {', '.join(map(str, MONTHS))} coupons")
        if self.every_days is not None and self.every_days < 1:
            raise ValueError("a coupon period lasts at least a day")

    @property
    def counts_back(self) -> bool:
        return self.stub in (Stub.SHORT_FRONT, Stub.LONG_FRONT)

    @property
    def anchor(self) -> date:
        """The end of the life that dates are counted from."""
        return self.maturity if self.counts_back else self.start

    @property
    def far_end(self) -> date:
        return self.start if self.counts_back else self.maturity

    def reaches_far_end(self, day: date) -> bool:
        return day <= self.start if self.counts_back else day >= self.maturity

    @property
    def roll_day(self) -> int:
        is_last = (self.anchor + ONE_DAY).day == 1
        return LAST_DAY if self.end_of_month and is_last else self.anchor.day

    def date_at(self, number: int) -> date:
        """The regular date so many periods from the anchor, into the bond's life."""
        steps = -number if self.counts_back else number
        if self.every_days is not None:
            return self.anchor + timedelta(days=steps * self.every_days)
        assert self.frequency is not None
        return months_after(self.anchor, steps * MONTHS[self.frequency], self.roll_day)


class Period(NamedTuple):
    """One coupon period. A stub's `coupon` is the notional period that ACT/ACT ICMA counts in;
    it is None where periods are days, since those are no part of a year."""

    start: date
    end: date
    adjusted_start: date
    adjusted_end: date
    is_stub: bool
    coupon: CouponPeriod | None


def coupon_periods(terms: CouponTerms, calendar: BusinessDays | None = None) -> tuple[Period, ...]:
    """The periods in order; they adjoin and cover the life, and only one of them is a stub.

    Raises ValueError when dates are to be moved and no calendar says where, or for too many dates.
    """
    move = _MOVES.get(terms.roll)
    if move and calendar is None:
        raise ValueError(f"{terms.roll} needs a calendar")

    def moved(day: date) -> date:
        return move(calendar, day) if move and calendar else day

    grid = _grid(terms)
    bounds = _bounds(terms, grid)
    periods = []
    for number in range(len(bounds) - 1):
        start, end = sorted(bounds[number : number + 2])
        first, last = sorted(grid[number : number + 2])
        is_stub = (start, end) != (first, last)
        coupon = None
        if terms.frequency is not None:
            coupon = CouponPeriod(first, last, terms.frequency, terms.roll_day)
        periods.append(Period(start, end, moved(start), moved(end), is_stub, coupon))
    return tuple(reversed(periods) if terms.counts_back else periods)


def _grid(terms: CouponTerms) -> list[date]:
    """Regular dates from the anchor on; the last is the first to reach the life's far end."""
    grid = [terms.anchor]
    while not terms.reaches_far_end(grid[-1]):
        if len(grid) > MAX_PERIODS:
            raise ValueError(f"more than {MAX_PERIODS} coupon periods")
        grid.append(terms.date_at(len(grid)))
    return grid


def _bounds(terms: CouponTerms, grid: list[date]) -> list[date]:
    """The same dates, but the life's end in place of one beyond; a long stub swallows a date."""
    is_long = terms.stub in (Stub.LONG_FRONT, Stub.LONG_BACK)
    swallows = is_long and grid[-1] != terms.far_end and len(grid) > 2
    return [*grid[: -2 if swallows else -1], terms.far_end]


class Repayment(NamedTuple):
    day: date
    amount: Decimal
    outstanding: Decimal  # what is left of the nominal after it


def repayments(
    nominal: Decimal, days: Sequence[date], minor_unit: int, shares: Sequence[Decimal] | None = None
) -> tuple[Repayment, ...]:
    """The steps that repay one bond, by shares of its nominal or equally; they sum to the nominal.

    Raises ValueError unless days ascend, shares are positive and sum to 1, and the nominal is
    positive and whole in its minor unit.
    """
    weights = [Decimal(1)] * len(days) if shares is None else list(shares)
    if not days or any(later <= day for day, later in pairwise(days)):
        raise ValueError("repayments need days, each later than the one before")
    if len(weights) != len(days) or min(weights) <= 0:
        raise ValueError("every repayment needs a positive share")
    if shares is not None and sum(weights) != 1:
        raise ValueError("the shares of the nominal must sum to 1")
    if nominal <= 0 or nominal != half_up_minor(nominal, minor_unit):
        raise ValueError("the nominal must be positive and whole in its minor unit")
    steps, outstanding = [], nominal
    for day, amount in zip(days, allocate(nominal, weights, minor_unit), strict=True):
        outstanding -= amount
        steps.append(Repayment(day, amount, outstanding))
    return tuple(steps)
