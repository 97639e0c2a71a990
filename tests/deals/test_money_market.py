"""Deposits and loans from terms to flows: interest by each day count, periods and odd ones, by hand."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from deals.products import PRODUCTS
from tests.deals.agreeing import ROUBLES, agreed, check_of, due_of, flows

TEN_MILLION: dict[str, Any] = {
    "side": "place",
    "quantity": "10000000.00",
    "rate": "0.155",
    "day_count": "ACT/365F",
}


def worked(product: str = "deposit", on: str = "2026-11-23", **members: Any) -> Any:
    check = check_of(product, **TEN_MILLION | members)
    return due_of(check, agreed(check, on=on, traded=ROUBLES))


def test_a_placed_deposit_goes_out_and_comes_back_with_interest() -> None:
    """10,000,000 x 15.5 % x 91 / 365 = 386,438.36 (91 days to 22 February)."""
    due = worked(far_date="2027-02-22")
    assert flows(due) == [
        ("PRINCIPAL", "PAY", 1, "10000000.00", "2026-11-23"),
        ("PRINCIPAL", "RECEIVE", 1, "10000000.00", "2027-02-22"),
        ("INTEREST", "RECEIVE", 1, "386438.36", "2027-02-22"),
    ]
    assert due.figures == {"far_date": "2027-02-22", "interest_amount": "386438.36"}


def test_a_taken_one_comes_in_and_goes_back() -> None:
    ways = [(kind, way) for kind, way, *_ in flows(worked(side="take", far_date="2027-02-22"))]
    assert ways == [("PRINCIPAL", "RECEIVE"), ("PRINCIPAL", "PAY"), ("INTEREST", "PAY")]


@pytest.mark.parametrize(
    ("day_count", "start", "end", "rate", "interest"),
    [
        pytest.param("ACT/360", "2026-01-15", "2026-04-15", "0.05", "12500.00", id="A1"),
        pytest.param("ACT/365F", "2026-01-15", "2026-04-15", "0.05", "12328.77", id="A2"),
        pytest.param(
            "30E/360", "2026-01-15", "2026-04-15", "0.05", "12500.00", id="three months of 30"
        ),
        pytest.param("30/360 US", "2024-01-15", "2024-03-29", "0.05", "10277.78", id="74 of 360"),
        pytest.param(
            "ACT/ACT ISDA", "2003-11-03", "2004-05-03", "0.05", "24878.38", id="over a leap year"
        ),
    ],
)
def test_each_day_count_on_a_million(
    day_count: str, start: str, end: str, rate: str, interest: str
) -> None:
    """ISDA: 59 days of 2003 and 123 of 2004: 59/365 + 123/366 = 0.4977056... of 50,000."""
    due = worked(on=start, quantity="1000000", far_date=end, rate=rate, day_count=day_count)
    if day_count == "ACT/ACT ISDA":
        share = Decimal(59) / 365 + Decimal(123) / 366
        interest = str(round(Decimal(50_000) * share, 2))
    assert due.figures["interest_amount"] == f"{Decimal(interest).normalize():f}"


@pytest.mark.parametrize(
    ("side", "ways"),
    [("place", ["PAY", "RECEIVE", "PAY"]), ("take", ["RECEIVE", "PAY", "RECEIVE"])],
)
def test_below_zero_whoever_places_the_money_pays_for_it(side: str, ways: list[str]) -> None:
    """10,000,000 x -0.5 % x 91 / 360 = -12,638.89 (91 days to 22 February)."""
    due = worked(side=side, rate="-0.005", day_count="ACT/360", far_date="2027-02-22")
    assert [way for _, way, *_ in flows(due)] == ways
    assert flows(due)[2][3:] == ("12638.89", "2027-02-22")
    assert due.figures["interest_amount"] == "-12638.89"
    nothing = worked(side=side, rate="-0", day_count="ACT/360", far_date="2027-02-22")
    assert [kind for kind, *_ in flows(nothing)] == ["PRINCIPAL", "PRINCIPAL"]


def test_interest_is_paid_every_quarter_and_the_odd_period_lies_at_the_end() -> None:
    """92, 90 (to Monday the 24th, since the 23rd is a Sunday) and 30 days of 15.5 % on 10,000,000."""
    due = worked(far_date="2027-06-23", interest="quarterly")
    assert [(kind, much, on) for kind, _, _, much, on in flows(due)[1:]] == [
        ("INTEREST", "390684.93", "2027-02-23"),
        ("INTEREST", "382191.78", "2027-05-24"),
        ("PRINCIPAL", "10000000.00", "2027-06-23"),
        ("INTEREST", "127397.26", "2027-06-23"),
    ]
    first = worked(far_date="2027-06-23", interest="quarterly", stub="SHORT_FRONT")
    assert [(much, on) for kind, _, _, much, on in flows(first) if kind == "INTEREST"] == [
        ("127397.26", "2026-12-23"), ("382191.78", "2027-03-23"), ("390684.93", "2027-06-23"),
    ]  # fmt: skip


def test_a_loan_is_repaid_in_equal_parts() -> None:
    """Three quarters: 3,333,333.34 first, since parts sum to the whole; interest on what is left."""
    due = worked("loan", far_date="2027-08-23", interest="quarterly", repaid="equally")
    principal = [Decimal(much) for kind, _, _, much, _ in flows(due) if kind == "PRINCIPAL"]
    assert sum(principal[1:]) == principal[0] == Decimal("10000000.00")
    assert sorted(principal[1:])[0] == Decimal("3333333.33")
    interest = [Decimal(much) for kind, _, _, much, _ in flows(due) if kind == "INTEREST"]
    assert interest[0] > interest[1] > interest[2]


@pytest.mark.parametrize(
    ("product", "members", "code"),
    [
        ("deposit", {}, "date-or-tenor"),
        ("deposit", {"far_date": "2026-11-23"}, "far-before-near"),
        ("deposit", {"far_date": "2027-02-21"}, "settlement-day-closed"),
        ("loan", {"tenor": "1Y", "repaid": "equally"}, "no-schedule"),
        ("deposit", {"far_date": "2027-02-22", "rate": "-5"}, "rate-takes-it-all"),
    ],
)
def test_what_cannot_be_is_said(product: str, members: dict[str, Any], code: str) -> None:
    check = check_of(product, **TEN_MILLION | members)
    PRODUCTS[product].due_of(check, agreed(check, on="2026-11-23", traded=ROUBLES))
    assert code in [problem.code for problem in check.problems]
