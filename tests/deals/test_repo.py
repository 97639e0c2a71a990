"""Repos from terms to flows: value, haircut, interest and both dates, worked by hand."""

from __future__ import annotations

from typing import Any

import pytest

from deals.products import PRODUCTS
from deals.terms import Traded
from refdata.rows import InstrumentRow
from tests.deals.agreeing import PAPER, SHARE, agreed, bond, check_of, due_of, flows

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


def test_below_zero_whoever_takes_the_securities_pays_for_them() -> None:
    """265,582.50 x -0.5 % x 7 / 365 = -25.47: back for 265,557.03."""
    check = check_of(
        "repo", side="sell", instrument=SHARE.code, quantity="1000", price="312.45",
        haircut="0.15", tenor="1W", rate="-0.005", day_count="ACT/365F",
    )  # fmt: skip
    due = due_of(check, agreed(check, on="2026-11-24", traded=IN_SHARES))
    assert flows(due)[-2:] == [
        ("PRINCIPAL", "PAY", 1, "265582.50", "2026-12-01"),
        ("INTEREST", "RECEIVE", 1, "25.47", "2026-12-01"),
    ]
    assert due.figures["far_amount"] == "265557.03"


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
        ({"tenor": "1W", "rate": "-60"}, "rate-takes-it-all"),
    ],
)
def test_what_cannot_be_is_said(members: dict[str, Any], code: str) -> None:
    check = check_of("repo", instrument=SHARE.code, price="312.45", **MONEY | members)
    PRODUCTS["repo"].due_of(check, agreed(check, on="2026-11-24", traded=IN_SHARES))
    assert code in [problem.code for problem in check.problems]


GAZP = InstrumentRow(12, "RU0007661625", "GAZP", "SHARE", "RUB", "MISX", "ACTIVE")


def between(*substitutions: tuple[str, str, str], **more: str) -> Any:
    """The repo of shares above, over a month from 2026-11-24, with other collateral from days on."""
    check = check_of(
        "repo", side="sell", instrument=SHARE.code, quantity="1000", price="312.45", haircut="0.15",
        **MONEY | {"far_date": "2026-12-24"} | more,
        substitutions=[dict(zip(("date", "instrument", "quantity"), s, strict=True)) for s in substitutions],
    )  # fmt: skip
    instruments: Any = check.reference.instruments
    instruments[GAZP.code] = GAZP
    return check


def test_substituted_collateral_comes_back_when_the_other_goes_out_and_interest_stays() -> None:
    """265,582.50 x 16 % x 30 / 365 = 3,492.59, whatever lies against it."""
    plain = due_of(between(), agreed(between(), on="2026-11-24", traded=IN_SHARES))
    check = between(("2026-12-01", GAZP.code, "2400"), ("2026-12-10", SHARE.code, "900"))
    due = due_of(check, agreed(check, on="2026-11-24", traded=IN_SHARES))
    assert flows(due) == [
        ("PRINCIPAL", "DELIVER", 11, "1000", "2026-11-24"),
        ("PRINCIPAL", "RECEIVE", 1, "265582.50", "2026-11-24"),
        ("PRINCIPAL", "RECEIVE", 11, "1000", "2026-12-01"),
        ("PRINCIPAL", "DELIVER", 12, "2400", "2026-12-01"),
        ("PRINCIPAL", "RECEIVE", 12, "2400", "2026-12-10"),
        ("PRINCIPAL", "DELIVER", 11, "900", "2026-12-10"),
        ("PRINCIPAL", "RECEIVE", 11, "900", "2026-12-24"),
        ("PRINCIPAL", "PAY", 1, "265582.50", "2026-12-24"),
        ("INTEREST", "PAY", 1, "3492.59", "2026-12-24"),
    ]
    assert due.figures == plain.figures
    assert check.terms.secured_by() == SHARE.code


def test_closed_early_it_bears_interest_to_that_day() -> None:
    """265,582.50 x 16 % x 10 / 365 = 1,164.196: 1,164.20, half up."""
    check = between(far_date="2026-12-04")
    due = due_of(check, agreed(check, on="2026-11-24", traded=IN_SHARES))
    assert due.figures["interest_amount"] == "1164.2"
    assert due.figures["far_amount"] == "266746.7"
    assert (
        flows(due)[:2]
        == flows(due_of(between(), agreed(check, on="2026-11-24", traded=IN_SHARES)))[:2]
    )


@pytest.mark.parametrize(
    ("substitutions", "code"),
    [
        ([("2026-11-24", GAZP.code, "1")], "substitution-outside"),
        ([("2026-12-24", GAZP.code, "1")], "substitution-outside"),
        ([("2026-12-10", GAZP.code, "1"), ("2026-12-10", SHARE.code, "1")], "substitution-outside"),
        ([("2026-12-05", GAZP.code, "1")], "settlement-day-closed"),
        ([("2026-12-10", PAPER.code, "1")], "other-collateral"),
        ([("2026-12-10", "RU0000000000", "1")], "unknown-substitutions/0/instrument"),
        ([("2026-12-10", GAZP.code, "0")], "not-positive"),
    ],
)
def test_collateral_that_cannot_be_substituted_is_said(
    substitutions: list[tuple[str, str, str]], code: str
) -> None:
    check = between(*substitutions)
    PRODUCTS["repo"].due_of(check, agreed(check, on="2026-11-24", traded=IN_SHARES))
    assert code in [problem.code for problem in check.problems]
