"""What the depository's forms say in our own model: a statement of holdings in, a depot instruction out.

The layouts are from memory and from what depositors publish, with samples of our own; before a channel is opened its
guide decides, and it is the mapping that changes.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping as Facts
from datetime import date
from decimal import Decimal

from backoffice.connectors.formats.holdings import Holding, Holdings, SubBalance
from backoffice.connectors.formats.mapped.mapping import Column, Mapping, versions_of
from backoffice.connectors.formats.mapped.reading import DELIMITER, Report, Value
from backoffice.connectors.formats.mt.settlement import check
from backoffice.connectors.formats.refusing import Problems, refuse
from backoffice.connectors.formats.securities import Instruction
from backoffice.connectors.formats.terms import Function, Quantity, QuantityKind
from backoffice.kernel.decimals import plain
from backoffice.kernel.identifiers import problem_with

HOLDINGS, INSTRUCTION = "NSD-HOLDINGS", "NSD-INSTRUCTION"
ENCODING = "cp1251"
LONGEST = 64  # characters of a text


def holdings_of(report: Report) -> list[Holdings]:
    """A statement for each account; quantities are pieces, whatever the security. Raises Refused."""
    if report.report != HOLDINGS:
        refuse(report.report, "wrong-kind", "file", report.report)
    lines: dict[str, list[Holding]] = {}
    for row in report.rows:
        own = lines.setdefault(str(row.values["account"]), [])
        own.append(_holding(row.values, len(own) + 1, row.source_line))
    return [
        Holdings(
            reference=f"{report.number}/{account}" if report.number else account, account=account,
            as_of=report.day, lines=tuple(own), number=report.number, basis="SETT",
            format=f"{report.report} {report.version}",
        )
        for account, own in lines.items()
    ]  # fmt: skip


def _holding(values: Facts[str, Value], position: int, line: int) -> Holding:
    blocked = values.get("blocked")
    section = str(values.get("section") or "")
    account = str(values["account"])
    return Holding(
        position=position, account=f"{account}/{section}" if section else account,
        isin=str(values["isin"]), quantity=_units(values["quantity"]),
        description=str(values.get("description") or ""),
        balances=(SubBalance("BLOK", _units(blocked), "NAVL"),) if blocked else (),
        source_line=line,
    )  # fmt: skip


def _units(value: Value) -> Quantity:
    return Quantity(QuantityKind.UNIT, value if isinstance(value, Decimal) else Decimal(0))


def write_nsd_instruction(instruction: Instruction, *, on: date) -> bytes:
    """One depot instruction by the mapping of a day, in windows-1251. Raises Refused."""
    problems = Problems(INSTRUCTION)
    check(instruction, problems)
    mapping = next((each for each in versions_of(INSTRUCTION) if each.holds(on)), None)
    if mapping is None:
        known = ", ".join(f"{e.version} ({e.valid_from})" for e in versions_of(INSTRUCTION))
        refuse(INSTRUCTION, "unknown-version", "on", on.isoformat(), known=known)
    terms = instruction.terms
    if problem_with("ISIN", terms.isin):
        problems.add("wrong-value", "isin", terms.isin, form="ISIN")
    if terms.agent and not terms.agent.code:
        problems.add("required", "agent", missing="agent.code")
    if instruction.on_hold or instruction.links or instruction.partial:
        problems.add("not-permitted", "instruction", "on_hold, links, partial", reason=INSTRUCTION)
    return _written(mapping, _values(instruction, on), problems)


def _values(instruction: Instruction, on: date) -> dict[str, Value]:
    terms = instruction.terms
    cancels = instruction.function is Function.CANCEL
    return {
        "reference": instruction.reference, "prepared_on": instruction.prepared_on or on,
        "direction": terms.direction, "payment": "APMT" if terms.against_payment else "FREE",
        "account": terms.account, "isin": terms.isin, "quantity": terms.quantity.amount,
        "settlement_date": terms.settlement_date, "trade_date": terms.trade_date,
        "amount": terms.money.amount if terms.money else None,
        "currency": terms.money.currency if terms.money else "",
        "agent": terms.agent.code if terms.agent else "",
        "agent_account": terms.agent.account if terms.agent else "",
        "previous": instruction.previous if cancels else "",
    }  # fmt: skip


def _written(mapping: Mapping, values: Facts[str, Value], problems: Problems) -> bytes:
    cells = [_spelt(column, values.get(column.name), problems) for column in mapping.columns]
    problems.refuse_if_any()
    file = io.StringIO()
    writer = csv.writer(file, delimiter=DELIMITER, lineterminator="\r\n")
    writer.writerows([[column.source for column in mapping.columns], cells])
    return file.getvalue().encode(ENCODING)


def _spelt(column: Column, value: Value, problems: Problems) -> str:
    if value is None or value == "":
        if column.required:
            problems.add("required", column.name, missing=column.name)
        return ""
    if column.kind == "code":
        return next((told for told, code in column.codes.items() if code == value), "")
    if isinstance(value, date):
        return f"{value:%d.%m.%Y}"
    if isinstance(value, Decimal):
        if not value.is_finite() or value <= 0:
            problems.add("wrong-amount", column.name, str(value))
            return ""
        return plain(value)
    return _text(str(value), column.name, problems)


def _text(text: str, where: str, problems: Problems) -> str:
    """What windows-1251 carries, in one line, and no program takes for a formula."""
    wrong = sorted({c for c in text if not c.isprintable() or not c.encode(ENCODING, "ignore")})
    if wrong or text[:1] in "=+-@":
        shown = " ".join(map(repr, wrong)) or text[:1]
        problems.add("wrong-characters", where, text, characters=shown)
    if len(text) > LONGEST:
        problems.add("too-long", where, text, most=LONGEST)
    return text
