"""Files of rows that strangers wrote, as texts in cells. Pure: bytes in, rows out; bounded everywhere.

A CSV file says neither its encoding nor its delimiter, so both are found out. Of a workbook the stored
values of cells are taken, never a formula; it is read row by row, so that two cells in its far corners
do not become a table of millions.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from statistics import mode
from typing import Any

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from backoffice.kernel.errors import Invalid
from backoffice.kernel.i18n import gettext_noop

MAX_BYTES = 50 * 1024 * 1024
MAX_UNPACKED = 128 * 1024 * 1024
MAX_STRINGS = 32 * 1024 * 1024  # of a workbook, which are held in memory together
MAX_ROWS = 100_000
MAX_COLUMNS = 256
MAX_CELL = 2_000
LOOKED_AT = 50  # rows that tell the delimiter and the header
DELIMITERS = ",;\t|"
CSV, XLSX = "CSV", "XLSX"
_PIECE = 1024 * 1024
_BROKEN = (
    zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, IndexError, TypeError, EOFError,
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
    """The rows of a file in order; the first is row 1 as a spreadsheet counts. Blank rows are there too."""

    format: str
    rows: Sequence[Sequence[str]]
    sheet: str = ""
    sheets: Sequence[str] = ()


def read_table(content: bytes, *, name: str, sheet: str = "") -> Table:
    """What a file holds. Raises NotATable, ImportTooLarge, UnknownSheet."""
    if len(content) > MAX_BYTES:
        raise _too_large()
    if content.startswith(b"PK\x03\x04"):
        return _workbook(content, name, sheet)
    text = _text(content, name)
    delimiter = _delimiter(text)
    if delimiter is None:
        raise NotATable(name=name, why="most of its lines have but one cell")
    try:
        return Table(CSV, _bounded(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter,
                                              strict=True)))  # fmt: skip
    except csv.Error as error:
        raise NotATable(name=name, why=str(error)) from None


def letter_of(column: int) -> str:
    """The letters by which a spreadsheet names a column; the first is 0."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _text(content: bytes, name: str) -> str:
    """UTF-8 or UTF-16 by their marks, UTF-8 where it is none but valid, else the Cyrillic of Windows."""
    for mark, encoding in (
        (b"\xef\xbb\xbf", "utf-8-sig"),
        (b"\xff\xfe", "utf-16"),
        (b"\xfe\xff", "utf-16"),
    ):
        if content.startswith(mark):
            return _decoded(content, name, encoding)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return _decoded(content, name, "cp1251")
    return _without_nul(text, name)


def _decoded(content: bytes, name: str, encoding: str) -> str:
    try:
        return _without_nul(content.decode(encoding), name)
    except UnicodeDecodeError as error:
        raise NotATable(name=name, why=f"its text is not {encoding}: {error.reason}") from None


def _without_nul(text: str, name: str) -> str:
    if "\0" in text:
        raise NotATable(name=name, why="it holds bytes that are no text")
    return text


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


def _bounded(rows: Iterable[Sequence[Any]]) -> list[list[str]]:
    """The rows as clean texts, without the blank ones at the end. Raises ImportTooLarge."""
    found: list[list[str]] = []
    blank = 0
    for row in rows:
        cells = [_cell(value) for value in row]
        while cells and not cells[-1]:
            cells.pop()
        if not cells:
            blank += 1  # a sheet may be formatted a million rows beyond its end
            continue
        if len(found) + blank >= MAX_ROWS or len(cells) > MAX_COLUMNS:
            raise _too_large()
        found += [[] for _ in range(blank)]
        blank = 0
        found.append(cells)
    return found


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


def _workbook(content: bytes, name: str, sheet: str) -> Table:
    try:
        _require_bounded(content)
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
    except _BROKEN as error:
        raise NotATable(name=name, why=f"the workbook cannot be opened: {error}") from None
    try:
        sheets = [each.title for each in book.worksheets]
        chosen = sheet or (sheets[0] if sheets else "")
        if chosen not in sheets:
            raise UnknownSheet(sheet=chosen or "-", known=", ".join(sheets) or "-")
        return Table(XLSX, _bounded(_rows_of(book[chosen])), chosen, sheets)
    except _BROKEN as error:
        raise NotATable(name=name, why=f"the sheet cannot be read: {error}") from None
    finally:
        book.close()


def _rows_of(sheet: Any) -> Iterator[Sequence[Any]]:
    """As the rows stand there: the size that a sheet declares may be a lie, or a million empty cells."""
    sheet.reset_dimensions()
    yield from sheet.iter_rows(values_only=True)


def _require_bounded(content: bytes) -> None:
    """Every part unpacked once, counted and thrown away: a small file may hold gigabytes.

    The reader of archives stops at the size a part declares and compares its checksum.
    """
    total = 0
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for member in archive.infolist():
            size = 0
            with archive.open(member) as part:
                while piece := part.read(_PIECE):
                    size, total = size + len(piece), total + len(piece)
                    strings = member.filename.endswith("sharedStrings.xml")
                    if total > MAX_UNPACKED or (strings and size > MAX_STRINGS):
                        raise _too_large()
