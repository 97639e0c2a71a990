"""Files of one document a row, NDJSON or CSV, read row by row and kept in chunks, whatever they are about."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, Any, TypeVar

from backoffice.access.problems import problem_of
from backoffice.kernel.errors import Refusal
from deals.capturing.schema import Unreadable
from deals.capturing.spooling import CSV, MAX_ROWS, WrongHeader, too_large

Row = TypeVar("Row")
Parsed = TypeVar("Parsed")


def read_rows(
    file: IO[bytes], media_type: str, *, columns: Collection[str],
    of_line: Callable[[bytes], Row], of_cells: Callable[[Mapping[str, Any]], Row],
) -> Iterator[Row | Refusal]:  # fmt: skip
    """Each row, or why it cannot be read; an empty cell is an absent member. Raises WrongHeader."""
    file.seek(0)
    if media_type == CSV:
        return _csv(file, columns, of_cells)
    return _ndjson(file, of_line)


@dataclass(slots=True)
class Outcome:
    """What became of each row."""

    counts: Counter[str] = field(default_factory=Counter)
    rows: list[dict[str, Any]] = field(default_factory=list)


def take_rows(
    rows: Iterable[Any], *, parse: Callable[[Any], Parsed],
    keep: Callable[[Sequence[Parsed]], Iterable[tuple[str, str | None] | Refusal]], at_once: int,
) -> Outcome:  # fmt: skip
    """Keep what can be read of `read_rows`, so many at once; a row that cannot be taken loses no other.

    `keep` says of each in its turn what became of it and its reference, or why it is refused. Raises
    BodyTooLarge.
    """
    outcome, chunk = Outcome(), list[tuple[int, Parsed]]()

    def refuse(index: int, refusal: Refusal) -> None:
        outcome.counts["refused"] += 1
        problem = problem_of(refusal, "")
        outcome.rows.append({"index": index, "status": "refused", "problem": problem})

    def keep_chunk() -> None:
        found = keep([each for _, each in chunk])
        for (index, _), told in zip(chunk, found, strict=True):
            if isinstance(told, Refusal):
                refuse(index, told)
                continue
            became, reference = told
            outcome.counts[became] += 1
            outcome.rows.append({"index": index, "status": became, "reference": reference})
        chunk.clear()

    for index, row in enumerate(rows):
        if index >= MAX_ROWS:
            raise too_large()
        try:
            if isinstance(row, Refusal):
                raise row
            chunk.append((index, parse(row)))
        except Refusal as refusal:
            refuse(index, refusal)
        if len(chunk) == at_once:
            keep_chunk()
    keep_chunk()
    outcome.rows.sort(key=lambda row: row["index"])
    return outcome


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
            unknown = ", ".join(sorted(set(wrong))) or "-"
            raise WrongHeader(columns=unknown, known=", ".join(sorted(columns)))
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
