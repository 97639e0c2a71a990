"""Lists of securities by ISIN with their symbols, and of an index's companies (CSV)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from refdata.loading.importing import (
    Loaded,
    Problem,
    add_or_change,
    identifier,
    sorted_out,
)
from refdata.loading.reading import Unreadable, read_csv

SYMBOLS_HEADER = ["ISIN", "symbol"]
COMPANY_COLUMNS = ("Symbol", "Security", "CIK", "GICS Sector")


class SecurityLine(NamedTuple):
    isin: str
    symbols: str  # as PostgreSQL reads an array


class CompanyLine(NamedTuple):
    symbol: str
    name: str
    cik: str
    sector: str


def parse_securities(path: Path) -> Iterator[SecurityLine | Problem]:
    """An ISIN and its symbols: a line may have several, or none."""
    lines = read_csv(path)
    if next(lines, None) != SYMBOLS_HEADER:
        raise Unreadable("the columns ISIN and symbol are expected")
    for row, cells in enumerate(lines, start=2):
        if not any(cells):
            continue
        symbols = [cell for cell in cells[1:] if cell]
        wrong = next((s for s in symbols if not _is_symbol(s)), None)
        if problem := identifier("ISIN", cells[0], row, "ISIN"):
            yield problem
        elif wrong is not None:
            yield Problem(row, "symbol", f"{wrong!r} is no symbol", code="wrong-characters")
        else:
            yield SecurityLine(cells[0], "{" + ",".join(f'"{s}"' for s in symbols) + "}")


def _is_symbol(text: str) -> bool:
    return len(text) <= 20 and text.isascii() and text.isprintable() and not set(text) & set('"\\')


def parse_companies(path: Path) -> Iterator[CompanyLine | Problem]:
    lines = read_csv(path)
    header = next(lines, [])
    if not set(COMPANY_COLUMNS) <= set(header):
        raise Unreadable(f"the columns {', '.join(COMPANY_COLUMNS)} are expected")
    places = [header.index(name) for name in COMPANY_COLUMNS]
    for row, cells in enumerate(lines, start=2):
        if not any(cells):
            continue
        symbol, name, cik, sector = (cells[at] if at < len(cells) else "" for at in places)
        if not symbol or not name:
            missing = "Security" if symbol else "Symbol"
            yield Problem(row, missing, "the value is missing", code="missing-value")
        elif not (cik.isascii() and cik.isdigit() and len(cik) <= 10):
            yield Problem(row, "CIK", f"{cik!r} is not a number of up to ten digits")
        else:
            yield CompanyLine(symbol[:20], name[:200], cik.zfill(10), sector[:80])


def load_securities(path: Path) -> Loaded:
    rows, problems = sorted_out(parse_securities(path))
    found = add_or_change("refdata_listedsecurity", ("isin",), SecurityLine._fields, rows)
    return found.and_also(Loaded(problems=problems))


def load_companies(path: Path) -> Loaded:
    rows, problems = sorted_out(parse_companies(path))
    found = add_or_change("refdata_listedcompany", ("symbol",), CompanyLine._fields, rows)
    return found.and_also(Loaded(problems=problems))
