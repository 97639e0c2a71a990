"""Files of rows that strangers wrote, as texts in cells. Pure: a file in, rows out; bounded everywhere.

A CSV file says neither its encoding nor its delimiter, so both are found out. Of a workbook the stored
values of cells are taken, never a formula. Both are read row by row, however many there are: no file is
held in memory, and two cells in the far corners of a sheet do not become a table of millions.
"""

from __future__ import annotations

import codecs
import csv
import io
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from statistics import mode
from typing import Any, BinaryIO

from openpyxl.reader.excel import ExcelReader
from openpyxl.styles.stylesheet import apply_stylesheet
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet._read_only import ReadOnlyWorksheet

from backoffice.kernel.errors import Invalid
from backoffice.kernel.i18n import gettext_noop
from deals.importing.workbook_parts import (
    MAX_SHEET_COLUMNS,
    MAX_SHEET_ROWS,
    TooMuch,
    require_bounded,
)

MAX_BYTES = 50 * 1024 * 1024
MAX_UNPACKED = 128 * 1024 * 1024
MAX_STRINGS = 32 * 1024 * 1024  # of a workbook, which are held in memory together
MAX_ROWS = 100_000  # below the header
MAX_COLUMNS = 256
MAX_CELL = 2_000
MAX_LINE = 1024 * 1024  # characters of one row of CSV, with its line breaks
LOOKED_AT = 50  # rows that tell the delimiter and the header
DELIMITERS = ",;\t|"
CSV, XLSX = "CSV", "XLSX"
_PIECE = 1024 * 1024
_BROKEN = (
    zipfile.BadZipFile, zlib.error, InvalidFileException, KeyError, ValueError, IndexError, TypeError, EOFError,
    AttributeError, OSError, NotImplementedError, RuntimeError, SyntaxError, OverflowError,
)  # fmt: skip


class NotATable(Invalid):
    code = "not-a-table"
    title = gettext_noop("The file holds no table")
    detail = gettext_noop("%(name)s cannot be read as rows of columns: %(why)s")
    hint = gettext_noop("Save it as CSV or XLSX with the names of the columns in one row.")


class ImportTooLarge(Invalid):
    code = "import-too-large"
    title = gettext_noop("The file is too large")
    detail = gettext_noop(
        "At most %(rows)s rows of %(columns)s columns and %(megabytes)s MB are taken in one file."
    )
    hint = gettext_noop("Split the file.")
    status = 413


class UnknownSheet(Invalid):
    code = "unknown-sheet"
    title = gettext_noop("The workbook has no such sheet")
    detail = gettext_noop("%(sheet)s is none of: %(known)s.")
    hint = gettext_noop("Name one of its sheets, or none for the first.")


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of a file in order, to be gone through once while it is open; what is wrong with one is
    told when it is come to. The first is row 1 as a spreadsheet counts. Blank rows are there too.
    """

    format: str
    rows: Iterator[list[str]]
    sheet: str = ""
    sheets: Sequence[str] = ()


def read_table(file: BinaryIO, *, name: str, sheet: str = "") -> Table:
    """What a file holds. Raises NotATable, ImportTooLarge, UnknownSheet, and so do its rows."""
    if file.seek(0, io.SEEK_END) > MAX_BYTES:
        raise _too_large()
    file.seek(0)
    if file.read(4) == b"PK\x03\x04":
        return _workbook(file, name, sheet)
    encoding = _encoding(file, name)
    file.seek(0)
    text = io.TextIOWrapper(file, encoding=encoding, newline="")
    delimiter = _delimiter(text.read(200_000))
    text.detach()
    if delimiter is None:
        raise NotATable(name=name, why="most of its lines have but one cell")
    return Table(CSV, _bounded(_lines(file, encoding, delimiter, name)))


def letter_of(column: int) -> str:
    """The letters by which a spreadsheet names a column; the first is 0."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


def _encoding(file: BinaryIO, name: str) -> str:
    """UTF-8 or UTF-16 by their marks, UTF-8 where all of it is, else the Cyrillic of Windows."""
    file.seek(0)
    start = file.read(3)
    marked = [encoding for mark, encoding in _MARKS if start.startswith(mark)]
    why = ""
    for encoding in marked or ("utf-8", "cp1251"):
        try:
            _read_through(file, encoding, name)
        except UnicodeDecodeError as error:
            why = f"its text is not {encoding}: {error.reason}"
        else:
            return encoding
    raise NotATable(name=name, why=why)


def _read_through(file: BinaryIO, encoding: str, name: str) -> None:
    """Raises UnicodeDecodeError, and NotATable for what is no text in any encoding."""
    decoder = codecs.getincrementaldecoder(encoding)()
    file.seek(0)
    while piece := file.read(_PIECE):
        if "\0" in decoder.decode(piece):
            raise NotATable(name=name, why="it holds bytes that are no text")
    decoder.decode(b"", True)


