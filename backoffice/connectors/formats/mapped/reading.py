"""A report by the mapping of its day: XML of the exchange, tables of the depository. Strict about what is mapped."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from collections.abc import Mapping as Facts
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from typing import Any

from backoffice.connectors.formats.decoding import decode
from backoffice.connectors.formats.mapped.mapping import Column, Mapping, mappings
from backoffice.connectors.formats.refusing import Problems, at_line, refuse
from backoffice.connectors.formats.xml import Node, elements_of
from backoffice.kernel.identifiers import problem_with

FORMAT = "report"
NUMBER = re.compile(r"-?[0-9]{1,18}(?:[.,][0-9]{1,12})?\Z", re.ASCII)
RUSSIAN_DAY = re.compile(r"([0-9]{2})\.([0-9]{2})\.([0-9]{4})\Z", re.ASCII)
XML_START = re.compile(rb"\A(?:\xef\xbb\xbf)?\s*<")
EVERY = ["*"]  # element
MOST_ROWS = 1_000_000
DELIMITER = ";"
Value = str | Decimal | date | time | int | None


@dataclass(frozen=True, slots=True)
class Row:
    """One record: its values by the names of the mapping."""

    position: int
    values: Facts[str, Value]
    source_line: int


@dataclass(frozen=True, slots=True)
class Report:
    """What a report says, and by which version of its mapping it was read."""

    report: str
    version: str
    day: date
    number: str
    rows: tuple[Row, ...]


def is_report(raw: bytes) -> bool:
    """Whether its beginning is that of a report that has a mapping."""
    return bool(_candidates(raw))


def read_report(raw: bytes) -> Report:
    """Raises Refused: no report that is mapped, a version that is not, and every value that is wrong."""
    candidates = _candidates(raw)
    if not candidates:
        refuse(FORMAT, "unknown-format", at_line(1), raw[:80].decode("latin-1"))
    return _read_table(raw, candidates) if candidates[0].is_table else _read_xml(raw, candidates)


def _candidates(raw: bytes) -> list[Mapping]:
    """The versions of the report that a file is: by its mark, or by its headings."""
    head = raw[:16_384]
    if XML_START.match(head):
        text = head.replace(b"\x00", b"").decode("latin-1")
        return [
            each for each in mappings()
            if not each.is_table and f'{each.marked_at.partition("@")[2]}="{each.mark}"' in text
        ]  # fmt: skip
    line = _first_line(raw)
    headings = {heading.strip().strip('"') for heading in line.split(DELIMITER)}
    return [
        each for each in mappings()
        if each.is_table and {c.source for c in each.columns if c.required} <= headings
    ]  # fmt: skip


def _first_line(raw: bytes) -> str:
    head = raw[:16_384]
    for encoding in ("utf-8-sig", "cp1251"):
        try:
            return head.decode(encoding).partition("\n")[0]
        except UnicodeDecodeError:
            continue
    return ""


def _chosen(candidates: list[Mapping], day: date) -> Mapping:
    """The version that holds on the day of the report."""
    found = next((each for each in candidates if each.holds(day)), None)
    if found is None:
        first = candidates[0]
        known = ", ".join(f"{each.version} ({each.valid_from})" for each in candidates)
        refuse(first.report, "unknown-version", at_line(1), day.isoformat(), known=known)
    return found


def _read_xml(raw: bytes, candidates: list[Mapping]) -> Report:
    first = candidates[0]
    names = {each.record for each in candidates} | {
        each.day.partition("@")[0] for each in candidates
    }
    problems = Problems(first.report)
    mapping: Mapping | None = None
    day, number = date.min, ""
    rows: list[Row] = []
    met: dict[str, str] = {}  # each element's first place
    for event, node in elements_of(raw, first.report, EVERY):
        if event == "start":
            continue
        if node.name not in met:
            met[node.name] = str(node)
        if mapping is None and node.name in names:
            day = _day_of(node, first)
            mapping = _chosen(candidates, day)
            number = _attribute(node, mapping.number)
        if mapping is None or node.name != mapping.record:
            continue
        if len(rows) >= MOST_ROWS:
            refuse(first.report, "too-large", str(node), str(len(rows)), most=MOST_ROWS)
        told = {each.source: _attribute(node, each.source) for each in mapping.columns}
        values = dict(_values(mapping, told, str(node), problems))
        rows.append(Row(len(rows) + 1, values, node.element.sourceline or 0))
    if mapping is None:
        refuse(first.report, "missing-element", at_line(1), missing=first.day)
    for name, where in met.items():
        if name not in mapping.elements:
            problems.add("unmapped-element", where, name, version=mapping.version)
    problems.refuse_if_any()
    return Report(mapping.report, mapping.version, day, number, tuple(rows))


def _day_of(node: Node, mapping: Mapping) -> date:
    text = _attribute(node, mapping.day)
    try:
        return _day(text)
    except ValueError:
        refuse(mapping.report, "wrong-date", str(node), text, form="YYYY-MM-DD")


def _attribute(node: Node, source: str) -> str:
    """`Element@Attribute` of the node, or of the nearest element around it that has this name."""
    name, _, attribute = source.partition("@")
    element: Any = node.element
    while element is not None:
        if not name or Node(element).name == name:
            return str(element.get(attribute) or "").strip()
        element = element.getparent()
    return ""


def _read_table(raw: bytes, candidates: list[Mapping]) -> Report:
    first = candidates[0]
    text = decode(raw, format=first.report).text
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=DELIMITER, strict=True)
    reader.fieldnames = [name.strip() for name in reader.fieldnames or []]
    problems = Problems(first.report)
    try:
        told = [
            (reader.line_num, {name: (cell or "").strip() for name, cell in row.items() if name})
            for row in reader
        ]
    except csv.Error as error:
        refuse(first.report, "wrong-field", at_line(reader.line_num), str(error), form="CSV")
    if not told:
        refuse(first.report, "no-message", at_line(1))
    if len(told) > MOST_ROWS:
        refuse(first.report, "too-large", "file", str(len(told)), most=MOST_ROWS)
    line, row = told[0]
    try:
        day = _day(row.get(first.day, ""))
    except ValueError:
        found = row.get(first.day, "")
        refuse(first.report, "wrong-date", at_line(line, first.day), found, form="DD.MM.YYYY")
    mapping = _chosen(candidates, day)
    rows = []
    for position, (line, row) in enumerate(told, 1):
        if row[mapping.day] != told[0][1][mapping.day]:
            problems.add("misplaced", at_line(line, mapping.day), f"row {position}")
        values = dict(_values(mapping, row, at_line(line), problems))
        rows.append(Row(position, values, line))
    problems.refuse_if_any()
    number = told[0][1].get(mapping.number, "")
    return Report(mapping.report, mapping.version, day, number, tuple(rows))


def _values(
    mapping: Mapping, told: Facts[str, str], where: str, problems: Problems
) -> Iterator[tuple[str, Value]]:
    for column in mapping.columns:
        text = told.get(column.source, "")
        at = f"{where}, {column.source}"
        if not text:
            if column.required:
                problems.add("missing-field", at, missing=column.source, message=mapping.report)
            yield column.name, None if column.kind != "text" else ""
            continue
        if column.kind == "code" and text not in column.codes:
            problems.add("wrong-code", at, text, known=", ".join(column.codes))
            yield column.name, None
            continue
        try:
            yield column.name, _value(column, text)
        except ValueError:
            problems.add("wrong-value", at, text, form=FORMS[column.kind])
            yield column.name, None


FORMS = {
    "day": "YYYY-MM-DD", "time": "HH:MM:SS", "number": "1234.56", "whole": "1234", "text": "text",
}  # fmt: skip


def _value(column: Column, text: str) -> Value:
    if column.kind == "code":
        return column.codes[text]
    if column.kind == "day":
        return _day(text)
    if column.kind == "time":
        return time.fromisoformat(text)
    if column.kind == "number":
        return _number(text)
    if column.kind == "whole":
        if not text.isascii() or not text.isdigit() or len(text) > 18:
            raise ValueError("not a whole number")
        return int(text)
    if column.name == "isin" and problem_with("ISIN", text):
        raise ValueError("not an ISIN")
    return text


def _day(text: str) -> date:
    russian = RUSSIAN_DAY.match(text)
    if russian:
        return date(int(russian[3]), int(russian[2]), int(russian[1]))
    if len(text) != 10:
        raise ValueError("not a day")
    return date.fromisoformat(text)


def _number(text: str) -> Decimal:
    """Blanks of either kind part thousands in tables; a comma or a dot is the decimal sign."""
    plain = text.replace(" ", "").replace("\xa0", "")
    if not NUMBER.match(plain):
        raise ValueError("not a number")
    return Decimal(plain.replace(",", "."))
