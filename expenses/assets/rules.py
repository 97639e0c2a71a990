"""How the cost of an asset is spent over its life. Pure.

Everything is counted as what is spent by the end of a month: a month takes that less what was taken before it, so that
each is rounded half up once and the last takes the rest, to the kopeck. The first month is the one after that in which
the asset came into use, the last is the one in which it goes (FSBU 6/2020 p. 33; Tax Code of Russia, art. 259 p. 4).

Reducing balance and sum of digits set an amount for a year of use and spread it evenly over its months (order 91n of
the Ministry of Finance of Russia, p. 54).
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import NamedTuple

from backoffice.kernel.rounding import half_up_minor
from expenses.assets.state import Method
from expenses.costs.expecting import months_after

ZERO = Decimal(0)
YEAR = 12


class Life(NamedTuple):
    """What is spent, and how: `factor` speeds up a reducing balance, `units` is all that it will produce."""

    cost: Decimal
    salvage: Decimal
    in_use_on: date
    months: int
    method: Method
    minor_unit: int
    factor: Decimal = Decimal(1)
    units: Decimal = ZERO

    @property
    def base(self) -> Decimal:
        """What is spent in all."""
        return self.cost - self.salvage

    @property
    def first_month(self) -> date:
        return months_after(self.in_use_on, 1)


def months_passed(life: Life, month: date) -> int:
    """How many months of its life have ended with a month; never more than it has."""
    first = life.first_month
    passed = (month.year - first.year) * YEAR + month.month - first.month + 1
    return max(0, min(passed, life.months))


def spent_by(life: Life, month: date, *, produced: Decimal = ZERO) -> Decimal:
    """What is spent by the end of a month; by units, of what was produced until then."""
    if life.method == Method.UNITS:
        share = min(produced / life.units, Decimal(1))
        return half_up_minor(life.base * share, life.minor_unit)
    return spent_after(life, months_passed(life, month))


def spent_after(life: Life, passed: int) -> Decimal:
    """What is spent after so many months, by the methods that go by time."""
    if passed >= life.months:
        return life.base
    if life.method == Method.STRAIGHT:
        return half_up_minor(life.base * passed / life.months, life.minor_unit)
    years, within = divmod(passed, YEAR)
    spent = ZERO
    for year in range(years):
        spent += _of_year(life, year, spent, months=YEAR)
    part = _of_year(life, years, spent, months=within)
    return half_up_minor(spent + part, life.minor_unit)


def _of_year(life: Life, year: int, spent: Decimal, *, months: int) -> Decimal:
    """What the first months of a year of use take; never more than what is left of the base."""
    if life.method == Method.DIGITS:
        years = life.months // YEAR
        digits = Decimal(years * (years + 1)) / 2
        return life.base * (years - year) / digits * months / YEAR
    whole = (life.cost - spent) * life.factor * YEAR / life.months
    return min(half_up_minor(whole, life.minor_unit), life.base - spent) * months / YEAR
