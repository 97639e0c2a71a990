"""MT900, 910, 940, 941, 942 and 950: what banks say of an account, in the dialects that occur.

Read forgivingly: `:28:` for `:28C:`, references of any length, free type codes, fields that only a bank has.
Strict about what money depends on: amounts, marks, currencies, days, and that a message is whole.
"""

from __future__ import annotations

from collections.abc import Callable

from backoffice.connectors.formats.cash import CashStatement
from backoffice.connectors.formats.checking import checked
from backoffice.connectors.formats.decoding import decode
from backoffice.connectors.formats.mt.advices import advice_of
from backoffice.connectors.formats.mt.blocks import Message, messages_in
from backoffice.connectors.formats.mt.fields import Reading
from backoffice.connectors.formats.mt.statements import report_of, statement_of
from backoffice.connectors.formats.refusing import Problems, at_line

TAGS = frozenset({
    "20", "21", "25", "25P", "28", "28C", "13", "13D", "60F", "60M", "61", "86", "62F", "62M", "64",
    "65", "34F", "90D", "90C", "NS", "32A", "50A", "50F", "50K", "52A", "52D", "56A", "56D", "72",
})  # fmt: skip
READERS: dict[str, Callable[[Reading], CashStatement | None]] = {
    "940": statement_of, "950": statement_of, "941": report_of, "942": report_of,
    "900": advice_of, "910": advice_of,
}  # fmt: skip
SERVICE = "21"  # an acknowledgement, which travels in the same files


def read_mt_cash(raw: bytes) -> list[CashStatement]:
    """The statements, reports and advices of a file, checked. Raises Refused with all that is wrong."""
    problems = Problems("MT9xx")
    decoded = decode(raw, format=problems.format)
    statements: list[CashStatement] = []
    messages = [
        message
        for message in messages_in(decoded.text, problems, TAGS)
        if message.blocks.get("1", "")[1:3] != SERVICE
    ]
    for message in messages:
        kind = _kind_of(message, problems)
        if not kind:
            continue
        statement = READERS[kind](Reading(message, kind, problems, decoded.encoding))
        if statement:
            statements.append(checked(statement))
    if not messages and not problems:
        problems.add("no-message", at_line(1))
    problems.refuse_if_any()
    return statements


def _kind_of(message: Message, problems: Problems) -> str:
    """Its kind by its header, else by its fields."""
    if message.kind in READERS:
        return message.kind
    if message.blocks.get("2"):
        problems.add("wrong-kind", at_line(message.line), f"MT{message.kind}")
        return ""
    tags = {each.tag for each in message.fields}
    if tags & {"60F", "60M", "62F", "62M"}:
        return "941" if tags & {"90C", "90D"} and "61" not in tags else "940"
    if tags & {"34F", "90C", "90D", "61"}:
        return "942"
    if "32A" in tags and tags & {"50A", "50F", "50K"}:
        return "910"
    problems.add(
        "unknown-kind", at_line(message.line), " ".join(f":{each.tag}:" for each in message.fields)
    )
    return ""
