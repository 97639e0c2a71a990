"""The European Central Bank's reference rates: one line a day, one column a currency, `N/A` for none."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from refdata.loading.importing import Loaded, Problem, add_missing, number, sorted_out
from refdata.loading.reading import Unreadable, read_csv

SOURCE = "ECB"
NOTHING = ("", "N/A")
MONTH_NAMES = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip


class RateLine(NamedTuple):
    """What one euro was worth in another currency on a day."""

    base: str
    quote: str
    day: date
    source: str
    value: Decimal


def parse_rates(path: Path) -> Iterator[RateLine | Problem]:
    """The rates of a day or of the history, as CSV or as the archive that holds it."""
    lines = read_csv(path)
    header = next(lines, [])
    if not header or header[0] != "Date":
        raise Unreadable("the first line does not begin with Date")
    for row, cells in enumerate(lines, start=2):
        if any(cells):
            yield from _day(row, header, cells)


def _day(row: int, header: list[str], cells: list[str]) -> Iterator[RateLine | Problem]:
    try:
        day = _date(cells[0])
    except ValueError as error:
        yield Problem(row, "Date", str(error))
        return
    for name, cell in zip(header[1:], cells[1:], strict=False):
        if not name or cell in NOTHING:
            continue
        try:
            yield RateLine("EUR", name[:3], day, SOURCE, number(cell))
        except ValueError as error:
            yield Problem(row, name, str(error))


def _date(text: str) -> date:
    """The history writes 2026-04-13, the file of a day 13 April 2026. Raises ValueError."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        day, _, rest = text.partition(" ")
        month, _, year = rest.partition(" ")
        if month not in MONTH_NAMES or not (day.isdecimal() and year.isdecimal()):
            raise ValueError(f"{text!r} is not a date") from None
        return date(int(year), MONTH_NAMES.index(month) + 1, int(day))


def load_rates(path: Path) -> Loaded:
    """Add the rates that are not there yet."""
    rows, problems = sorted_out(parse_rates(path))
    found = add_missing("refdata_fxrate", ("base", "quote", "rate_date", "source", "value"), rows)
    return found.and_also(Loaded(problems=problems))
