"""Lists of BICs by country (JSON): a bank, its city and branch, its SWIFT code."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from refdata.loading.importing import (
    Loaded,
    Problem,
    add_or_change,
    identifier,
    sorted_out,
)
from refdata.loading.reading import Unreadable, read_json

SOURCE = "BIC list"


class BankLine(NamedTuple):
    scheme: str
    code: str
    name: str
    branch: str
    country: str
    city: str
    swift: str
    source: str


def parse_banks(path: Path) -> Iterator[BankLine | Problem]:
    document = read_json(path)
    if not isinstance(document, dict) or not isinstance(document.get("list"), list):
        raise Unreadable("a list of banks is expected")
    for row, line in enumerate(document["list"], start=1):
        yield _bank(row, line if isinstance(line, dict) else {})


def _bank(row: int, line: dict[str, Any]) -> BankLine | Problem:
    code = str(line.get("swift_code") or "")
    if problem := identifier("BIC", code, row, "swift_code"):
        return problem
    if not line.get("bank"):
        return Problem(row, "bank", "the bank has no name", code="missing-value")
    return BankLine(
        "BIC", code, str(line["bank"])[:200], str(line.get("branch") or "")[:120], code[4:6],
        str(line.get("city") or "")[:120], code, SOURCE,
    )  # fmt: skip


def load_banks(path: Path) -> Loaded:
    """Add the banks that are new, and change those that the list now describes otherwise."""
    rows, problems = sorted_out(parse_banks(path))
    found = add_or_change("refdata_bank", ("scheme", "code"), BankLine._fields, rows)
    return found.and_also(Loaded(problems=problems))
