"""Actual against budget, and the forecast to the end of the year, worked by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from expenses.budgets.rules import compared, forecast_of, months_of

D = Decimal
MARCH = date(2026, 3, 1)
YEAR = months_of(2026)


class TestForecast:
    def test_what_is_booked_then_contracts_and_the_usual_rest(self) -> None:
        """Rent of 100 a month by contract, of which an index makes 110 from July; and now and then something else.

        Until March 100 + 20, 100, 100 + 40.01: the rest is 60.01 in three months, 20.00 a month.
        """
        actual = dict(zip(YEAR[:3], [D(120), D(100), D("140.01")], strict=True))
        contracted = dict.fromkeys(YEAR[:3], D(100))
        expected = {month: D(100) if month.month < 7 else D(110) for month in YEAR}

        found = forecast_of(actual, contracted, expected, MARCH, minor_unit=2)

        assert [found[month] for month in YEAR] == [
            D(120), D(100), D("140.01"), *[D("120.00")] * 3, *[D("130.00")] * 6,
        ]  # fmt: skip
        # 360.01 + 3 x 120 + 6 x 130
        assert sum(found.values()) == D("1500.01")

    def test_in_december_everything_is_booked(self) -> None:
        actual = dict.fromkeys(YEAR, D(7))
        found = forecast_of(actual, {}, dict.fromkeys(YEAR, D(1_000)), YEAR[-1], minor_unit=2)
        assert sum(found.values()) == 84

    def test_what_is_given_back_lowers_the_rate(self) -> None:
        found = forecast_of({YEAR[0]: D("-0.03")}, {}, {}, date(2026, 2, 1), minor_unit=2)
        assert found[MARCH] == D("-0.02")  # half away from zero


class TestCompared:
    def test_above_the_budget_is_above_zero(self) -> None:
        budget = dict.fromkeys(YEAR, D(100))
        forecast = {month: D(120) if month <= MARCH else D(95) for month in YEAR}

        found = compared(budget, forecast, MARCH)

        assert (found.budget, found.actual, found.over) == (D(300), D(360), D(60))
        # 360 + 9 x 95 = 1,215
        assert (found.budget_of_year, found.forecast, found.over_of_year) == (
            D(1_200),
            D(1_215),
            D(15),
        )

    def test_what_was_not_planned_is_over_whole(self) -> None:
        found = compared({}, {MARCH: D(5)}, MARCH)
        assert (found.budget, found.over, found.over_of_year) == (D(0), D(5), D(5))
