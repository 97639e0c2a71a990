"""A list as a file: all that is filtered, in the columns that are seen, read in pages by key."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Callable, Iterator, Sequence
from io import StringIO
from typing import Any

from django.http import FileResponse, StreamingHttpResponse
from django.utils import timezone

from backoffice.desk import cells
from backoffice.desk.tables import Column
from refdata.firm_days import firm_day
from reporting.formats import MEDIA_TYPES
from reporting.formats.xlsx import (
    HEADER,
    QUANTITY,
    Sheet,
    date_cell,
    money_style,
    number_cell,
    text_cell,
    write_workbook,
)

MOST_ROWS = 100_000  # of one file
CHUNK = 2_000
LONGEST_NAME = 31  # of a sheet

Fetch = Callable[[int | None, int], Sequence[Any]]


def csv_file(
    name: str, columns: Sequence[Column], fetch: Fetch, key_of: Callable[[Any], int]
) -> StreamingHttpResponse:
    """The file as it is written: rows by `fetch(before, limit)`, newest first."""
    return StreamingHttpResponse(
        _lines(columns, _rows(fetch, key_of)),
        content_type=MEDIA_TYPES["csv"],
        headers={"Content-Disposition": f'attachment; filename="{_file_name(name)}.csv"'},
    )


def xlsx_file(
    name: str, title: str, columns: Sequence[Column], fetch: Fetch, key_of: Callable[[Any], int]
) -> FileResponse:
    """The same rows as a workbook: numbers as numbers to the last digit, dates as dates."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the answer closes it when it is sent
    header = [text_cell(str(column.title), HEADER) for column in columns]
    widths = [max(12, len(str(column.title)) + 2) for column in columns]
    rows = ([_cell(column, row) for column in columns] for row in _rows(fetch, key_of))
    write_workbook(file, [Sheet(title[:LONGEST_NAME], widths, header, rows)])
    file.seek(0)
    return FileResponse(
        file, as_attachment=True, filename=f"{_file_name(name)}.xlsx",
        content_type=MEDIA_TYPES["xlsx"],
    )  # fmt: skip


def _file_name(name: str) -> str:
    return f"{name}-{firm_day(timezone.now()).isoformat()}"


def _cell(column: Column, row: Any) -> str:
    text = cells.plain_cell(column, row)
    if column.kind == "day":
        return date_cell(text)
    if column.number:
        decimals = len(text.partition(".")[2])
        return number_cell(text, money_style(decimals) if column.kind == "money" else QUANTITY)
    return text_cell(text)


def _rows(fetch: Fetch, key_of: Callable[[Any], int]) -> Iterator[Any]:
    before, left = None, MOST_ROWS
    while left > 0:
        limit = min(CHUNK, left)
        found = fetch(before, limit)
        yield from found
        if len(found) < limit:
            return
        before, left = key_of(found[-1]), left - len(found)


def _lines(columns: Sequence[Column], rows: Iterator[Any]) -> Iterator[bytes]:
    yield "\ufeff".encode() + _line([str(column.title) for column in columns])
    for row in rows:
        yield _line([cells.in_file(column, row) for column in columns])


def _line(values: Sequence[str]) -> bytes:
    written = StringIO()
    csv.writer(written).writerow(values)
    return written.getvalue().encode()
