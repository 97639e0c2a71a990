"""The European Central Bank's reference rates: one line a day, one column a currency, `N/A` for none."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from refdata.loading.importing import Loaded, Problem, Unreadable, add_missing, number, sorted_out

SOURCE = "ECB"
NOTHING = ("", "N/A")


class RateLine(NamedTuple):
    """What one euro was worth in another currency on a day."""

    base: str
    quote: str
    day: date
    source: str
    value: Decimal


def parse_rates(path: Path) -> Iterator[RateLine | Problem]:
    """The rates of the history, as CSV or as the archive that holds it."""
    reader = csv.reader(io.StringIO(_text(path)))
    header = [name.strip() for name in next(reader, [])]
    if not header or header[0] != "Date":
        raise Unreadable("the first line does not begin with Date")
    for row, cells in enumerate(reader, start=2):
        if any(cell.strip() for cell in cells):
            yield from _day(row, header, [cell.strip() for cell in cells])


def _text(path: Path) -> str:
    if not zipfile.is_zipfile(path):
        return path.read_text(encoding="utf-8-sig")
    with zipfile.ZipFile(path) as archive:
        return archive.read(archive.namelist()[0]).decode("utf-8-sig")


def _day(row: int, header: list[str], cells: list[str]) -> Iterator[RateLine | Problem]:
    try:
        day = date.fromisoformat(cells[0])
    except ValueError:
        yield Problem(row, "Date", f"{cells[0]!r} is not a date")
        return
    for name, cell in zip(header[1:], cells[1:], strict=False):
        if not name or cell in NOTHING:
            continue
        try:
            yield RateLine("EUR", name, day, SOURCE, number(cell))
        except ValueError as error:
            yield Problem(row, name, str(error))


def load_rates(path: Path) -> Loaded:
    """Add the rates that are not there yet."""
    rows, problems = sorted_out(parse_rates(path))
    found = add_missing("refdata_fxrate", ("base", "quote", "rate_date", "source", "value"), rows)
    return Loaded(found.added, found.unchanged, problems)
