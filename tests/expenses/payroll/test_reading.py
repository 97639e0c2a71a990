"""Reading files of payroll journals: known by content, two layouts of one journal, everything wrong at once."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from expenses.payroll.layouts import layouts
from expenses.payroll.reading import InvalidJournal, read_journal
from tests.expenses.payroll.stage import OCTOBER, TOTALS, file_of

D = Decimal
SAMPLES = Path(__file__).resolve().parents[2] / "samples" / "payroll"


def refused(content: bytes) -> list[tuple[str, str]]:
    with pytest.raises(InvalidJournal) as found:
        read_journal(content)
    return [(each.pointer, each.code) for each in found.value.problems]


def changed(row: int, old: str, new: str) -> list[tuple[str, str]]:
    """What is refused of October with one cell of a row changed, but for totals."""
    rows = [*OCTOBER]
    assert old in rows[row]
    rows[row] = rows[row].replace(old, new, 1)
    return [each for each in refused(file_of(rows)) if "total_" not in each[0]]


def test_our_own_layout() -> None:
    told = read_journal(file_of())
    assert (told.layout, told.entity, told.number, told.corrects) == ("own-1", "RUS", "10-1", "")
    assert (told.month, told.pay_date) == (date(2026, 10, 1), date(2026, 11, 5))
    chief, anna = told.lines[:2]
    assert (chief.line, chief.by_rate) == (14, {D("0.13"): D(13_000), D("0.15"): D(15_000)})
    assert anna.deductions == {"126": D(1400)}
    assert not told.lines[4].resident


def test_a_pay_sheet_of_1c_tells_the_same() -> None:
    """In windows-1251, with commas, spaces between thousands, days as people write them."""
    ours, theirs = read_journal(file_of()), read_journal((SAMPLES / "1c-1.csv").read_bytes())
    assert theirs.layout == "1c-1"
    assert theirs.lines == ours.lines
    assert theirs.totals == ours.totals == {name: D(text) for name, text in TOTALS.items()}
    assert (theirs.month, theirs.pay_date) == (ours.month, ours.pay_date)


def test_a_file_is_known_by_what_is_in_it() -> None:
    assert read_journal(b"\xef\xbb\xbf" + file_of()).layout == "own-1"
    assert refused(b"") == [("/lines/1/file", "unknown-layout")]
    assert refused(b"%PDF-1.7\n") == [("/lines/1/file", "unknown-layout")]
    assert refused(file_of().replace(b"journal;1", b"journal;2")) == [
        ("/lines/1/file", "unknown-layout")
    ]


def test_layouts_name_the_same_fields() -> None:
    facts, columns = (
        {frozenset(getattr(each, name).values()) for each in layouts()}
        for name in ("facts", "columns")
    )
    assert (len(facts), len(columns)) == (1, 1)


@pytest.mark.parametrize(
    ("row", "old", "new", "found"),
    [
        (1, "87182", "87182.01", [("/lines/15/net", "does-not-add-up")]),
        (1, "98600", "98599.99", [("/lines/15/base", "wrong-base")]),
        (1, "13=12818", "13=12818.50", [("/lines/15/net", "does-not-add-up"), ("/lines/15/by_rate", "wrong-tax")]),
        (1, "13=12818", "13=", [("/lines/15/net", "does-not-add-up")]),
        (1, "13=12818", "13", [("/lines/15/by_rate", "wrong-pair")]),
        (1, "13=12818", "130=12818", [("/lines/15/by_rate", "wrong-rate")]),
        (1, ";yes;", ";;", [("/lines/15/resident", "not-a-choice")]),
        (1, ";100000;", ";1e5;", [("/lines/15/accrued", "wrong-amount")]),
        (1, ";100000;", ";100000.001;", [("/lines/15/accrued", "wrong-amount")]),
        (0, "500100732259", "500100732258", [("/lines/14/inn", "wrong-inn")]),
        (6, ";;3000;", ";;-3000;", [
            ("/lines/20/accrued", "below-zero"), ("/lines/20/net", "does-not-add-up")]),
        (6, ";3000;;0;;", ";3000;;0;13=390;", [
            ("/lines/20/net", "does-not-add-up"), ("/lines/20/code", "required")]),
        (5, ";52200.33;;", ";52200.33;40817810000000000001;044525225", [("/lines/19/account", "wrong-account")]),
    ],
)  # fmt: skip
def test_a_row_that_cannot_be_right_is_refused_where_it_is_wrong(
    row: int, old: str, new: str, found: list[tuple[str, str]]
) -> None:
    assert changed(row, old, new) == found


def test_headings_and_facts_are_all_there_and_none_is_unknown() -> None:
    text = file_of().decode()
    assert refused(text.replace(";centre;", ";department;").encode())[:2] == [
        ("/lines/13/file", "unknown-column"), ("/lines/13/centre", "missing-column"),
    ]  # fmt: skip
    assert refused(text.replace("number;10-1", "number;").encode()) == [
        ("/lines/3/number", "required")
    ]
    assert refused(text.replace("2026-11-05", "05.11.2026").encode()) == [
        ("/lines/5/pay_date", "wrong-day")
    ]


def test_totals_are_those_of_the_rows_to_the_kopeck() -> None:
    assert refused(file_of(totals=TOTALS | {"contributions": "123000.19"})) == [
        ("/lines/10/total_contributions", "does-not-balance")
    ]
    assert ("/lines/7/total_accrued", "does-not-balance") in refused(
        file_of([*OCTOBER, OCTOBER[0]])
    )
