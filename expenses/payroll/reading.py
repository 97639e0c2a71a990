"""Reading a file of a payroll journal: bytes to what it tells, or every problem with its line and field. Pure.

A file is known by its first row. Then rows of two cells tell the facts, and after an empty row a table has one person,
code and cost centre a row. Cells are parted by semicolons; an amount may have a comma and spaces between thousands,
as 1C writes it. Deductions and tax by rate are told as `126=1400.00 127=2800.00` and `13=312000 15=90000`.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from backoffice.kernel.decimals import parse
from backoffice.kernel.errors import FieldProblem, Invalid
from backoffice.kernel.i18n import gettext_noop
from expenses.payroll.checks import differing_totals, problems_of_line
from expenses.payroll.layouts import Layout, layouts
from expenses.payroll.told import TOTALS, ToldJournal, ToldPay

ZERO = Decimal(0)
MOST_LINES, MOST_PROBLEMS, MOST_BYTES = 20_000, 50, 20_000_000


class InvalidJournal(Invalid):
    code = "invalid-payroll-journal"
    title = gettext_noop("The payroll journal cannot be taken as it is")
    detail = gettext_noop("%(count)s problems were found; nothing was taken.")
    hint = gettext_noop("Mend what is named in errors and bring the whole file again.")


@dataclass(slots=True)
class Problems:
    """What is wrong with a file, each with its line and field."""

    found: list[FieldProblem] = field(default_factory=list)

    def add(self, line: int, name: str, code: str, detail: str, hint: str, value: object) -> None:
        facts = {"value": str(value)[:200], "line": line}
        self.found.append(FieldProblem(f"/lines/{line}/{name}", code, detail, hint, facts))

    def refuse_if_any(self) -> None:
        if self.found:
            raise InvalidJournal(self.found[:MOST_PROBLEMS], count=len(self.found))


def read_journal(raw: bytes) -> ToldJournal:
    """The journal of a file. Raises InvalidJournal with everything that is wrong with it."""
    problems = Problems()
    layout, text = _recognised(raw, problems)
    facts, table = _parts(text, layout, problems)
    lines = [_line(number, cells, layout, problems) for number, cells in table]
    told = ToldJournal(
        layout=layout.name, sha256=hashlib.sha256(raw).hexdigest(), lines=lines,
        entity=_fact(facts, "entity", problems), number=_fact(facts, "number", problems),
        month=_day(facts, "month", layout, problems).replace(day=1),
        pay_date=_day(facts, "pay_date", layout, problems), corrects=facts.get("corrects", (0, ""))[1],
        totals={
            name: _amount(*facts.get(name, (1, "")), f"total_{name}", problems) for name in TOTALS
        },
    )  # fmt: skip
    problems.refuse_if_any()
    _check(told, {name: line for name, (line, _text) in facts.items()}, problems)
    problems.refuse_if_any()
    return told


def _recognised(raw: bytes, problems: Problems) -> tuple[Layout, str]:
    for layout in layouts():
        for encoding in layout.encodings:
            try:
                text = raw[:MOST_BYTES].decode(encoding)
            except UnicodeDecodeError:
                continue
            first = text.lstrip("\ufeff").partition("\n")[0].strip().rstrip(";").strip()
            if first == layout.opens:
                return layout, text.lstrip("\ufeff")
    problems.add(
        1, "file", "unknown-layout", gettext_noop("Its first row names no layout that is known."),
        gettext_noop("Begin it as one of the published layouts does, such as: payroll journal;1"),
        raw[:40].decode("utf-8", "replace"),
    )  # fmt: skip
    problems.refuse_if_any()
    raise AssertionError


Facts = dict[str, tuple[int, str]]


def _parts(
    text: str, layout: Layout, problems: Problems
) -> tuple[Facts, list[tuple[int, dict[str, str]]]]:
    """The facts with their lines, and the rows of the table by the names of their columns."""
    facts: Facts = {}
    names: list[str] = []
    table: list[tuple[int, dict[str, str]]] = []
    reader = csv.reader(
        io.StringIO(text.replace("\x00", ""), newline=""), delimiter=";", strict=True
    )
    try:
        for number, row in enumerate(reader, start=1):
            cells = [cell.strip() for cell in row]
            if number == 1 or not any(cells):
                continue
            if names:
                table.append((number, dict(zip(names, cells, strict=False))))
            elif cells[0] in layout.facts and cells[0] not in layout.columns:
                facts[layout.facts[cells[0]]] = (number, (*cells, "")[1])
            else:
                names = _names(number, cells, layout, problems)
    except csv.Error as error:
        problems.add(
            reader.line_num, "file", "unreadable", gettext_noop("It is no CSV: %(value)s."),
            gettext_noop("Save it as CSV with semicolons."), error,
        )  # fmt: skip
    if not 0 < len(table) <= MOST_LINES:
        problems.add(
            reader.line_num, "file", "wrong-count", gettext_noop("It has %(value)s rows of people."),
            gettext_noop("A journal has at least one and at most 20,000."), len(table),
        )  # fmt: skip
    return facts, table


def _names(number: int, cells: list[str], layout: Layout, problems: Problems) -> list[str]:
    """What the columns are, by their headings; every heading is known, and none is missing."""
    for heading in cells:
        if heading and heading not in layout.columns:
            problems.add(
                number, "file", "unknown-column", gettext_noop("No column is known as %(value)s."),
                gettext_noop("Use the headings of the layout."), heading,
            )  # fmt: skip
    for heading in layout.columns:
        if cells.count(heading) != 1:
            problems.add(
                number, layout.columns[heading], "missing-column",
                gettext_noop("The column %(value)s is missing, or there twice."),
                gettext_noop("Use the headings of the layout."), heading,
            )  # fmt: skip
    return [layout.columns.get(heading, "") for heading in cells]


def _fact(facts: Facts, name: str, problems: Problems) -> str:
    line, text = facts.get(name, (1, ""))
    if not text or len(text) > 40:
        problems.add(
            line, name, "required", gettext_noop("The journal does not say it: %(value)s."),
            gettext_noop("Give it in the rows before the table, in 40 characters at most."), text or name,
        )  # fmt: skip
    return text


def _day(facts: Facts, name: str, layout: Layout, problems: Problems) -> date:
    line, text = facts.get(name, (1, ""))
    try:
        found = datetime.strptime(text, layout.dates).date()  # noqa: DTZ007 - a day has no zone
    except ValueError:
        found = date.min
    if not 2000 <= found.year <= 2100:
        problems.add(
            line, name, "wrong-day", gettext_noop("%(value)s is not a date."),
            gettext_noop("Write it as the layout does, such as 2026-11-30 or 30.11.2026."), text,
        )  # fmt: skip
    return found


def _line(number: int, cells: Mapping[str, str], layout: Layout, problems: Problems) -> ToldPay:
    def amount(name: str) -> Decimal:
        return _amount(number, cells.get(name, ""), name, problems)

    resident = cells.get("resident", "")
    if resident not in (*layout.yes, *layout.no):
        problems.add(
            number, "resident", "not-a-choice", gettext_noop("%(value)s says neither yes nor no."),
            gettext_noop("Say whether the person is a tax resident."), resident,
        )  # fmt: skip
    rates = _pairs(number, cells.get("by_rate", ""), "by_rate", problems)
    return ToldPay(
        line=number, person=cells.get("person", ""), inn=cells.get("inn", ""),
        resident=resident in layout.yes, centre=cells.get("centre", ""), code=cells.get("code", ""),
        accrued=amount("accrued"), base=amount("base"), held=amount("held"),
        contributions=amount("contributions"), net=amount("net"),
        deductions={code: sum_ for code, sum_ in _pairs(
            number, cells.get("deductions", ""), "deductions", problems)},
        by_rate={rate: tax for text, tax in rates if (
            rate := _rate(number, text, problems)) is not None},
        account=cells.get("account", ""), bik=cells.get("bik", ""),
    )  # fmt: skip


def _amount(line: int, text: str, name: str, problems: Problems) -> Decimal:
    """Empty is nothing; a comma is a point, and spaces part thousands."""
    spelt = text.replace("\xa0", "").replace(" ", "").replace(",", ".")
    try:
        return parse(spelt, scale=2) if spelt else ZERO
    except ValueError:
        problems.add(
            line, name, "wrong-amount", gettext_noop("%(value)s is no amount of rubles and kopecks."),
            gettext_noop("Write it in plain notation."), text,
        )  # fmt: skip
        return ZERO


def _pairs(line: int, text: str, name: str, problems: Problems) -> Iterator[tuple[str, Decimal]]:
    seen = set[str]()
    for each in text.split():
        key, parted, amount = each.partition("=")
        if not parted or not key or key in seen:
            problems.add(
                line, name, "wrong-pair", gettext_noop("%(value)s does not say how much of what, once."),
                gettext_noop("Write code and amount, such as 126=1400.00, apart by spaces."), each,
            )  # fmt: skip
            continue
        seen.add(key)
        yield key, _amount(line, amount, name, problems)


def _rate(line: int, text: str, problems: Problems) -> Decimal | None:
    """A rate in per cent as a fraction."""
    try:
        rate = parse(text.replace(",", "."), scale=2) / 100
    except ValueError:
        rate = ZERO
    if not 0 < rate < 1:
        problems.add(
            line, "by_rate", "wrong-rate", gettext_noop("%(value)s is no rate in per cent."),
            gettext_noop("Write rate and tax, such as 13=312000, apart by spaces."), text,
        )  # fmt: skip
        return None
    return rate.normalize()


def _check(told: ToldJournal, at: Mapping[str, int], problems: Problems) -> None:
    """What a journal has to say of itself: each row adds up, and all rows come to the totals."""
    for line in told.lines:
        for name, code, detail, hint, value in problems_of_line(line):
            problems.add(line.line, name, code, detail, hint, value)
    for name, total in differing_totals(told):
        problems.add(
            at.get(name, 1), f"total_{name}", "does-not-balance",
            gettext_noop("The rows do not come to the total that the file says: they make %(value)s."),
            gettext_noop("Look for a row that is missing or twice."), total,
        )  # fmt: skip
