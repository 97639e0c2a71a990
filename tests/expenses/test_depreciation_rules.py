"""Depreciation worked by hand: the examples of order 91n of the Ministry of Finance of Russia, p. 54, and IAS 16."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import pairwise

import pytest

from expenses.assets.rules import Life, months_passed, spent_after, spent_by
from expenses.assets.state import Method
from expenses.costs.expecting import months_after

D = Decimal
JANUARY = date(2026, 1, 15)


def life(cost: str, months: int, method: Method, **more: D | date | int) -> Life:
    told = {"salvage": D(0), "in_use_on": JANUARY, "minor_unit": 2}
    return Life(cost=D(cost), months=months, method=method, **(told | more))  # type: ignore[arg-type]


def years(of: Life) -> list[D]:
    """What each year of use takes."""
    ends = [spent_after(of, passed) for passed in range(0, of.months + 1, 12)]
    return [after - before for before, after in pairwise(ends)]


def monthly(of: Life) -> list[D]:
    ends = [spent_after(of, passed) for passed in range(of.months + 1)]
    return [after - before for before, after in pairwise(ends)]


class TestTextbook:
    def test_straight_line(self) -> None:
        """Cost 120,000, five years: 20 % a year, 24,000."""
        assert years(life("120000", 60, Method.STRAIGHT)) == [D(24_000)] * 5

    def test_reducing_balance(self) -> None:
        """Cost 100,000, five years, factor 2: 40 % of what is left each year; the last month takes the rest."""
        found = years(life("100000", 60, Method.REDUCING, factor=D(2)))
        assert found[:4] == [D(40_000), D(24_000), D(14_400), D(8_640)]
        assert sum(found) == 100_000

    def test_sum_of_digits(self) -> None:
        """Cost 150,000, five years: 5/15, 4/15, 3/15, 2/15, 1/15."""
        found = years(life("150000", 60, Method.DIGITS))
        assert found == [D(50_000), D(40_000), D(30_000), D(20_000), D(10_000)]

    def test_units_of_production(self) -> None:
        """A car for 80,000 that is to run 400,000 km; it ran 5,000: 1,000."""
        car = life("80000", 120, Method.UNITS, units=D(400_000))
        assert spent_by(car, date(2026, 2, 1), produced=D(5_000)) == 1_000
        assert spent_by(car, date(2026, 2, 1), produced=D(500_000)) == 80_000

    def test_residual_value_is_not_spent(self) -> None:
        """IAS 16.53: 10,500 with 500 left at the end, four years: 2,500 a year."""
        assert years(life("10500", 48, Method.STRAIGHT, salvage=D(500))) == [D(2_500)] * 4
        reducing = life("10500", 48, Method.REDUCING, salvage=D(500), factor=D(2))
        # Half of 10,500, of 5,250, of 2,625; of 1,312.50 only what is above 500.
        assert years(reducing) == [D(5_250), D(2_625), D("1312.50"), D("812.50")]


class TestMonths:
    @pytest.mark.parametrize("method", [Method.STRAIGHT, Method.REDUCING, Method.DIGITS])
    def test_they_come_to_the_base_to_the_kopeck(self, method: Method) -> None:
        of = life("100000.01", 36, method, salvage=D("999.98"), factor=D("1.5"))
        found = monthly(of)
        assert sum(found) == D("99000.03")
        assert all(each >= 0 and each == round(each, 2) for each in found)

    def test_the_last_takes_the_rest(self) -> None:
        # 100 by 36: 2.777…; the sums are 2.78, 5.56, 8.33, …, 97.22, 100.00.
        found = monthly(life("100", 36, Method.STRAIGHT))
        assert found[:3] == [D("2.78"), D("2.78"), D("2.77")]
        assert found[-1] == D("2.78")

    def test_a_currency_without_minor_units(self) -> None:
        assert monthly(life("100", 3, Method.STRAIGHT, minor_unit=0)) == [D(33), D(34), D(33)]

    def test_from_the_month_after_it_came_into_use_until_its_life_is_over(self) -> None:
        of = life("1200", 12, Method.STRAIGHT)
        months = [months_after(JANUARY, number) for number in range(15)]
        assert [months_passed(of, month) for month in months] == [*range(13), 12, 12]
        assert spent_by(of, date(2026, 1, 1)) == 0
        assert spent_by(of, date(2026, 2, 1)) == 100
        assert spent_by(of, date(2027, 3, 1)) == 1_200
