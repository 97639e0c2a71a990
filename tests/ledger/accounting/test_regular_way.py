"""Purchases and sales in the statements: the published tables of IFRS 9, and six of our own, cell by cell."""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.accounting.chart import SECTION_OF, Line, Section
from ledger.accounting.regular_way import Category, Policy, Recognised, Stand, stated

EXPECTED = Path(__file__).resolve().parents[2] / "expected" / "regular_way.csv"
ROWS = list(csv.DictReader(EXPECTED.open(encoding="utf-8")))


def policy_of(row: dict[str, str]) -> Policy:
    return Policy(
        Category(row["category"]), Recognised(row["recognised"]), row["reclassified"] != "no"
    )


def named(row: dict[str, str]) -> str:
    return f"{row['source']}, {row['category']}, {row['recognised']}, {row['day']}"


@pytest.mark.parametrize("row", ROWS, ids=named)
def test_a_table_says_what_stands(row: dict[str, str]) -> None:
    stand = msgspec.convert(dict(pair.split("=") for pair in row["stand"].split(";")), Stand)
    wanted = dict(pair.split(" ") for pair in row["lines"].split(";") if pair)

    found = stated(policy_of(row), stand)

    assert {line.value: amount for line, amount in found.items()} == {
        name: Decimal(amount) for name, amount in wanted.items()
    }


def test_the_tables_are_all_there() -> None:
    tables = {(row["source"], row["category"], row["recognised"]) for row in ROWS}
    assert len([each for each in tables if each[0].startswith("IFRS 9 IG")]) == 2 * 3 * 2
    ours = {each for each in tables if not each[0].startswith("IFRS")}
    assert len(ours) == 6
    assert {category for _, category, _ in ours} == set(Category.values)


AMOUNTS = st.decimals(-(10**9), 10**9, places=2, allow_nan=False).map(str)
STANDS = st.builds(Stand, **dict.fromkeys(Stand.__struct_fields__, AMOUNTS))
POLICIES = st.builds(Policy, st.sampled_from(Category), st.sampled_from(Recognised), st.booleans())


@given(POLICIES, STANDS)
def test_all_lines_together_are_what_was_paid(policy: Policy, stand: Stand) -> None:
    assert sum(stated(policy, stand).values(), Decimal(0)) == stand.paid


@given(STANDS)
def test_the_date_of_recognition_changes_no_result_at_fair_value(stand: Stand) -> None:
    by_date = [stated(Policy(Category.FVTPL, date), stand) for date in Recognised]
    assert by_date[0].get(Line.GAINS) == by_date[1].get(Line.GAINS)


def test_every_line_is_in_a_section() -> None:
    assert SECTION_OF.keys() == set(Line)
    assert [SECTION_OF[line] for line in (Line.CASH, Line.CLIENTS_MONEY)] == [Section.ASSETS] * 2
    assert SECTION_OF[Line.BUDGET] == Section.LIABILITIES
    assert SECTION_OF[Line.RESERVE] == Section.EQUITY
    assert SECTION_OF[Line.REVALUATION] == Section.RESULT
