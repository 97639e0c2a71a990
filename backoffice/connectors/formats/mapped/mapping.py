"""What a report is and where its values stand, version by version: data, in `data/*.json`.

A mapping holds for the days from `valid_from` to `valid_until` (exclusive). An XML source is `Element@Attribute`: of
the record itself or of the nearest element around it; a table's is the heading of a column.
"""

from __future__ import annotations

import json
from collections.abc import Mapping as Facts
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path

DATA = Path(__file__).parent / "data"
KINDS = ("text", "day", "time", "number", "whole", "code")


@dataclass(frozen=True, slots=True)
class Column:
    """One value of a row: where it stands, of which kind it is, what its codes mean."""

    name: str
    source: str
    kind: str = "text"
    required: bool = False
    codes: Facts[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Mapping:
    """One version of one report. `mark` is the value at `marked_at` (XML), or its columns say what a table is.

    `around` are elements of an XML report of which nothing is taken, though records may stand inside.
    """

    report: str
    title: str
    version: str
    valid_from: date
    day: str
    columns: tuple[Column, ...]
    valid_until: date | None = None
    record: str = ""
    mark: str = ""
    marked_at: str = ""
    number: str = ""
    around: tuple[str, ...] = ()

    @property
    def elements(self) -> frozenset[str]:
        """All that an XML report may have: what is not among them could be a record by another name."""
        sources = [self.day, self.number, self.marked_at, *(each.source for each in self.columns)]
        return frozenset({each.partition("@")[0] for each in sources} | {self.record, *self.around})

    @property
    def is_table(self) -> bool:
        return not self.record

    def holds(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_until is None or day < self.valid_until)


@cache
def mappings() -> tuple[Mapping, ...]:
    """All of them, by report and version."""
    found = [mapping_in(path.read_text(encoding="utf-8")) for path in sorted(DATA.glob("*.json"))]
    return tuple(sorted(found, key=lambda each: (each.report, each.valid_from)))


def mapping_in(text: str) -> Mapping:
    """A mapping in JSON. Raises ValueError for one that says what no reader does."""
    told = json.loads(text)
    columns = tuple(Column(**each) for each in told.pop("columns"))
    until = told.pop("valid_until", None)
    mapping = Mapping(
        **{key: value for key, value in told.items() if key not in ("valid_from", "around")},
        valid_from=date.fromisoformat(told["valid_from"]),
        valid_until=date.fromisoformat(until) if until else None, columns=columns,
        around=tuple(told.get("around", ())),
    )  # fmt: skip
    names = [each.name for each in columns]
    if len(set(names)) != len(names) or not all(each.kind in KINDS for each in columns):
        raise ValueError(f"{mapping.report} {mapping.version}: a column twice, or of no known kind")
    if any((each.kind == "code") is not bool(each.codes) for each in columns):
        raise ValueError(f"{mapping.report} {mapping.version}: a code without its meanings")
    return mapping


def versions_of(report: str) -> list[Mapping]:
    return [each for each in mappings() if each.report == report]
