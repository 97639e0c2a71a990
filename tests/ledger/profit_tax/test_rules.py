"""The rules of profit tax at their borders: prices beside the market's, losses carried on, rates, coupons apart."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.lots.dated import MethodNotAllowed, require_method
from ledger.lots.methods import Method, Purpose
from ledger.profit_tax.bases import COUPON_APART, CouponApart, is_apart
from ledger.profit_tax.losses import LossCarry, carry, use
from ledger.profit_tax.market_price import MarketPrice, Verdict, borders, judged
from ledger.profit_tax.rates import PROFIT_RATE, tax_on
from refdata.dated_rules.selectors import rule_in_force

D, F = Decimal, Fraction
HALF, WHOLE = LossCarry("0.5"), LossCarry("1", years=10)
LAW = MarketPrice(within="0.20", months=3)


class TestMarketPrice:
    @pytest.mark.parametrize(
        ("sale", "price", "expected"),
        [
            (True, "99", (Verdict.WITHIN, "99")), (True, "98.99", (Verdict.BELOW, "99")),
            (True, "103.01", (Verdict.WITHIN, "103.01")), (False, "103", (Verdict.WITHIN, "103")),
            (False, "103.01", (Verdict.ABOVE, "103")), (False, "98.99", (Verdict.WITHIN, "98.99")),
        ],
    )  # fmt: skip
    def test_on_a_border_a_price_is_within(
        self, sale: bool, price: str, expected: tuple[Verdict, str]
    ) -> None:
        verdict, counts = judged(F(price), F(99), F(103), sale=sale)
        assert (verdict, counts) == (expected[0], F(expected[1]))

    def test_the_share_is_around_a_calculated_price_and_around_no_range(self) -> None:
        assert borders(LAW, F(100), F(100), traded=False) == (F(80), F(120))
        assert borders(LAW, F(99), F(103), traded=True) == (F(99), F(103))

    @given(price=st.fractions(min_value=0, max_value=1000), sale=st.booleans())
    def test_what_counts_is_never_to_the_firms_advantage(self, price: Fraction, sale: bool) -> None:
        _verdict, counts = judged(price, F(99), F(103), sale=sale)
        assert counts >= price if sale else counts <= price


class TestLosses:
    def test_half_of_a_base_is_lowered_and_the_oldest_loss_goes_first(self) -> None:
        found = use(HALF, 2025, D("100.01"), {2024: D(30), 2023: D(40)})
        assert (found.used, found.expired) == (D("50.00"), D(0))
        assert found.left == {2024: D("20.00")}

    def test_a_loss_lives_as_long_as_the_rule_says(self) -> None:
        losses = {2005: D(10), 2006: D(20)}
        found = use(WHOLE, 2016, D(100), losses)
        assert (found.used, found.expired) == (D(20), D(10))
        assert found.left == {}
        assert use(HALF, 2016, D(100), losses).used == 30

    def test_years_follow_one_another(self) -> None:
        results = [(2024, D(-1000)), (2025, D(600)), (2026, D(-50)), (2027, D(5000))]
        found = carry(results, dict.fromkeys(range(2024, 2028), HALF))
        told = [
            f"{y.opening:.0f} {y.used:.0f} {y.new:.0f} {y.closing:.0f} {y.taxable:.0f}"
            for y in found
        ]
        assert told == [
            "0 0 1000 1000 0",
            "1000 300 0 700 300",
            "700 0 50 750 0",
            "750 750 0 0 4250",
        ]

    def test_without_a_rule_losses_stay_and_lower_nothing(self) -> None:
        (_, year) = carry([(2026, D(-10)), (2027, D(100))], {2026: HALF, 2027: None})
        assert (year.used, year.closing, year.taxable) == (D(0), D(10), D(100))
        assert not year.ruled

    @given(st.lists(st.integers(-10_000, 10_000), min_size=1, max_size=12))
    def test_no_loss_is_used_twice_or_lost(self, results: list[int]) -> None:
        years = range(2017, 2017 + len(results))
        found = carry(zip(years, map(D, results), strict=True), dict.fromkeys(years, HALF))
        for year in found:
            assert year.opening - year.expired - year.used + year.new == year.closing
            assert year.closing >= 0
        assert sum(year.used for year in found) <= sum(year.new for year in found)


@pytest.mark.django_db
class TestLaw:
    def test_the_rate_is_that_of_the_year_and_the_tax_in_whole_rubles(self) -> None:
        old, new = (
            rule_in_force(PROFIT_RATE, day, "GENERAL")
            for day in (date(2024, 12, 31), date(2025, 1, 1))
        )
        assert (tax_on(old, D("1002.49")), tax_on(new, D(1002))) == (D(200), D(251))
        assert (tax_on(new, D("1001.99")), tax_on(new, D(-5))) == (D(250), D(0))

    def test_methods_that_the_law_does_not_name_are_refused(self) -> None:
        for method in Method:
            if method in (Method.FIFO, Method.SPECIFIC):
                require_method(method, Purpose.RU_PROFIT_TAX, on=date(2026, 1, 1))
            else:
                with pytest.raises(MethodNotAllowed):
                    require_method(method, Purpose.RU_PROFIT_TAX, on=date(2026, 1, 1))

    def test_coupons_of_the_state_are_told_by_the_whole_number_of_the_issue(self) -> None:
        rule = rule_in_force(COUPON_APART, date(2026, 1, 1))
        assert is_apart(rule, "26238RMFS")
        assert not is_apart(rule, "26238RMFS-1")

    def test_a_pattern_that_is_none_makes_no_rule(self) -> None:
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert({"registration_numbers": ["("]}, CouponApart)
