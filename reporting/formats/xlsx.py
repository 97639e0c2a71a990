"""Workbooks, written as they are read: one row at a time, in flat memory, numbers digit by digit.

A workbook is a zip of XML (ECMA-376). It is written here, and not through a library, because every
one of them turns a number into a binary fraction on its way, formats by column and not by the
currency of the row, or takes ten times as long. A number is written as the decimal it is;
spreadsheets keep fifteen digits, so what has more is written as text and never rounded.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import IO
from xml.sax.saxutils import escape, quoteattr

EPOCH = date(1899, 12, 30).toordinal()  # day 0 of a spreadsheet, right from March 1900 on
EXACT_DIGITS = 15  # what a spreadsheet keeps of a number
MOST_ROWS = 1_048_576  # what a sheet can hold
LONGEST_TEXT = 32_767  # what a cell can hold
PIECE = 500  # rows written at once

TEXT, HEADER, DATE, WHOLE, QUANTITY = range(5)
FIRST_MONEY = 5  # and then one style for each number of decimals
MOST_DECIMALS = 8

_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_PROLOGUE = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PKG = "http://schemas.openxmlformats.org/package/2006"
_TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"


def text_cell(value: str | None, style: int = TEXT) -> str:
    """A text, whatever it begins with: it is typed, so no spreadsheet takes it for a formula."""
    if not value:
        return "<c/>"
    clean = escape(_NOT_XML.sub("\ufffd", value)[:LONGEST_TEXT])
    return f'<c s="{style}" t="inlineStr"><is><t xml:space="preserve">{clean}</t></is></c>'


def number_cell(value: str | None, style: int) -> str:
    """A number from plain notation; one that a spreadsheet would round stands there as text."""
    if not value:
        return "<c/>"
    if not is_exact(value):
        return text_cell(value)
    return f'<c s="{style}"><v>{value}</v></c>'


def formula_cell(formula: str, value: str, style: int) -> str:
    """A formula of our own making, and the number that it comes to, which is shown until it is worked out anew."""
    return f'<c s="{style}"><f>{escape(formula)}</f><v>{value}</v></c>'


def is_exact(value: str) -> bool:
    """Whether a spreadsheet keeps every digit of a number in plain notation."""
    return len(value.lstrip("-").replace(".", "").strip("0")) <= EXACT_DIGITS


def date_cell(value: str | None) -> str:
    """A date from its ISO spelling, as a spreadsheet counts days."""
    if not value:
        return "<c/>"
    return f'<c s="{DATE}"><v>{date.fromisoformat(value).toordinal() - EPOCH}</v></c>'


def money_style(decimals: int) -> int:
    return FIRST_MONEY + min(decimals, MOST_DECIMALS)


_PAPER = (
    '<pageSetup paperSize="9" orientation="landscape" fitToHeight="0"/>'  # A4, as wide as one page
)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet: its name, the widths of its columns in characters, and its rows of ready cells.

    The first `frozen` rows stay in sight; with them the columns can be filtered. Once it is written, `written` has the
    names of the sheets that it became.
    """

    name: str
    widths: Sequence[int]
    header: Sequence[str]
    rows: Iterable[Sequence[str]]
    frozen: int = 1
    written: list[str] = field(default_factory=list)


def write_workbook(file: IO[bytes], sheets: Iterable[Sheet]) -> None:
    """Write the sheets, one after the other; what does not fit a sheet goes on in the next."""
    names: list[str] = []
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=5) as archive:
        for sheet in sheets:
            rows = iter(sheet.rows)
            more = True
            while more:
                names.append(_unused(sheet.name, names))
                sheet.written.append(names[-1])
                more = _write_sheet(archive, len(names), sheet, rows)
        for path, content in _frame(names).items():
            archive.writestr(path, _PROLOGUE + content)


def _write_sheet(
    archive: zipfile.ZipFile, number: int, sheet: Sheet, rows: Iterable[Sequence[str]]
) -> bool:
    """Write one sheet; True when it is full and there may be more rows."""
    with archive.open(f"xl/worksheets/sheet{number}.xml", "w", force_zip64=True) as part:
        part.write(_head_of(sheet, first=number == 1).encode())
        piece = ["<row>" + "".join(sheet.header) + "</row>"] if sheet.header else []
        count, full = len(piece), False
        for row in rows:
            piece.append(f"<row>{''.join(row)}</row>")
            count += 1
            if len(piece) == PIECE:
                part.write("".join(piece).encode())
                piece.clear()
            if count == MOST_ROWS:
                full = True
                break
        part.write("".join(piece).encode())
        filters = (
            f'<autoFilter ref="A1:{column_letters(len(sheet.header))}{count}"/>'
            if sheet.header and count > 1
            else ""
        )
        part.write(f"</sheetData>{filters}{_PAPER}</worksheet>".encode())
    return full


