"""Repos from terms to flows: value, haircut, interest and both dates, worked by hand."""

from __future__ import annotations

from typing import Any

import pytest

from deals.products import PRODUCTS
from deals.terms import Traded
from tests.deals.agreeing import SHARE, agreed, bond, check_of, due_of, flows

OFZ = bond(("2026-09-21", "2027-03-22", "1000"))
IN_SHARES = Traded(11, 11, SHARE.code, "MISX")
MONEY: dict[str, Any] = {"rate": "0.16", "day_count": "ACT/365F"}


def test_a_repo_of_shares_takes_money_against_them() -> None:
    """1,000 x 312.45 less 15 %: 265,582.50; x 16 % x 7 / 365 = 814.94; back for 266,397.44."""
    check = check_of(
        "repo", side="sell", instrument=SHARE.code, quantity="1000", price="312.45",
        haircut="0.15", tenor="1W", **MONEY,
    )  # fmt: skip
    due = due_of(check, agreed(check, on="2026-11-24", traded=IN_SHARES))
    assert flows(due) == [
        ("PRINCIPAL", "DELIVER", 11, "1000", "2026-11-24"),
        ("PRINCIPAL", "RECEIVE", 1, "265582.50", "2026-11-24"),
        ("PRINCIPAL", "RECEIVE", 11, "1000", "2026-12-01"),
        ("PRINCIPAL", "PAY", 1, "265582.50", "2026-12-01"),
        ("INTEREST", "PAY", 1, "814.94", "2026-12-01"),
    ]
    assert due.figures == {
        "far_date": "2026-12-01", "value": "312450", "interest_amount": "814.94",
        "far_amount": "266397.44",
    }  # fmt: skip


def test_a_reverse_repo_of_bonds_counts_what_has_accrued() -> None:
    """250 at 98.50 % and 3,062.50 accrued are worth 249,312.50; a haircut of 5 % leaves 236,846.88."""
    check = check_of(
        "repo", instrument="RU000A0JVBS1", quantity="250", price="98.50", haircut="0.05",
        far_date="2026-11-30", bond=OFZ, **MONEY,
    )  # fmt: skip
    due = due_of(check, agreed(check, on="2026-11-23"))
    assert [(kind, way, much) for kind, way, _, much, _ in flows(due)] == [
        ("PRINCIPAL", "RECEIVE", "250"), ("PRINCIPAL", "PAY", "236846.88"),
        ("PRINCIPAL", "DELIVER", "250"), ("PRINCIPAL", "RECEIVE", "236846.88"),
        ("INTEREST", "RECEIVE", "726.76"),
    ]  # fmt: skip
    dirty = check_of(
        "repo", instrument="RU000A0JVBS1", quantity="250", price="99.725", price_kind="dirty",
        haircut="0.05", far_date="2026-11-30", bond=OFZ, **MONEY,
    )  # fmt: skip
    assert due_of(dirty, agreed(dirty, on="2026-11-23")).gross == due.gross


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"tenor": "1W", "haircut": "1"}, "haircut-too-large"),
        ({"tenor": "1W", "far_date": "2026-12-02"}, "date-or-tenor"),
        ({"far_date": "2026-11-28"}, "settlement-day-closed"),
        ({"tenor": "1W", "rate": "-0.1"}, "not-positive"),
    ],
)
def test_what_cannot_be_is_said(members: dict[str, Any], code: str) -> None:
    check = check_of("repo", instrument=SHARE.code, price="312.45", **MONEY | members)
    PRODUCTS["repo"].due_of(check, agreed(check, on="2026-11-24", traded=IN_SHARES))
    assert code in [problem.code for problem in check.problems]
