"""How many days a period counts and what share of a year it is. Pure, exact, never a float.

The start counts, the end does not. The conventions are those of the ISDA 2006 Definitions, section
4.16, and ACT/ACT ICMA is ICMA Rule 251 (rules, section 5). 30/360 is the bond basis: it has no rule
for month ends, so the 28th of February is the 28th.
"""

from __future__ import annotations

from calendar import isleap, monthrange
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Context, Decimal
from fractions import Fraction
from typing import NamedTuple

from backoffice.kernel.errors import Broken
from backoffice.kernel.rounding import half_up_minor

MONTHS = {1: 12, 2: 6, 4: 3, 12: 1}  # from coupon to coupon, by how many a year pays
LAST_DAY = 31  # a roll day of 31 is the last day of every month

# Money has 24 digits and a rate 28: their product is exact, so a half stays a half.
_EXACT = Context(prec=60)


def months_after(day: date, months: int, roll_day: int) -> date:
    """On the roll day of the month that stands so many months off, or on that month's last day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(roll_day, monthrange(year, month + 1)[1]))


@dataclass(frozen=True, slots=True)
class CouponPeriod:
    """The regular period from one coupon to the next that ACT/ACT ICMA counts in.

    For a stub it is the notional one that touches the stub's regular neighbour: 30 January to 30
    July for a bond that ends early on 30 June. Further notional periods follow on `roll_day`.
    """

    start: date
    end: date
    frequency: int
    roll_day: int | None = None  # the later day of the two ends unless told

    def around(self, start: date, end: date) -> Iterator[tuple[date, date]]:
        """This period, and notional ones before and after it until the dates are covered."""
        months = MONTHS[self.frequency]
        roll_day = self.roll_day or max(self.start.day, self.end.day)
        first, last = self.start, self.end
        yield first, last
        while start < first:
            first, later = months_after(first, -months, roll_day), first
            yield first, later
        while last < end:
            earlier, last = last, months_after(last, months, roll_day)
            yield earlier, last


def _actual(start: date, end: date) -> int:
    return (end - start).days


def _thirty_us(start: date, end: date) -> int:
    """The 31st is the 30th; at the end only if the period also starts on a 30th or 31st."""
    first = min(start.day, 30)
    return _thirty(start, end, first, 30 if end.day == 31 and first == 30 else end.day)


def _thirty_european(start: date, end: date) -> int:
    """The 31st is the 30th, at either end."""
    return _thirty(start, end, min(start.day, 30), min(end.day, 30))


def _thirty(start: date, end: date, first: int, last: int) -> int:
    return 360 * (end.year - start.year) + 30 * (end.month - start.month) + last - first


Days = Callable[[date, date], int]
Share = Callable[[date, date, CouponPeriod | None], Fraction]


def _over(base: int, days_between: Days) -> Share:
    def share(start: date, end: date, _: CouponPeriod | None) -> Fraction:
        return Fraction(days_between(start, end), base)

    return share


def _isda(start: date, end: date, _: CouponPeriod | None) -> Fraction:
    """Days in leap years over 366 and the others over 365: the difference of two points in time."""
    return _in_years(end) - _in_years(start)


def _in_years(day: date) -> Fraction:
    gone_by = day.timetuple().tm_yday - 1
    return day.year + Fraction(gone_by, 366 if isleap(day.year) else 365)


def _icma(start: date, end: date, coupon: CouponPeriod | None) -> Fraction:
    """In each coupon period: the days that fall into it over (its days x frequency)."""
    if coupon is None:
        raise Broken("ACT/ACT ICMA counts in coupon periods, and none is given")
    share = Fraction(0)
    for first, last in coupon.around(start, end):
        inside = max(_actual(max(start, first), min(end, last)), 0)
        share += Fraction(inside, _actual(first, last) * coupon.frequency)
    return share


class DayCount(NamedTuple):
    days: Days
    share: Share


DAY_COUNTS = {
    "ACT/360": DayCount(_actual, _over(360, _actual)),
    "ACT/365F": DayCount(_actual, _over(365, _actual)),
    "ACT/ACT ISDA": DayCount(_actual, _isda),
    "ACT/ACT ICMA": DayCount(_actual, _icma),
    "30/360 US": DayCount(_thirty_us, _over(360, _thirty_us)),
    "30E/360": DayCount(_thirty_european, _over(360, _thirty_european)),
}


def days(code: str, start: date, end: date) -> int:
    """The days from the start to before the end, as the convention counts them."""
    return _convention(code, start, end).days(start, end)


def fraction(code: str, start: date, end: date, coupon: CouponPeriod | None = None) -> Decimal:
    """The share of a year to 60 digits. Only ACT/ACT ICMA reads `coupon`, and needs it."""
    return _decimal(_convention(code, start, end).share(start, end, coupon))


def accrued_per_unit(
    *,
    nominal: Decimal,
    annual_rate: Decimal,
    day_count: str,
    start: date,
    until: date,
    minor_unit: int,
    coupon: CouponPeriod | None = None,
) -> Decimal:
    """What one bond has accrued, half up to the minor unit; a holding has this times its quantity.

    Rounding is per bond and comes first: so Russian НКД is quoted and paid (rules, A13). The
    nominal is the one still outstanding.
    """
    share = _convention(day_count, start, until).share(start, until, coupon)
    a_year = _EXACT.multiply(nominal, annual_rate)
    return half_up_minor(_decimal(Fraction(a_year) * share), minor_unit)


def _convention(code: str, start: date, end: date) -> DayCount:
    if code not in DAY_COUNTS:
        raise Broken(f"no day count is called {code}")
    if end < start:
        raise ValueError(f"a period that ends on {end} cannot start on {start}")
    return DAY_COUNTS[code]


def _decimal(share: Fraction) -> Decimal:
    return _EXACT.divide(share.numerator, share.denominator)
