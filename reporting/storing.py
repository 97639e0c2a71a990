"""The rows of a run as they are kept: a file of JSON lines, hashed, summed and found again by their place.

The file is written beside and moved when it is whole, so that a killed worker leaves nothing that
could be taken for rows. A page of it is read from the byte where it begins: however long the file
is, no more than the page is read.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import IO, Any

import msgspec
from django.conf import settings

from backoffice.kernel.errors import NotFound
from reporting.reports.base import Query, Report, Row, Rows

BUFFER = 1 << 18
LONGEST_PAGE = 1 << 22  # bytes read to find the page before a place

_decode = msgspec.json.Decoder(list[str | None]).decode
_encode = msgspec.json.Encoder().encode


def path_of(run_id: int) -> Path:
    return Path(settings.MEDIA_ROOT) / "reports" / f"RR-{run_id}.jsonl"


@dataclass
class Written:
    """What is known of rows once they are written: hash, counts, where sections begin, and sums.

    `totals` are sums by section, column and currency, as plain decimals; `sections` give the number
    of rows and the first byte of each.
    """

    sha256: str = ""
    rows: int = 0
    bytes: int = 0
    sections: dict[str, dict[str, int]] = field(default_factory=dict)
    totals: dict[str, dict[str, dict[str, str]]] = field(default_factory=dict)

    @property
    def contents(self) -> dict[str, Any]:
        return {"sections": self.sections, "totals": self.totals}


class RowWriter:
    """Takes rows as lines of JSON: writes, hashes, counts and adds up, in flat memory."""

    def __init__(self, report: Report, file: IO[bytes]) -> None:
        self.file = file
        self.digest = hashlib.sha256()
        self.found = Written()
        self.sectioned = bool(report.sections)
        self.summed = [
            (index, column.name, report.column(column.currency) if column.currency else None)
            for index, column in enumerate(report.columns)
            if column.sums
        ]
        self.sums: dict[tuple[str, str, str], Decimal] = {}

    def write(self, line: bytes) -> None:
        """One row, or several whole ones, as lines."""
        for each in line.splitlines(keepends=True) if line.count(b"\n") > 1 else (line,):
            self._take(each)

    def _take(self, line: bytes) -> None:
        found = self.found
        self.file.write(line)
        self.digest.update(line)
        found.rows += 1
        if self.sectioned or self.summed:
            row = _decode(line)
            section = (row[0] or "") if self.sectioned else ""
            place = found.sections.get(section)
            if place is None:
                place = found.sections[section] = {"rows": 0, "from": found.bytes}
            place["rows"] += 1
            for index, name, currency in self.summed:
                value = row[index]
                if value is not None:
                    key = section, name, (row[currency] or "") if currency is not None else ""
                    self.sums[key] = self.sums.get(key, Decimal(0)) + Decimal(value)
        found.bytes += len(line)

    def written(self) -> Written:
        """What was written. Sums keep the scale of what they add."""
        self.found.sha256 = self.digest.hexdigest()
        for (section, name, currency), total in sorted(self.sums.items()):
            by_column = self.found.totals.setdefault(section, {})
            by_column.setdefault(name, {})[currency] = f"{total:f}"
        return self.found


def write_rows(
    report: Report, rows: Rows, file: IO[bytes], *, progress: Callable[[int], None] | None = None
) -> Written:
    """Write the rows of a report to an open file; `progress` hears of per cents between its parts."""
    writer = RowWriter(report, file)
    width = len(report.columns)
    if isinstance(rows, Query):
        rows.write_to(writer, width=width)
    elif isinstance(rows, Sequence) and rows and isinstance(rows[0], Query):
        for number, part in enumerate(rows, 1):
            assert isinstance(part, Query)
            part.write_to(writer, width=width)
            if progress:
                progress(100 * number // len(rows))
    else:
        for row in rows:
            writer.write(_encode(row) + b"\n")
    return writer.written()


@contextmanager
def file_beside(path: Path) -> Iterator[IO[bytes]]:
    """A new file that becomes `path` when the block ends well, and leaves nothing when it does not."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=f"{path.stem}.", suffix=".part", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb", buffering=BUFFER) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(path)
    finally:
        Path(name).unlink(missing_ok=True)


def forget_parts(run_id: int) -> None:
    """Remove what workers that died left half written; for whoever holds the run."""
    path = path_of(run_id)
    for part in path.parent.glob(f"{path.stem}.*.part"):
        part.unlink(missing_ok=True)


def hash_of_file(path: Path) -> str:
    """SHA-256 of the bytes as they lie there; empty when there are none."""
    if not path.exists():
        return ""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def rows_in(path: Path) -> Iterator[Row]:
    with path.open("rb", buffering=BUFFER) as file:
        for line in file:
            yield _decode(line)


@dataclass(frozen=True, slots=True)
class RowPage:
    """Some rows of a file in their order, and the places of the pages around them (None: no more)."""

    rows: list[Row]
    before: int | None
    after: int | None


def page_of_rows(path: Path, *, start: int, stop: int, size: int, first: int = 0) -> RowPage:
    """At most `size` rows from the byte `start`, within the bytes `first` to `stop`.

    Raises NotFound when no row begins at `start`.
    """
    with path.open("rb") as file:
        file.seek(max(0, start - 1))
        if not first <= start <= stop or (start > 0 and file.read(1) != b"\n"):
            raise NotFound(what="row", reference=start)
        file.seek(start)
        rows: list[Row] = []
        place = start
        while len(rows) < size and place < stop and (line := file.readline()):
            rows.append(_decode(line))
            place += len(line)
        low = max(first, start - LONGEST_PAGE)
        file.seek(low)
        behind = file.read(start - low).splitlines(keepends=True)[-size:]
    before = start - sum(map(len, behind)) if behind else None
    return RowPage(rows, before, place if place < stop else None)


@dataclass(frozen=True, slots=True)
class Difference:
    """A row that is not the same in two files; None where one of them has no more."""

    number: int
    stored: Row | None
    recomputed: Row | None


def first_differences(stored: Path, recomputed: Path, *, most: int) -> list[Difference]:
    """Where two files of rows differ first. Rows that cannot be read are shown as they are."""
    found: list[Difference] = []
    with stored.open("rb") as one, recomputed.open("rb") as other:
        number = 0
        while len(found) < most:
            left, right = one.readline(), other.readline()
            if not left and not right:
                break
            number += 1
            if left != right:
                found.append(Difference(number, _readable(left), _readable(right)))
    return found


def _readable(line: bytes) -> Row | None:
    if not line:
        return None
    try:
        return _decode(line)
    except msgspec.MsgspecError:
        return [line[:200].decode("utf-8", "replace").rstrip("\n")]
