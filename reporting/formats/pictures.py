"""Pictures of a run: bars with their words, as pages and paper draw them; of each entity its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from reporting.formats.shown import Names, tables_of, written
from reporting.reports.base import Cell, Picture, Report, Row

WHOLE = 1_000  # the length of the longest bar
MOST_BARS = 62  # two months of days


class Bar(NamedTuple):
    """`length` and `filled` of `WHOLE`; what is below zero is drawn otherwise."""

    label: str
    shown: str
    length: int
    filled: int
    part: str
    below: bool


class Drawn(NamedTuple):
    """One picture. `by_day`: its bars stand side by side, in the order of days."""

    section: str
    title: str
    entity: str
    value: str
    part: str
    currency: str
    by_day: bool
    bars: Sequence[Bar]


def pictures_of(report: Report, rows: Iterable[Row]) -> list[Drawn]:
    """All pictures of a report that have anything to show, entity by entity."""
    wanted = {picture.section for picture in report.pictures}
    by_section: dict[str, list[Row]] = {}
    for row in rows if wanted else ():
        if row[0] in wanted:
            by_section.setdefault(row[0] or "", []).append(row)
    names = Names()
    for table in tables_of(report):
        names.learn(table, by_section.get(table.code, []))
    found = [
        drawn
        for picture in report.pictures
        for drawn in _drawn(report, picture, by_section.get(picture.section, []), names)
    ]
    return sorted(found, key=lambda drawn: drawn.entity)


def _drawn(report: Report, picture: Picture, rows: Sequence[Row], names: Names) -> Iterator[Drawn]:
    columns = {column.name: column for column in report.columns}
    title = next(str(s.title) for s in report.sections if s.code == picture.section)
    by_entity: dict[Cell, list[Mapping[str, Cell]]] = {}
    for row in rows:
        told = report.told(row)
        by_entity.setdefault(told["entity"], []).append(told)
    for entity, some in by_entity.items():
        bars = _bars(report, picture, some[-MOST_BARS:])
        if any(bar.length for bar in bars):
            part = str(columns[picture.part].title) if picture.part else ""
            yield Drawn(
                picture.section, title, names.of(columns["entity"], entity) or (entity or ""),
                str(columns[picture.value].title), part,
                some[0]["currency"] or "" if columns[picture.value].kind == "money" else "",
                columns[picture.label].kind == "date", bars,
            )  # fmt: skip


def _bars(report: Report, picture: Picture, rows: Sequence[Mapping[str, Cell]]) -> list[Bar]:
    columns = {column.name: column for column in report.columns}
    amounts = [Decimal(row[picture.value] or 0) for row in rows]
    most = max(map(abs, amounts), default=Decimal(0))
    found = []
    for row, amount in zip(rows, amounts, strict=True):
        part = row[picture.part] if picture.part else None
        found.append(
            Bar(
                written(columns[picture.label], row[picture.label]),
                written(columns[picture.value], row[picture.value], row["currency"]),
                _length(amount, most), _length(Decimal(part or 0), most),
                written(columns[picture.part], part) if picture.part else "", amount < 0,
            )
        )  # fmt: skip
    return found


def _length(amount: Decimal, most: Decimal) -> int:
    return int(WHOLE * abs(amount) / most) if most else 0
