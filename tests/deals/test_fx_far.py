"""FX forwards and swaps from terms to flows: their dates and four payments, worked by hand."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from deals.products import PRODUCTS
from tests.deals.agreeing import EUR_USD, USD, agreed, check_of, due_of, flows

DEALT = datetime.fromisoformat("2026-11-20T10:15:00+03:00")  # a Friday, spot is Tuesday the 24th
PAIR: dict[str, Any] = {
    "pair": "EUR/USD",
    "currency": "USD",
    "quantity": "100000.00",
    "price": "1.1605",
}


def dates(product: str, **members: Any) -> tuple[str, str | None, list[str]]:
    check = check_of(product, **PAIR | members)
    trade_date, due = PRODUCTS[product].dates_of(check, EUR_USD, DEALT)
    return (
        trade_date.isoformat(),
        due.isoformat() if due else None,
        [p.code for p in check.problems],
    )


class TestForward:
    @pytest.mark.parametrize(
        ("members", "due", "problems"),
        [
            pytest.param({"tenor": "3M"}, "2027-02-24", [], id="by tenor, from spot"),
            pytest.param({"settlement": {"date": "2027-02-19"}}, "2027-02-19", [], id="by date"),
            pytest.param({}, None, ["date-or-tenor"], id="neither"),
            pytest.param(
                {"tenor": "3M", "settlement": {"date": "2027-02-24"}}, "2027-02-24", [],
                id="both, the same",
            ),
            pytest.param(
                {"tenor": "1W", "settlement": {"date": "2027-02-19"}}, None, ["date-or-tenor"],
                id="both",
            ),
            pytest.param(
                {"settlement": {"date": "2026-11-24"}}, "2026-11-24", ["within-spot"], id="spot",
            ),
            pytest.param(
                {"settlement": {"date": "2027-02-20"}}, "2027-02-20", ["settlement-day-closed"],
                id="a Saturday",
            ),
            pytest.param(
                {"settlement": {"date": "2026-02-30"}}, None, ["not-a-date"], id="no day at all"
            ),
        ],
    )  # fmt: skip
    def test_the_value_date(
        self, members: dict[str, Any], due: str | None, problems: list[str]
    ) -> None:
        assert dates("fx_forward", **members) == ("2026-11-20", due, problems)

    def test_two_payments_on_the_value_date(self) -> None:
        check = check_of("fx_forward", tenor="3M", **PAIR)
        what = agreed(check, on="2027-02-24", traded=EUR_USD, currency=USD)
        assert flows(due_of(check, what)) == [
            ("PRINCIPAL", "RECEIVE", 3, "100000.00", "2027-02-24"),
            ("PRINCIPAL", "PAY", 2, "116050.00", "2027-02-24"),
        ]


class TestSwap:
    def test_near_is_spot_unless_another_day_is_agreed(self) -> None:
        far = {"far_price": "1.1620", "tenor": "1M"}
        assert dates("fx_swap", **far) == ("2026-11-20", "2026-11-24", [])
        tomorrow = {"settlement": {"date": "2026-11-23"}}
        assert dates("fx_swap", **far | tomorrow) == ("2026-11-20", "2026-11-23", [])
        closed = {"settlement": {"date": "2026-11-22"}}
        assert dates("fx_swap", **far | closed)[2] == ["settlement-day-closed"]

    def test_four_payments(self) -> None:
        """Bought at 1.1605 and sold back at 1.1620 a month later: 116,050.00 out, 116,200.00 in."""
        check = check_of("fx_swap", far_price="1.1620", tenor="1M", **PAIR)
        due = due_of(check, agreed(check, on="2026-11-24", traded=EUR_USD, currency=USD))
        assert flows(due) == [
            ("PRINCIPAL", "RECEIVE", 3, "100000.00", "2026-11-24"),
            ("PRINCIPAL", "PAY", 2, "116050.00", "2026-11-24"),
            ("PRINCIPAL", "PAY", 3, "100000.00", "2026-12-24"),
            ("PRINCIPAL", "RECEIVE", 2, "116200.00", "2026-12-24"),
        ]
        assert due.gross == Decimal("116050.00")
        assert due.figures == {"far_date": "2026-12-24", "far_amount": "116200"}

    def test_an_uneven_swap_sold_first(self) -> None:
        check = check_of(
            "fx_swap", side="sell", far_price="1.1620", far_date="2026-12-23",
            far_quantity="100500.00", **PAIR,
        )  # fmt: skip
        due = due_of(check, agreed(check, on="2026-11-24", traded=EUR_USD, currency=USD))
        assert flows(due)[2:] == [
            ("PRINCIPAL", "RECEIVE", 3, "100500.00", "2026-12-23"),
            ("PRINCIPAL", "PAY", 2, "116781.00", "2026-12-23"),
        ]

    @pytest.mark.parametrize(
        ("members", "code"),
        [
            ({"far_date": "2026-11-24"}, "far-before-near"),
            ({"far_date": "2026-12-26"}, "settlement-day-closed"),
            ({}, "date-or-tenor"),
            ({"tenor": "1M", "far_price": "0"}, "not-positive"),
            ({"tenor": "1M", "far_quantity": "0"}, "not-positive"),
            ({"tenor": "1M", "far_quantity": "100000.001"}, "too-many-decimals"),
        ],
    )
    def test_what_cannot_be_is_said(self, members: dict[str, Any], code: str) -> None:
        check = check_of("fx_swap", **PAIR | {"far_price": "1.1620"} | members)
        what = agreed(check, on="2026-11-24", traded=EUR_USD, currency=USD)
        PRODUCTS["fx_swap"].due_of(check, what)
        assert code in [problem.code for problem in check.problems]
