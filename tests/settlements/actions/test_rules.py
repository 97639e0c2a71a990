"""What owners are entitled to, worked by hand."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settlements.actions.kinds import Withheld, Withholding, withheld_of
from settlements.actions.rules import Due, Terms, due_of
from settlements.actions.state import Fractions, WithheldBy

D = Decimal


class TestDueOf:
    def test_a_dividend_is_rounded_once_for_what_the_place_pays(self) -> None:
        """Three owners of one unit each at 0.335: the place pays 1.01 for three, not 1.02."""
        dues = due_of([D(1)] * 3, Terms(rate=D("0.335")))
        assert [due.gross for due in dues] == [D("0.34"), D("0.34"), D("0.33")]

    @given(
        st.lists(st.integers(1, 10**6).map(D), min_size=1, max_size=20),
        st.decimals("0.000001", "99", places=6), st.sampled_from([0, 2, 3]),
    )  # fmt: skip
    def test_owners_come_to_what_the_place_pays(
        self, quantities: list[Decimal], rate: Decimal, unit: int
    ) -> None:
        dues = due_of(quantities, Terms(rate=rate, minor_unit=unit))
        (whole,) = due_of([sum(quantities, D(0))], Terms(rate=rate, minor_unit=unit))
        assert sum(due.gross for due in dues) == whole.gross
        assert all(abs(due.gross - due.quantity * rate) < D(1).scaleb(-unit) for due in dues)

    def test_a_reverse_split_ten_to_one_of_105_gives_10_and_money_for_the_rest(self) -> None:
        terms = Terms(new=D(1), old=D(10), takes=True, fraction_rate=D("98.01"))
        assert due_of([D(105)], terms) == [
            Due(D(105), D(0), D(10), D(105), D("0.5"), D("49.01"), D(0))
        ]

    @pytest.mark.parametrize(
        ("fractions", "given", "fraction"),
        [
            (Fractions.CASH, 10, "0.5"),
            (Fractions.DOWN, 10, "0.5"),
            (Fractions.UP, 11, "0"),
            (Fractions.NEAREST, 11, "0"),
        ],
    )
    def test_fractions_are_paid_lost_or_rounded_up(
        self, fractions: Fractions, given: int, fraction: str
    ) -> None:
        (due,) = due_of([D(105)], Terms(new=D(1), old=D(10), fractions=fractions))
        assert (due.given, due.fraction, due.fraction_amount) == (D(given), D(fraction), D(0))

    def test_less_than_a_half_is_lost_where_the_nearest_unit_counts(self) -> None:
        terms = Terms(new=D(1), old=D(10), fractions=Fractions.NEAREST, fraction_rate=D(98))
        (due,) = due_of([D(104)], terms)
        assert (due.given, due.fraction, due.fraction_amount) == (D(10), D("0.4"), D(0))

    def test_new_units_are_paid_for_by_whole_ones(self) -> None:
        (due,) = due_of([D(100)], Terms(new=D(1), old=D(3), price=D("12.345"), takes=True))
        assert (due.given, due.price_paid, due.taken) == (D(33), D("407.39"), D(100))


class TestWithheldOf:
    RULE = Withholding(
        rows=[
            Withheld(country="US", rate="0.30", by=WithheldBy.SOURCE),
            Withheld(country="RU", residence="RU", owner="INDIVIDUAL", rate="0.13", by=WithheldBy.US, whole=True),
            Withheld(country="RU", rate="0.15", by=WithheldBy.SOURCE),
        ]
    )  # fmt: skip

    @pytest.mark.parametrize(
        ("country", "residence", "owner", "gross", "expected"),
        [
            ("US", "RU", "INDIVIDUAL", "33.35", "10.01"),
            ("RU", "RU", "INDIVIDUAL", "3.84", "0"),  # 49.92 kopecks are dropped
            ("RU", "RU", "INDIVIDUAL", "3.85", "1"),
            ("RU", "KZ", "INDIVIDUAL", "3.85", "0.58"),
            ("JP", "RU", "INDIVIDUAL", "3.85", "0"),
        ],
    )
    def test_the_first_row_that_fits_counts(
        self, country: str, residence: str, owner: str, gross: str, expected: str
    ) -> None:
        row = self.RULE.row_for(country, residence, owner)
        assert withheld_of(row, D(gross), 2) == D(expected)
