"""Entitlement by the trade date, and what a security becomes (domain-decisions 29)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from backoffice.kernel.business_days import BusinessDays
from settlements.transforming.rules import claim_of, ex_date_of, money_of, outturn_of
from settlements.transforming.state import ClaimKind

WEEK = BusinessDays("WEEK", {})
EX = date(2026, 11, 24)
TEN, NOTHING = Decimal(10), Decimal(0)


class TestExDateOf:
    def test_under_t_plus_1_it_is_the_record_date(self) -> None:
        assert ex_date_of(date(2026, 11, 24), cycle_days=1, calendar=WEEK) == date(2026, 11, 24)

    def test_under_t_plus_2_it_is_the_business_day_before(self) -> None:
        assert ex_date_of(date(2026, 11, 24), cycle_days=2, calendar=WEEK) == date(2026, 11, 23)
        assert ex_date_of(date(2026, 11, 23), cycle_days=2, calendar=WEEK) == date(2026, 11, 20)


class TestClaimOf:
    def test_bought_with_the_right_and_pending_the_seller_owes_it(self) -> None:
        found = claim_of(trade_date=date(2026, 11, 23), ex_date=EX, pending=TEN, settled=NOTHING)
        assert found == (ClaimKind.MARKET, TEN)

    def test_bought_with_the_right_and_settled_nobody_owes_anything(self) -> None:
        assert (
            claim_of(trade_date=date(2026, 11, 23), ex_date=EX, pending=NOTHING, settled=TEN)
            is None
        )

    def test_of_a_part_only_what_was_pending_counts(self) -> None:
        found = claim_of(
            trade_date=date(2026, 11, 23), ex_date=EX, pending=Decimal(4), settled=Decimal(6)
        )
        assert found == (ClaimKind.MARKET, Decimal(4))

    def test_bought_without_the_right_and_pending_nobody_owes_anything(self) -> None:
        assert claim_of(trade_date=EX, ex_date=EX, pending=TEN, settled=NOTHING) is None

    def test_bought_without_the_right_and_settled_too_soon_the_buyer_owes_it(self) -> None:
        found = claim_of(trade_date=EX, ex_date=EX, pending=NOTHING, settled=TEN)
        assert found == (ClaimKind.REVERSE, TEN)


class TestOutturnOf:
    def test_a_split_gives_whole_units(self) -> None:
        assert outturn_of(TEN, new=Decimal(3), old=Decimal(1)) == (Decimal(30), NOTHING)

    def test_what_is_no_unit_is_a_fraction(self) -> None:
        assert outturn_of(TEN, new=Decimal(1), old=Decimal(4)) == (Decimal(2), Decimal("0.5"))

    @given(
        st.integers(1, 10**9),
        st.integers(1, 1000),
        st.integers(1, 1000).map(lambda n: 2 ** (n % 9)),
    )
    def test_nothing_is_lost(self, quantity: int, new: int, old: int) -> None:
        found = outturn_of(Decimal(quantity), new=Decimal(new), old=Decimal(old))
        assert (found.whole + found.fraction) * old == quantity * new
        assert 0 <= found.fraction < 1
        assert found.whole == int(found.whole)


def test_money_is_half_up_to_the_minor_unit() -> None:
    assert money_of(Decimal(3), Decimal("0.335"), 2) == Decimal("1.01")
    assert money_of(Decimal(1), Decimal("0.005"), 2) == Decimal("0.01")
