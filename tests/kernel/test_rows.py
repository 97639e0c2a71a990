"""Rows as COPY reads them: whatever the text, it comes back as it went in."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice.kernel.rows import array, copy_lines

ESCAPES = {"\\\\": "\\", "\\t": "\t", "\\n": "\n", "\\r": "\r"}
cells = st.one_of(st.none(), st.text(), st.integers(), st.decimals(allow_nan=False), st.dates())


def read_back(line: str) -> list[str | None]:
    """A line of COPY's text format, taken apart by the format's own rules."""
    found: list[str | None] = []
    for cell in line.split("\t"):
        if cell == "\\N":
            found.append(None)
            continue
        text, at = "", 0
        while at < len(cell):
            pair = cell[at : at + 2]
            text += ESCAPES.get(pair, cell[at])
            at += 2 if pair in ESCAPES else 1
        found.append(text)
    return found


@given(st.lists(st.lists(cells, min_size=2, max_size=5), max_size=8))
def test_every_cell_comes_back(rows: list[list[Any]]) -> None:
    lines = copy_lines(rows).split("\n")
    assert lines.pop() == ""
    assert [read_back(line) for line in lines] == [
        [None if cell is None else str(cell) for cell in row] for row in rows
    ]


@pytest.mark.parametrize(
    ("row", "line"),
    [
        ((1, "a", Decimal("1.50")), "1\ta\t1.50\n"),
        ((None, "None", ""), "\\N\tNone\t\n"),
        ((True, False, date(2026, 11, 24)), "True\tFalse\t2026-11-24\n"),
        ((True, None, "a\tb"), "t\t\\N\ta\\tb\n"),
        (("a\\b", "\n", "\\N"), "a\\\\b\t\\n\t\\\\N\n"),
    ],
)
def test_lines_are_what_copy_reads(row: tuple[Any, ...], line: str) -> None:
    assert copy_lines([row]) == line


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ([], "{}"),
        ([1, 20, -3], "{1,20,-3}"),
        ([7, None], "{7,NULL}"),
        ([Decimal("1.50"), Decimal("0E-8")], "{1.50,0E-8}"),
        ([date(2026, 11, 24), None], "{2026-11-24,NULL}"),
        ([True, False], "{t,f}"),
        (
            ["", "NULL", "a b", 'a"b', "a\\b", "{}", "1"],
            '{"","NULL","a b","a\\"b","a\\\\b","{}",1}',
        ),
    ],
)
def test_an_array_is_what_postgresql_reads(values: list[Any], text: str) -> None:
    assert array(values) == text
