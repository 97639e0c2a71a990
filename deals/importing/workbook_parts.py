"""The parts of a workbook gone through once before anything is opened. Pure; nothing of them is kept.

Programs that read workbooks take most parts whole, and believe what a row says of its number and a cell
of its column. So a few kilobytes can ask for gigabytes, or for a count to a million million. What unpacks
to more than a bound, builds up more than a bound, or stands in no order is refused here.
"""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import BinaryIO
from xml.parsers import expat

MAX_PARTS = 10_000
MAX_SHEET_ROWS, MAX_SHEET_COLUMNS = 1_048_576, 16_384  # ECMA-376
MAX_IN_ROW = 8 * MAX_SHEET_COLUMNS  # elements: cells with their values, pieces of rich text
MAX_SAID_BY_ROWS = 8 * MAX_SHEET_ROWS  # attributes of all rows of a sheet
MAX_QUIET = 512 * 1024  # bytes without an element: the longest text of a cell has 32,767 characters
_PIECE = 64 * 1024
_TYPES = "[Content_Types].xml"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml."
_ROW = "http://schemas.openxmlformats.org/spreadsheetml/2006/main}row"


class WrongPart(ValueError):
    """A part as no program writes it; its words say which and why."""


class TooMuch(Exception):
    """More than a bound that tables are held to."""


@dataclass(frozen=True, slots=True)
class Bound:
    """How many bytes a part may unpack to, and how many elements it may have outside of rows."""

    size: int
    elements: int


_WHOLE = Bound(4 * 1024 * 1024, 100_000)  # read whole, whatever it is
_PASSED_OVER = Bound(16 * 1024 * 1024, 1_000_000)  # never read: pictures, the order of formulas
# Found by their names, whatever type they are said to have.
_NAMED = frozenset({_TYPES, "xl/workbook.xml", "xl/styles.xml"})


def require_bounded(file: BinaryIO, *, size: int, strings: int) -> None:
    """Raises TooMuch, WrongPart, and what zipfile does. `size` is of all parts, `strings` of the shared ones.

    The reader of archives stops at the size a part declares and compares its checksum.
    """
    with zipfile.ZipFile(file) as archive:
        members = archive.infolist()
        if len(members) > MAX_PARTS:
            raise TooMuch
        bounds = _bounds(
            _types_of(archive), Bound(size, _WHOLE.elements), Bound(strings, strings // 8)
        )
        left = size
        for member in members:
            left -= _look_through(archive, member, _bound_of(member.filename, bounds), left)


def _look_through(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, bound: Bound, left: int
) -> int:
    """The bytes that a part unpacks to, of which no more than `left` may be."""
    look, size = _Look(member.filename, bound), 0
    with archive.open(member) as part:
        while piece := part.read(_PIECE):
            size += len(piece)
            if size > left:
                raise TooMuch
            if size > bound.size > _PASSED_OVER.size:
                raise TooMuch
            if size > bound.size:
                raise WrongPart(f"{member.filename} unpacks to more than {bound.size} bytes")
            look.at(piece)
    return size


class _Look:
    """What a part builds up, element by element; rows are looked for in every one.

    Which part a sheet stands in is said by a relationship, so any may be read as one.
    """

    def __init__(self, name: str, bound: Bound) -> None:
        self.name, self.left, self.large = name, bound.elements, bound.size > _WHOLE.size
        self.row = self.column = self.depth = self.in_row = self.said = self.seen = self.quiet = 0
        # As the reader names elements, so that both see the same rows.
        self.parser: expat.XMLParserType | None = expat.ParserCreate(namespace_separator="}")
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.StartDoctypeDeclHandler = self.doctype

    def at(self, piece: bytes) -> None:
        """Go on with the next bytes. What is no XML is no sheet, and where it breaks off the reader does too."""
        if self.parser is None:
            return
        seen = self.seen
        try:
            self.parser.Parse(piece, False)
        except expat.ExpatError:
            self.parser = None
            return
        self.quiet = 0 if self.seen != seen else self.quiet + len(piece)
        if self.large and self.quiet > MAX_QUIET:
            raise WrongPart(f"{self.name} has a text of more than {MAX_QUIET} bytes")

    def doctype(self, *_what: object) -> None:
        raise WrongPart(f"{self.name} declares a document type")

    def start(self, tag: str, said: Mapping[str, str]) -> None:
        self.seen += 1
        if self.depth:
            self._within(tag, said)
        elif tag == _ROW:
            self._begin_row(said)
        else:
            self.left -= 1
            if self.left < 0:
                raise WrongPart(f"{self.name} has too many elements")

    def end(self, _tag: str) -> None:
        if self.depth:
            self.depth -= 1

    def _begin_row(self, said: Mapping[str, str]) -> None:
        """A row that is not below the one before would be dropped without a word."""
        number = _number(said["r"]) if "r" in said else self.row + 1
        self.said += len(said)
        if number > MAX_SHEET_ROWS or self.said > MAX_SAID_BY_ROWS:
            raise TooMuch
        if number <= self.row:
            raise WrongPart(f"in {self.name} row {number} stands behind row {self.row}")
        self.row, self.column, self.in_row, self.depth = number, 0, 0, 1

    def _within(self, tag: str, said: Mapping[str, str]) -> None:
        """A cell that is not right of the one before would be dropped as well, or take its place."""
        self.depth += 1
        self.in_row += 1
        if tag == _ROW:
            raise WrongPart(f"in {self.name} row {self.row} holds another row")
        if self.depth == 2:  # a cell
            cell = said.get("r")
            column = _column(cell.rstrip("0123456789")) if cell else self.column + 1
            if column <= self.column:
                raise WrongPart(f"in row {self.row} of {self.name} cells are not in their order")
            self.column = column
        if self.column > MAX_SHEET_COLUMNS or self.in_row > MAX_IN_ROW:
            raise TooMuch


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 20):
        raise WrongPart(f"{text[:20]} is not the number of a row")
    return int(text)


