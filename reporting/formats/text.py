"""CSV and JSON of canonical rows, piece by piece: as long as they are, memory stays flat."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

import msgspec

from reporting.reports.base import Report, Row

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
PIECE = 1_000  # rows


def csv_pieces(report: Report, rows: Iterable[Row]) -> Iterator[bytes]:
    """RFC 4180, in UTF-8 with the mark that spreadsheets look for; texts never start a formula."""
    target = io.StringIO(newline="")
    writer = csv.writer(target)
    writer.writerow([column.name for column in report.columns])
    texts = [column.kind == "text" for column in report.columns]
    yield b"\xef\xbb\xbf"
    for number, row in enumerate(rows, 1):
        writer.writerow(
            [harmless(cell) if is_text else cell for cell, is_text in zip(row, texts, strict=True)]
        )
        if number % PIECE == 0:
            yield _taken(target)
    yield _taken(target)


def _taken(target: io.StringIO) -> bytes:
    piece = target.getvalue().encode()
    target.seek(0)
    target.truncate()
    return piece


def harmless(cell: str | None) -> str | None:
    """A text that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell and cell.startswith(FORMULA_STARTS) else cell


def json_pieces(report: Report, rows: Iterable[Row]) -> Iterator[bytes]:
    """A list with one object for each row, one a line; numbers are strings, as everywhere."""
    names = [column.name for column in report.columns]
    encode = msgspec.json.Encoder().encode
    piece, between = bytearray(b"["), b"\n"
    for number, row in enumerate(rows, 1):
        piece += between + encode(dict(zip(names, row, strict=True)))
        between = b",\n"
        if number % PIECE == 0:
            yield bytes(piece)
            piece.clear()
    yield bytes(piece) + b"\n]\n"
