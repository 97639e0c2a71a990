"""A report as a workbook: a sheet for each table, then the totals, then what it is about."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import IO

from django.utils.translation import gettext

from reporting.formats.shown import (
    Names,
    Table,
    Total,
    about,
    in_chunks,
    minor_unit,
    name_title,
    tables_of,
    totals_of,
)
from reporting.formats.xlsx import (
    HEADER,
    QUANTITY,
    WHOLE,
    Sheet,
    column_letters,
    date_cell,
    formula_cell,
    is_exact,
    money_style,
    number_cell,
    text_cell,
    write_workbook,
)
from reporting.models import ReportRun
from reporting.reports import REPORTS
from reporting.reports.base import Cell, Column, Report, Row

WIDTHS = {"date": 11, "count": 9, "quantity": 16, "price": 14, "money": 18, "text": 16}
NAME_WIDTH, LABEL_WIDTH = 34, 24


@dataclass(frozen=True)
class _Written:
    """The sheets so far by their table, and by table the columns in which some number had to be text."""

    sheets: dict[str, Sheet] = field(default_factory=dict)
    texts: dict[str, set[str]] = field(default_factory=dict)


def write_report(file: IO[bytes], run: ReportRun, rows: Iterable[Row]) -> None:
    """The rows of a run as a workbook in the reader's language."""
    write_workbook(file, _sheets(run, REPORTS[run.report], rows))


def _sheets(run: ReportRun, report: Report, rows: Iterable[Row]) -> Iterator[Sheet]:
    tables, written = tables_of(report), _Written()
    if report.sections:
        found = groupby(rows, key=lambda row: row[0])
        here = next(found, None)
        for table in tables:
            mine: Iterable[Row] = ()
            if here and here[0] == table.code:
                mine = here[1]
            yield _sheet(report, table, mine, written)
            if here and here[0] == table.code:
                here = next(found, None)
    else:
        yield _sheet(report, tables[0], rows, written)
    yield from _totals(run, report, written)
    facts = [[text_cell(title, HEADER), text_cell(text)] for title, text in about(run)]
    yield Sheet(gettext("About"), (24, 70), (), facts, frozen=0)


def _sheet(report: Report, table: Table, rows: Iterable[Row], written: _Written) -> Sheet:
    header, widths = [], []
    for _, column in table.columns:
        header.append(text_cell(str(column.title), HEADER))
        usual = LABEL_WIDTH if column.labels else WIDTHS[column.kind]
        widths.append(max(usual, min(len(str(column.title)) + 3, 30)))
        if column.names:
            header.append(text_cell(name_title(column), HEADER))
            widths.append(NAME_WIDTH)
    texts = written.texts[table.code] = set()
    written.sheets[table.code] = Sheet(
        table.title, widths, header, _cells(report, table, rows, texts)
    )
    return written.sheets[table.code]


def _cells(
    report: Report, table: Table, rows: Iterable[Row], texts: set[str]
) -> Iterator[Sequence[str]]:
    names = Names()
    makers = [_maker(report, index, column, names, texts) for index, column in table.columns]
    for chunk in in_chunks(rows):
        if table.named:
            names.learn(table, chunk)
        for row in chunk:
            yield [make(row) for make in makers]


def _maker(
    report: Report, index: int, column: Column, names: Names, texts: set[str]
) -> Callable[[Row], str]:
    """What writes the cells of one column, and of the names beside it."""
    if column.kind == "date":
        return lambda row: date_cell(row[index])
    if column.kind == "money":
        at = report.column(column.currency)
        styles: dict[str | None, int] = {}

        def money(row: Row) -> str:
            currency = row[at]
            if currency not in styles:
                styles[currency] = _style_of(currency)
            if (cell := row[index]) and not is_exact(cell):
                texts.add(column.name)
            return number_cell(cell, styles[currency])

        return money
    if column.number:
        style = WHOLE if column.kind == "count" else QUANTITY
        return lambda row: number_cell(row[index], style)
    if column.names:
        return lambda row: text_cell(row[index]) + text_cell(names.of(column, row[index]))
    if column.labels:
        labels = {code: str(label) for code, label in column.labels.items()}
        return lambda row: text_cell(labels.get(row[index] or "", row[index]))
    return lambda row: text_cell(row[index])


def _style_of(asset: Cell) -> int:
    """Money in its minor unit, anything else with the decimals that it has."""
    places = minor_unit(asset)
    return QUANTITY if places is None else money_style(places)


def _totals(run: ReportRun, report: Report, written: _Written) -> Iterator[Sheet]:
    """What columns add up to, by a formula over the sheets before, which are written by now."""
    lines: list[list[str]] = []
    for table in tables_of(report):
        for total in totals_of(report, run).get(table.code, ()):
            cells = [text_cell(text) for text in (table.title, total.title, total.currency)]
            lines.append([*cells, _total(table, total, written, row=len(lines) + 2)])
    if lines:
        texts = (gettext("Table"), gettext("Column"), gettext("Currency"), gettext("Total"))
        header = [text_cell(text, HEADER) for text in texts]
        yield Sheet(gettext("Totals"), (28, 28, 11, 22), header, lines)


def _total(table: Table, total: Total, written: _Written, *, row: int) -> str:
    """A sum over the rows of its currency, which stands in the third cell of its row.

    Where a spreadsheet would round a number it stands there as text, which no formula counts: then the sum is a
    number; and so it is where its currency stands in no column of the table.
    """
    style = _style_of(total.currency) if total.currency else WHOLE
    column, letters = total.column, _letters(table)
    counted = column.name not in written.texts[table.code] and is_exact(total.amount)
    if not counted or column.currency not in ("", *letters):
        return number_cell(total.amount, style)
    amounts, by = letters[column.name], letters.get(column.currency, "")
    formula = "SUMIF('{0}'!{1}:{1},C{2},'{0}'!{3}:{3})" if by else "SUM('{0}'!{3}:{3})"
    parts = (formula.format(name, by, row, amounts) for name in written.sheets[table.code].written)
    return formula_cell("+".join(parts), total.amount, style)


def _letters(table: Table) -> dict[str, str]:
    """In which column of its sheet each column stands; names stand beside their codes."""
    found, at = {}, 0
    for _, column in table.columns:
        at += 1
        found[column.name] = column_letters(at)
        at += bool(column.names)
    return found
