"""`tests/expected/imports.csv` for the files of trades: what every row must become, row by row."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

EXPECTED = Path(__file__).resolve().parents[1] / "expected" / "imports.csv"


@dataclass
class Expected:
    """One file: whether it can be read, the outcome of each of its rows, and the sums."""

    file: str
    outcome: str = ""
    accepted: int = 0
    sums: dict[str, Decimal] = field(default_factory=dict)
    rows: dict[int, str] = field(default_factory=dict)


def expected_files() -> list[Expected]:
    found: dict[str, Expected] = {}
    with EXPECTED.open(encoding="utf-8", newline="") as file:
        for line in csv.DictReader(file):
            if not line["file"].startswith("trades/"):
                continue
            each = found.setdefault(line["file"], Expected(line["file"]))
            if line["row"] == "*":
                each.outcome, each.accepted = line["outcome"], int(line["count"])
                pairs = (sum.partition("=") for sum in line["sums"].split())
                each.sums = {name: Decimal(value) for name, _, value in pairs}
                continue
            first, _, last = line["row"].partition("-")
            numbers = range(int(first), int(last or first) + 1)
            assert len(numbers) == int(line["count"]), line
            assert not each.rows.keys() & set(numbers), line
            each.rows |= dict.fromkeys(numbers, line["outcome"])
    return list(found.values())