class _Lines:
    """The lines of a text, of which those of one row are no longer together than a bound."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self.text, self.taken = text, 0

    def __iter__(self) -> Iterator[str]:
        while line := self.text.readline(MAX_LINE + 1):
            self.taken += len(line)
            if self.taken > MAX_LINE:
                raise _too_large()
            yield line


def _lines(file: BinaryIO, encoding: str, delimiter: str, name: str) -> Iterator[list[str]]:
    file.seek(0)
    text = io.TextIOWrapper(file, encoding=encoding, newline="")
    lines = _Lines(text)
    try:
        for row in csv.reader(lines, delimiter=delimiter, strict=True):
            lines.taken = 0
            yield row
    except csv.Error as error:
        raise NotATable(name=name, why=str(error)) from None
    finally:
        if not file.closed:
            text.detach()  # whoever opened the file closes it


def _delimiter(text: str) -> str | None:
    """The sign that splits most lines alike; none where most lines are but one cell."""
    lines = [line for line in text[:200_000].splitlines() if line.strip()][:LOOKED_AT]
    found: list[tuple[int, int, int, str]] = []
    for number, sign in enumerate(DELIMITERS):
        try:
            widths = [len(cells) for cells in csv.reader(lines, delimiter=sign)]
        except csv.Error:
            continue
        split = [width for width in widths if width > 1]
        if split and len(split) * 2 >= len(widths):
            usual = mode(split)
            found.append((split.count(usual), usual, -number, sign))
    return max(found)[3] if found else None


def _bounded(rows: Iterable[Sequence[Any]]) -> Iterator[list[str]]:
    """The rows as clean texts, without the blank ones at the end. Raises ImportTooLarge."""
    number = blank = 0
    left = (
        MAX_ROWS + 1
    ) * MAX_COLUMNS  # cells, blank ones as well: each row may end far to the right
    for row in rows:
        left -= len(row)
        if len(row) > MAX_SHEET_COLUMNS or left < 0:
            raise _too_large()
        cells = [_cell(value) for value in row]
        while cells and not cells[-1]:
            cells.pop()
        if not cells:
            blank += 1  # a sheet may be formatted a million rows beyond its end
            if blank > MAX_SHEET_ROWS:
                raise _too_large()
            continue
        number += blank + 1
        if number > MAX_ROWS + 1 or len(cells) > MAX_COLUMNS:
            raise _too_large()
        for _ in range(blank):
            yield []
        blank = 0
        yield cells


def _cell(value: Any) -> str:
    """A value as a person would have typed it: whole numbers without a point, dates as ISO 8601."""
    if isinstance(value, str):
        text = " ".join(value.split()) if not value.isprintable() else value.strip()
        if len(text) > MAX_CELL:
            raise _too_large()
        return text
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        text = f"{Decimal(repr(value)):f}"  # 15 digits of a double are what the sheet shows
        return text.rstrip("0").rstrip(".") if "." in text else text
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d}" if value.time() == time() else f"{value:%Y-%m-%d %H:%M:%S}"
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value)


def _too_large() -> ImportTooLarge:
    return ImportTooLarge(
        rows=MAX_ROWS, columns=MAX_COLUMNS, megabytes=MAX_BYTES // 1024 // 1024
    )  # fmt: skip


def _workbook(file: BinaryIO, name: str, sheet: str) -> Table:
    try:
        require_bounded(file, size=MAX_UNPACKED, strings=MAX_STRINGS)
        reader = ExcelReader(file, read_only=True, data_only=True, keep_links=False)
        sheets = _sheets_of(reader)
    except TooMuch:
        raise _too_large() from None
    except _BROKEN as error:
        raise NotATable(name=name, why=f"the workbook cannot be opened: {error}") from None
    chosen = sheet or next(iter(sheets), "")
    if chosen not in sheets:
        raise UnknownSheet(sheet=chosen or "-", known=", ".join(sheets) or "-")
    return Table(
        XLSX, _bounded(_rows_of(reader, chosen, sheets[chosen], name)), chosen, list(sheets)
    )


def _sheets_of(reader: Any) -> dict[str, str]:
    """The sheets of rows by title, each with its part: only what their values need is read, and none of them.

    The library would go through every sheet to learn its size, and read charts and themes whole.
    """
    reader.read_manifest()
    reader.read_strings()
    reader.read_workbook()
    apply_stylesheet(reader.archive, reader.wb)
    found: dict[str, str] = {}
    for each, relation in reader.parser.find_sheets():
        if relation.target in reader.valid_files and "chartsheet" not in relation.Type:
            found.setdefault(each.name, relation.target)
    return found


def _rows_of(reader: Any, title: str, part: str, name: str) -> Iterator[Sequence[Any]]:
    """As the rows stand there: the size that a sheet declares may be a lie, or a million empty cells."""
    try:
        sheet = ReadOnlyWorksheet(reader.wb, title, part, reader.shared_strings)
        sheet.reset_dimensions()
        yield from sheet.iter_rows(values_only=True)
    except _BROKEN as error:
        raise NotATable(name=name, why=f"the sheet cannot be read: {error}") from None
