"""MT940 as we write it: what a statement says, in the form of ISO 15022. Strict, refused before a byte is written."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from backoffice.connectors.formats.amounts import swift
from backoffice.connectors.formats.cash import Balance, CashLine, CashStatement, LineStatus
from backoffice.connectors.formats.mt.characters import X, in_x, lines_of, reference
from backoffice.connectors.formats.refusing import Problems

MOST_DIGITS = 15  # of an amount, the comma among them


def write_mt940(
    statement: CashStatement, *, sender: str = "", receiver: str = "", format: str = "MT940"
) -> bytes:
    """One statement, with its headers where both BICs (eleven characters) are given.

    Raises Refused: characters, lengths, amounts and days that the message cannot carry.
    """
    problems = Problems(format)
    lines = _head(statement, problems)
    for line in statement.lines:
        lines += _entry(line, statement.currency, f"line {line.position}", problems)
    lines += _balance("62", statement.closing, "closing", problems)
    if statement.available:
        lines += _balance("64", statement.available, "available", problems)
    for each in statement.forward:
        lines += _balance("65", each, "forward", problems)
    problems.refuse_if_any()
    body = "\r\n".join(lines)
    if not sender or not receiver:
        return f"{body}\r\n-\r\n".encode("ascii")
    header = f"{{1:F01{_terminal(receiver)}0000000000}}{{2:I940{_terminal(sender)}N}}"
    if statement.created_at:
        moment = statement.created_at.strftime("%H%M%y%m%d")
        received = statement.created_at.strftime("%y%m%d%H%M")
        header = (
            f"{{1:F01{_terminal(receiver)}0000000000}}"
            f"{{2:O940{moment}{_terminal(sender)}0000000000{received}N}}"
        )
    return f"{header}{{4:\r\n{body}\r\n-}}".encode("ascii")


def _terminal(bic: str) -> str:
    return f"{bic[:8]}A{bic[8:].ljust(3, 'X')}"


def _head(statement: CashStatement, problems: Problems) -> list[str]:
    number = statement.number
    sequence = f"/{statement.sequence}" if statement.sequence else ""
    for text, where in ((number, "number"), (statement.sequence or "0", "sequence")):
        if not text.isascii() or not text.isdigit() or len(text) > 5:
            problems.add("wrong-value", where, text, form="5n")
    account = statement.account
    bank = f"{account.bank}/" if account.bank else ""
    return [
        f":20:{reference(statement.reference, 'reference', problems)}",
        f":25:{_short(bank + account.number, 'account', 35, problems)}",
        f":28C:{number}{sequence}",
        *_balance("60", statement.opening, "opening", problems),
    ]


def _short(text: str, where: str, most: int, problems: Problems) -> str:
    if not text:
        problems.add("required", where, missing=where)
    if len(text) > most:
        problems.add("too-long", where, text, most=most)
    return in_x(text, where, problems)


def _balance(tag: str, each: Balance | None, where: str, problems: Problems) -> list[str]:
    if each is None or each.day is None:
        problems.add("required", where, missing=where)
        return []
    letter = ("M" if each.intermediate else "F") if tag in ("60", "62") else ""
    mark = "D" if each.amount < 0 else "C"
    amount = _amount(abs(each.amount), where, problems)
    return [f":{tag}{letter}:{mark}{_day(each.day, where, problems)}{each.currency}{amount}"]


def _amount(amount: Decimal, where: str, problems: Problems) -> str:
    text = swift(amount)
    if len(text) > MOST_DIGITS:
        problems.add("wrong-amount", where, text)
    return text


def _day(day: date, where: str, problems: Problems) -> str:
    if not 2000 <= day.year < 2080:
        problems.add("wrong-date", where, day.isoformat(), form="YYMMDD")
    return day.strftime("%y%m%d")


def _entry(line: CashLine, currency: str, where: str, problems: Problems) -> list[str]:
    value_date = line.value_date or line.booking_date
    if value_date is None:
        problems.add("required", where, missing="value date")
        return []
    if line.currency != currency:
        problems.add("wrong-currency", where, line.currency)
    booked = (line.booking_date or value_date).strftime("%m%d")
    mark = "C" if (line.amount >= 0) is not line.reversal else "D"
    mark = f"R{mark}" if line.reversal else mark
    if line.status is LineStatus.PENDING:
        mark = "EC" if line.amount >= 0 else "ED"
    kind = line.type_code or "NMSC"
    if len(kind) != 4 or not X.match(kind) or kind[0] not in "NSF":
        problems.add("wrong-value", where, kind, form="1!a3!c")
    ours = reference(line.our_reference, where, problems) if line.our_reference else "NONREF"
    bank = line.bank_reference
    theirs = f"//{reference(bank, where, problems)}" if bank else ""
    amount = _amount(abs(line.amount), where, problems)
    told = lines_of(line.text, where, problems)
    made = [f":61:{_day(value_date, where, problems)}{booked}{mark}{amount}{kind}{ours}{theirs}"]
    return [*made, *([f":86:{told[0]}", *told[1:]] if told else [])]