@cache
def _column(letters: str) -> int:
    """The number of a column by its letters. Bounded: there are 18,278 of at most three."""
    if not (letters.isascii() and letters.isalpha() and len(letters) <= 3):
        raise WrongPart(f"{letters[:20]} is not a column")
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number


def _types_of(archive: zipfile.ZipFile) -> list[tuple[str, str]]:
    """The parts and their types, as the list of types says them; that list is bounded as others are."""
    found: list[tuple[str, str]] = []

    def note(tag: str, said: Mapping[str, str]) -> None:
        if tag.endswith("Override"):
            found.append((said.get("PartName", "")[1:], said.get("ContentType", "")))

    info = archive.getinfo(_TYPES)
    _look_through(archive, info, _WHOLE, 2 * _WHOLE.size)
    parser = expat.ParserCreate()
    parser.StartElementHandler = note
    with archive.open(info) as part, suppress(expat.ExpatError):
        while piece := part.read(_PIECE):
            parser.Parse(piece, False)
    return found


def _bounds(types: list[tuple[str, str]], sheet: Bound, strings: Bound) -> dict[str, Bound]:
    """Of each part that is listed. One with several types is held to the strictest of them."""
    known = {
        f"{_TYPE}worksheet+xml": sheet, f"{_TYPE}sharedStrings+xml": strings,
        f"{_TYPE}calcChain+xml": _PASSED_OVER, f"{_TYPE}pivotCacheRecords+xml": _PASSED_OVER,
    }  # fmt: skip
    found: dict[str, Bound] = {}
    for name, kind in types:
        own, before = known.get(kind, _WHOLE), found.get(name)
        found[name] = own if before is None or own.size < before.size else before
    return found


def _bound_of(name: str, bounds: Mapping[str, Bound]) -> Bound:
    if name in _NAMED or name.endswith(".rels"):
        return _WHOLE
    return bounds.get(name, _PASSED_OVER if name.startswith("xl/media/") else _WHOLE)
