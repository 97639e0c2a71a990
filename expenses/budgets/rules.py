"""Actual against budget, and the forecast to the end of the year. Pure.

The forecast is `contracts and run-rate`: what is booked of the months that are over; for each month to come what
contracts expect, and of what no contract expected as much as a month of those that are over took on average, half up.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from backoffice.kernel.rounding import half_up_minor

ZERO = Decimal(0)
MONTHS = 12
ByMonth = Mapping[date, Decimal]


class Compared(NamedTuple):
    """Until a month, and of the whole year; what is above the budget is above zero."""

    budget: Decimal
    actual: Decimal
    budget_of_year: Decimal
    forecast: Decimal

    @property
    def over(self) -> Decimal:
        return self.actual - self.budget

    @property
    def over_of_year(self) -> Decimal:
        return self.forecast - self.budget_of_year


def months_of(year: int) -> list[date]:
    return [date(year, number, 1) for number in range(1, MONTHS + 1)]


def forecast_of(
    actual: ByMonth, contracted: ByMonth, expected: ByMonth, until: date, *, minor_unit: int
) -> dict[date, Decimal]:
    """Every month of a year: booked until `until`, foreseen after it.

    `contracted` is what of the actual was booked under contracts; `expected` what contracts oblige us to.
    """
    months = months_of(until.year)
    over = [month for month in months if month <= until]
    rest = sum((actual.get(m, ZERO) - contracted.get(m, ZERO) for m in over), ZERO)
    rate = half_up_minor(rest / len(over), minor_unit)
    return {
        month: actual.get(month, ZERO) if month <= until else expected.get(month, ZERO) + rate
        for month in months
    }


def compared(budget: ByMonth, forecast: ByMonth, until: date) -> Compared:
    """One centre and kind, until a month and as the year will be."""
    months = months_of(until.year)
    over = [month for month in months if month <= until]
    return Compared(
        sum((budget.get(m, ZERO) for m in over), ZERO),
        sum((forecast.get(m, ZERO) for m in over), ZERO),
        sum((budget.get(m, ZERO) for m in months), ZERO),
        sum((forecast.get(m, ZERO) for m in months), ZERO),
    )
