"""Bonds from terms to flows: the vectors A10 to A13 through the product, and worked examples."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from backoffice.kernel.day_counts import CouponPeriod, fraction
from backoffice.kernel.schedules import CouponTerms, Stub, coupon_periods
from deals.products import PRODUCTS
from deals.terms import amounts_of
from refdata.bond_rows import BondRow, Coupon
from tests.deals.agreeing import USD, agreed, bond, check_of, due_of, flows

PRODUCT = PRODUCTS["bond"]
ROUBLES = bond(("2026-09-21", "2027-03-22", "1000"))


def icma(
    start: str, end: str, rate: str, *, nominal: str = "100", period: CouponPeriod | None = None
) -> BondRow:
    """A bond that counts in halves of a year and rounds once, as international bonds do."""
    dates = date.fromisoformat(start), date.fromisoformat(end)
    coupon = Coupon(*dates, Decimal(nominal), period or CouponPeriod(*dates, 2))
    return BondRow(Decimal(nominal), "RUB", Decimal(rate), "ACT/ACT ICMA", False, (coupon,))


class TestAccruedInterest:
    def test_a13_russian_nkd_is_rounded_for_one_bond_and_then_multiplied(self) -> None:
        """1,000 x 7.1 % x 63 / 365 = 12.2548, so 12.25 for one and 3,062.50 for 250."""
        check = check_of(
            "bond", instrument="RU000A0JVBS1", quantity="250", price="98.50", bond=ROUBLES
        )
        due = due_of(check, agreed(check, on="2026-11-23"))
        assert (due.accrued, due.figures["accrued"]) == (Decimal("3062.50"), "3062.5")
        assert due.accrued != Decimal("3063.70")  # what rounding last would come to

    def test_a10_counts_in_the_coupon_period_and_rounds_once(self) -> None:
        """66 of 184 days of 3 % on 1,000,000 pieces of 100: 1.0760869565 for each hundred."""
        row = icma("2026-03-15", "2026-09-15", "0.06")
        check = check_of("bond", instrument="RU000A0JVBS1", quantity="1000000", bond=row)
        due = due_of(check, agreed(check, on="2026-05-20"))
        assert due.accrued == Decimal("1076086.96")

    def test_a11_a_gilt_is_not_counted_over_365(self) -> None:
        """3.5 x 88 / 181 = 1.701657; 0.843836 of a widely read tutorial is 3.5 x 88 / 365."""
        row = icma("2011-01-01", "2011-07-01", "0.07")
        check = check_of("bond", instrument="RU000A0JVBS1", quantity="1000000", bond=row)
        accrued = due_of(check, agreed(check, on="2011-03-30")).accrued
        assert accrued == Decimal("1701657.46")
        assert accrued != Decimal("843836.00")

    def test_a12_a_short_last_period_counts_in_the_regular_one(self) -> None:
        """30 January to 30 June 2000 is 152 days of a period of 182; the day before the end, 151."""
        terms = CouponTerms(
            start=date(1999, 7, 30), maturity=date(2000, 6, 30), frequency=2, stub=Stub.SHORT_BACK
        )
        last = coupon_periods(terms)[-1]
        share = fraction("ACT/ACT ICMA", last.start, last.end, last.coupon)
        assert round(share, 6) == Decimal("0.417582")
        row = icma("2000-01-30", "2000-06-30", "0.06", period=last.coupon)
        check = check_of("bond", instrument="RU000A0JVBS1", quantity="1000000", bond=row)
        accrued = due_of(check, agreed(check, on="2000-06-29")).accrued
        assert accrued == Decimal("2489010.99")  # 100 x 1,000,000 x 6 % x 151 / 364

    @pytest.mark.parametrize(
        ("day_count", "accrued"),
        [
            pytest.param("ACT/360", "12500.00", id="A1: 90 days over 360"),
            pytest.param("ACT/365F", "12328.77", id="A2: 90 days over 365"),
            pytest.param("30E/360", "12500.00", id="three months of thirty days"),
            pytest.param("ACT/ACT ISDA", "12328.77", id="all of it in a year of 365 days"),
        ],
    )
    def test_each_day_count(self, day_count: str, accrued: str) -> None:
        row = bond(
            ("2026-01-15", "2026-07-15", "1000000"), coupon_rate=Decimal("0.05"),
            day_count=day_count,
        )  # fmt: skip
        check = check_of("bond", instrument="RU000A0JVBS1", quantity="1", bond=row)
        assert due_of(check, agreed(check, on="2026-04-15")).accrued == Decimal(accrued)


class TestBondDue:
    def test_a_clean_purchase_pays_principal_and_accrued_interest(self) -> None:
        """250 x 1,000 x 98.50 % = 246,250.00, and 3,062.50 accrued: 249,312.50 in all."""
        check = check_of(
            "bond", instrument="RU000A0JVBS1", quantity="250", price="98.50", bond=ROUBLES
        )
        due = due_of(check, agreed(check, on="2026-11-23"))
        assert flows(due) == [
            ("PRINCIPAL", "RECEIVE", 10, "250", "2026-11-23"),
            ("PRINCIPAL", "PAY", 1, "246250.00", "2026-11-23"),
            ("ACCRUED", "PAY", 1, "3062.50", "2026-11-23"),
        ]
        bought = amounts_of("buy", due, (Decimal("123.13"),))
        assert (bought.gross, bought.net) == (Decimal("246250.00"), Decimal("249435.63"))
        sold = amounts_of("sell", due, (Decimal("123.13"),))
        assert sold.net == Decimal("249189.37")

    def test_of_a_dirty_price_principal_is_what_interest_leaves(self) -> None:
        """99.725 % of 250,000 is 249,312.50, of which 3,062.50 has accrued."""
        check = check_of(
            "bond", instrument="RU000A0JVBS1", quantity="250", price="99.725", price_kind="dirty",
            side="sell", bond=ROUBLES,
        )  # fmt: skip
        due = due_of(check, agreed(check, on="2026-11-23"))
        assert flows(due) == [
            ("PRINCIPAL", "DELIVER", 10, "250", "2026-11-23"),
            ("PRINCIPAL", "RECEIVE", 1, "246250.00", "2026-11-23"),
            ("ACCRUED", "RECEIVE", 1, "3062.50", "2026-11-23"),
        ]

    def test_price_and_interest_are_of_what_is_outstanding(self) -> None:
        """Half is repaid: 10 x 500 x 101 % = 5,050.00, and 500 x 7.1 % x 63 / 365 = 6.13 for one."""
        row = bond(("2026-03-23", "2026-09-21", "1000"), ("2026-09-21", "2027-03-22", "500"))
        check = check_of("bond", instrument="RU000A0JVBS1", quantity="10", price="101", bond=row)
        due = due_of(check, agreed(check, on="2026-11-23"))
        assert (due.gross, due.accrued) == (Decimal("5050.00"), Decimal("61.30"))
        assert due.figures["outstanding"] == "500"

    def test_what_is_rounded_once_is_not_cut_for_one_bond_before(self) -> None:
        """1,000 x 38.46 % x 1 / 360 is 1.068333...: of nine bonds 9.615 exactly, which rounds up."""
        coupon = Coupon(date(2026, 1, 15), date(2027, 1, 15), Decimal(1_000), None)
        bond = BondRow(Decimal(1_000), "EUR", Decimal("0.3846"), "30E/360", False, (coupon,))
        assert bond.accrued(Decimal(9), date(2026, 1, 16), 2) == Decimal("9.62")

    def test_on_the_day_of_a_coupon_nothing_has_accrued(self) -> None:
        row = bond(("2026-03-23", "2026-09-21", "1000"), ("2026-09-21", "2027-03-22", "1000"))
        check = check_of("bond", instrument="RU000A0JVBS1", quantity="10", bond=row)
        due = due_of(check, agreed(check, on="2026-09-21"))
        assert [flow.kind for flow in due.flows] == ["PRINCIPAL", "PRINCIPAL"]

    def test_what_cannot_be_worked_out_is_said(self) -> None:
        def problem(on: str = "2026-11-23", **members: object) -> str:
            bond = members.pop("bond", ROUBLES)
            currency = members.pop("paid_in", None)
            check = check_of("bond", instrument="RU000A0JVBS1", bond=bond, **members)  # type: ignore[arg-type]
            what = agreed(check, on=on, **({"currency": currency} if currency else {}))  # type: ignore[arg-type]
            assert PRODUCT.due_of(check, what) is None
            return check.problems[-1].code

        assert problem(bond=None) == "bond-terms-missing"
        assert problem(paid_in=USD) == "nominal-currency"
        assert problem(on="2027-03-22") == "outside-bonds-life"
        assert problem(on="2026-09-20") == "outside-bonds-life"
        assert problem(price="1.2", price_kind="dirty") == "below-accrued"
        assert problem(quantity="999999999999", price="101") == "amount-too-large"
