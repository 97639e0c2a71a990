"""Files of one document a row, NDJSON or CSV, read row by row whatever the documents are about."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import IO, Any, TypeVar

from backoffice.kernel.errors import Refusal
from deals.capturing.schema import Unreadable
from deals.capturing.spooling import CSV, WrongHeader

Row = TypeVar("Row")


def read_rows(
    file: IO[bytes], media_type: str, *, columns: Collection[str],
    of_line: Callable[[bytes], Row], of_cells: Callable[[Mapping[str, Any]], Row],
) -> Iterator[Row | Refusal]:  # fmt: skip
    """Each row, or why it cannot be read; an empty cell is an absent member. Raises WrongHeader."""
    file.seek(0)
    if media_type == CSV:
        return _csv(file, columns, of_cells)
    return _ndjson(file, of_line)


def _ndjson(lines: Iterable[bytes], of_line: Callable[[bytes], Row]) -> Iterator[Row | Refusal]:
    for line in lines:
        if line.strip():
            try:
                yield of_line(line)
            except Refusal as refusal:
                yield refusal


def _csv(
    file: IO[bytes], columns: Collection[str], of_cells: Callable[[Mapping[str, Any]], Row]
) -> Iterator[Row | Refusal]:
    text = io.TextIOWrapper(file, "utf-8-sig", errors="replace", newline="")
    try:
        reader = csv.DictReader(text, strict=True)
        names = list(reader.fieldnames or ())
        wrong = [name for name in names if name not in columns or names.count(name) > 1]
        if wrong or not names:
            raise WrongHeader(columns=", ".join(sorted(set(wrong))) or "-")
        for row in reader:
            try:
                yield of_cells(_told(row))
            except Refusal as refusal:
                yield refusal
    except csv.Error as error:
        yield Unreadable(why=str(error))
    finally:
        text.detach()


def _told(row: dict[str, Any]) -> dict[str, Any]:
    if None in row or None in row.values():
        raise Unreadable(why="The row does not have as many cells as the header.")
    return {name: cell for name, cell in row.items() if cell != ""}
