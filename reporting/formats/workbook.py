"""A report as a workbook: a sheet for each table, then the totals, then what it is about."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from typing import IO

from django.utils.translation import gettext

from reporting.formats.shown import (
    Names,
    Table,
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
    date_cell,
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


def write_report(file: IO[bytes], run: ReportRun, rows: Iterable[Row]) -> None:
    """The rows of a run as a workbook in the reader's language."""
    write_workbook(file, _sheets(run, REPORTS[run.report], rows))


def _sheets(run: ReportRun, report: Report, rows: Iterable[Row]) -> Iterator[Sheet]:
    tables = tables_of(report)
    if report.sections:
        found = groupby(rows, key=lambda row: row[0])
        here = next(found, None)
        for table in tables:
            mine: Iterable[Row] = ()
            if here and here[0] == table.code:
                mine = here[1]
            yield _sheet(report, table, mine)
            if here and here[0] == table.code:
                here = next(found, None)
    else:
        yield _sheet(report, tables[0], rows)
    yield from _totals(run, report)
    facts = [[text_cell(title, HEADER), text_cell(text)] for title, text in about(run)]
    yield Sheet(gettext("About"), (24, 70), (), facts, frozen=0)


def _sheet(report: Report, table: Table, rows: Iterable[Row]) -> Sheet:
    header, widths = [], []
    for _, column in table.columns:
        header.append(text_cell(str(column.title), HEADER))
        usual = LABEL_WIDTH if column.labels else WIDTHS[column.kind]
        widths.append(max(usual, min(len(str(column.title)) + 3, 30)))
        if column.names:
            header.append(text_cell(name_title(column), HEADER))
            widths.append(NAME_WIDTH)
    return Sheet(table.title, widths, header, _cells(report, table, rows))


def _cells(report: Report, table: Table, rows: Iterable[Row]) -> Iterator[Sequence[str]]:
    names = Names()
    makers = [_maker(report, index, column, names) for index, column in table.columns]
    for chunk in in_chunks(rows):
        if table.named:
            names.learn(table, chunk)
        for row in chunk:
            yield [make(row) for make in makers]


def _maker(report: Report, index: int, column: Column, names: Names) -> Callable[[Row], str]:
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
            return number_cell(row[index], styles[currency])

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


def _totals(run: ReportRun, report: Report) -> Iterator[Sheet]:
    lines = []
    titles = {table.code: table.title for table in tables_of(report)}
    for code, totals in totals_of(report, run).items():
        for total in totals:
            style = _style_of(total.currency) if total.currency else WHOLE
            lines.append(
                [
                    text_cell(titles[code]), text_cell(total.title), text_cell(total.currency),
                    number_cell(total.amount, style),
                ]
            )  # fmt: skip
    if lines:
        texts = (gettext("Table"), gettext("Column"), gettext("Currency"), gettext("Total"))
        header = [text_cell(text, HEADER) for text in texts]
        yield Sheet(gettext("Totals"), (28, 28, 11, 22), header, lines)