def _head_of(sheet: Sheet, *, first: bool) -> str:
    pane = (
        f'<pane ySplit="{sheet.frozen}" topLeftCell="A{sheet.frozen + 1}" activePane="bottomLeft" state="frozen"/>'
        if sheet.frozen
        else ""
    )
    columns = "".join(
        f'<col min="{n}" max="{n}" width="{width}" customWidth="1"/>'
        for n, width in enumerate(sheet.widths, 1)
    )
    selected = ' tabSelected="1"' if first else ""
    return (
        f'{_PROLOGUE}<worksheet xmlns="{_MAIN}"><sheetPr><pageSetUpPr fitToPage="1"/></sheetPr>'
        f'<sheetViews><sheetView{selected} workbookViewId="0">{pane}</sheetView></sheetViews>'
        f"<cols>{columns}</cols><sheetData>"
    )


def column_letters(number: int) -> str:
    """The letters of a column, counted from 1: 27 is AA."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _unused(name: str, names: Sequence[str]) -> str:
    """A name that a sheet may have: at most 31 characters, without the forbidden ones, once."""
    plain = re.sub(r"[\[\]:*?/\\']", " ", name).strip()[:31] or "1"
    taken = {each.casefold() for each in names}
    found, number = plain, 1
    while found.casefold() in taken:
        number += 1
        found = f"{plain[: 31 - len(str(number)) - 1]} {number}"
    return found


def _frame(names: Sequence[str]) -> dict[str, str]:
    """Everything around the sheets: what there is, how it is joined, and the styles."""
    numbers = range(1, len(names) + 1)
    sheets = "".join(
        f'<sheet name={quoteattr(name)} sheetId="{n}" r:id="rId{n}"/>'
        for n, name in zip(numbers, names, strict=True)
    )
    joined = "".join(
        f'<Relationship Id="rId{n}" Type="{_REL}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in numbers
    )
    parts = "".join(
        f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{_TYPES}.worksheet+xml"/>'
        for n in numbers
    )
    return {
        "[Content_Types].xml": (
            f'<Types xmlns="{_PKG}/content-types"><Default Extension="rels"'
            ' ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            '<Default Extension="xml" ContentType="application/xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPES}.sheet.main+xml"/>'
            f'<Override PartName="/xl/styles.xml" ContentType="{_TYPES}.styles+xml"/>{parts}</Types>'
        ),
        "_rels/.rels": (
            f'<Relationships xmlns="{_PKG}/relationships">'
            f'<Relationship Id="rId1" Type="{_REL}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
        ),
        "xl/workbook.xml": (
            f'<workbook xmlns="{_MAIN}" xmlns:r="{_REL}"><sheets>{sheets}</sheets></workbook>'
        ),
        "xl/_rels/workbook.xml.rels": (
            f'<Relationships xmlns="{_PKG}/relationships">{joined}'
            f'<Relationship Id="rId{len(names) + 1}" Type="{_REL}/styles" Target="styles.xml"/></Relationships>'
        ),
        "xl/styles.xml": _styles(),
    }


def _styles() -> str:
    money = ["#,##0" + ("." + "0" * n if n else "") for n in range(MOST_DECIMALS + 1)]
    own = ["yyyy\\-mm\\-dd", "#,##0.########", *money]
    formats = "".join(
        f'<numFmt numFmtId="{164 + n}" formatCode={quoteattr(code)}/>' for n, code in enumerate(own)
    )
    used = [0, 0, 164, 3, 165, *range(166, 166 + len(money))]
    cells = "".join(
        f'<xf numFmtId="{number}" fontId="{int(n == HEADER)}" fillId="0" borderId="0" xfId="0"'
        ' applyNumberFormat="1" applyFont="1"/>'
        for n, number in enumerate(used)
    )
    font = '<sz val="10"/><name val="Arial"/>'
    return (
        f'<styleSheet xmlns="{_MAIN}"><numFmts count="{len(own)}">{formats}</numFmts>'
        f'<fonts count="2"><font>{font}</font><font><b/>{font}</font></fonts>'
        '<fills count="2"><fill><patternFill patternType="none"/></fill>'
        '<fill><patternFill patternType="gray125"/></fill></fills>'
        '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
        '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
        f'<cellXfs count="{len(used)}">{cells}</cellXfs>'
        '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>'
        "</styleSheet>"
    )
