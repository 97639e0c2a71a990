"""camt.053 and camt.052 as we write them. Strict: what a schema would not take is refused before."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from backoffice.connectors.formats.camt.versions import FAMILIES, NAMESPACE, STATUSES
from backoffice.connectors.formats.cash import (
    Account,
    AccountScheme,
    Balance,
    CashLine,
    CashStatement,
    Counterparty,
)
from backoffice.connectors.formats.refusing import Problems
from backoffice.connectors.formats.xml import checked_text, written

WRITTEN = {"camt.053.001": ("02", "04", "08", "12"), "camt.052.001": ("02", "08", "12")}
# What the balances before and after the lines are called: within a day both are interim.
BALANCES = {"camt.053.001": ("OPBD", "CLBD"), "camt.052.001": ("ITBD", "ITBD")}
BIC = re.compile(r"[A-Z]{6}[A-Z2-9][A-NP-Z0-9](?:[A-Z0-9]{3})?\Z", re.ASCII)
TYPE = re.compile(r"([A-Z]{4})/([A-Z]{4})/([A-Z]{4})\Z")
Content = list[tuple[str, Any]]


def write_camt053(
    statements: Sequence[CashStatement], *, message_id: str, created_at: datetime, version: str
) -> bytes:
    """The statements as one message. Raises Refused with everything that the message cannot carry."""
    return _message("camt.053.001", statements, message_id, created_at, version)


def write_camt052(
    reports: Sequence[CashStatement], *, message_id: str, created_at: datetime, version: str
) -> bytes:
    """The same of what was booked within a day. Raises Refused."""
    return _message("camt.052.001", reports, message_id, created_at, version)


def _message(
    name: str, statements: Sequence[CashStatement], message_id: str, created_at: datetime, version: str
) -> bytes:  # fmt: skip
    family, format = FAMILIES[name], f"{name}.{version}"
    problems = Problems(format)
    if version not in WRITTEN[name]:
        problems.add("unknown-version", "file", version, known=", ".join(WRITTEN[name]))
    if created_at.tzinfo is None:
        problems.add("wrong-date", "CreDtTm", str(created_at), form="+03:00")
    if not statements:
        problems.add("required", "file", missing=family.statement)
    moment = created_at.isoformat(timespec="seconds")
    header = [("MsgId", checked_text(message_id, "MsgId", 35, problems)), ("CreDtTm", moment)]
    made = [
        (
            family.statement,
            _statement(each, name, moment, version, f"{family.statement}[{number}]", problems),
        )
        for number, each in enumerate(statements, 1)
    ]
    problems.refuse_if_any()
    message = (family.message, [("GrpHdr", header), *made])
    return written(NAMESPACE + format, ("Document", [message]))


def _statement(
    each: CashStatement, name: str, moment: str, version: str, where: str, problems: Problems
) -> Content:
    before, after = BALANCES[name]
    family = FAMILIES[name]
    if not each.opening or not each.closing:
        problems.add("required", where, missing="Bal")
    numbers = [("ElctrncSeqNb", each.number)] if each.number else []
    if each.number and not re.match(r"[0-9]{1,18}\Z", each.number, re.ASCII):
        problems.add("wrong-value", f"{where}/ElctrncSeqNb", each.number, form="18n")
    balances = [
        ("Bal", _balance(code, balance, f"{where}/Bal", problems))
        for code, balance in ((before, each.opening), (after, each.closing), ("CLAV", each.available))
        if balance
    ]  # fmt: skip
    balances += [
        ("Bal", _balance("FWAV", balance, f"{where}/Bal", problems)) for balance in each.forward
    ]
    return [
        ("Id", checked_text(each.reference, f"{where}/Id", 35, problems)),
        *numbers,
        ("CreDtTm", moment),
        ("Acct", _account(each, version, where, problems)),
        *balances,
        *(
            ("Ntry", _entry(line, version, f"{where}/Ntry[{n}]", problems))
            for n, line in enumerate(each.lines, 1)
        ),
        (family.text, checked_text(each.text, where, 500, problems, empty=True)),
    ]


def _account(each: CashStatement, version: str, where: str, problems: Problems) -> Content:
    account = each.account
    bank: Content = []
    if account.bank:
        bank = [("Svcr", [("FinInstnId", _bank(account.bank, version, f"{where}/Acct", problems))])]
    return [
        ("Id", _number(account.number, f"{where}/Acct", problems)), ("Ccy", each.currency), *bank,
    ]  # fmt: skip


def _number(number: str, where: str, problems: Problems) -> Content:
    if Account.of(number).scheme is AccountScheme.IBAN:
        return [("IBAN", number)]
    return [("Othr", [("Id", checked_text(number, where, 34, problems))])]


def _bank(bank: str, version: str, where: str, problems: Problems) -> Content:
    if BIC.match(bank):
        return [("BIC" if version == "02" else "BICFI", bank)]
    return [("ClrSysMmbId", [("MmbId", checked_text(bank, where, 35, problems))])]


def _amount(
    amount: Decimal, currency: str, where: str, problems: Problems
) -> tuple[dict[str, str], str]:
    text = f"{abs(amount):f}"
    digits = text.replace(".", "").lstrip("0")
    if len(digits) > 18 or len(text.partition(".")[2]) > 5:
        problems.add("wrong-amount", where, text)
    if not re.match(r"[A-Z]{3}\Z", currency, re.ASCII):
        problems.add("wrong-currency", where, currency)
    return ({"Ccy": currency}, text)


def _sign(amount: Decimal) -> str:
    return "DBIT" if amount < 0 else "CRDT"


def _balance(code: str, each: Balance, where: str, problems: Problems) -> Content:
    if each.day is None:
        problems.add("required", where, missing="Dt")
    day = each.day.isoformat() if each.day else ""
    return [
        ("Tp", [("CdOrPrtry", [("Cd", code)])]),
        ("Amt", _amount(each.amount, each.currency, where, problems)),
        ("CdtDbtInd", _sign(each.amount)), ("Dt", [("Dt", day)]),
    ]  # fmt: skip


def _entry(line: CashLine, version: str, where: str, problems: Problems) -> Content:
    status = next(code for code, each in STATUSES.items() if each is line.status)
    kind = TYPE.match(line.type_code)
    code: Content = [
        ("Prtry", [("Cd", checked_text(line.type_code or "NMSC", where, 35, problems))])
    ]
    if kind:
        family = [("Cd", kind[2]), ("SubFmlyCd", kind[3])]
        code = [("Domn", [("Cd", kind[1]), ("Fmly", family)])]
    chosen = version in ("08", "12")
    return [
        ("Amt", _amount(line.amount, line.currency, where, problems)),
        ("CdtDbtInd", _sign(line.amount)),
        ("RvslInd", "true" if line.reversal else ""),
        ("Sts", [("Cd", status)] if chosen else status),
        ("BookgDt", _day(line.booking_date)), ("ValDt", _day(line.value_date)),
        ("AcctSvcrRef", checked_text(line.bank_reference, where, 35, problems, empty=True)),
        ("BkTxCd", code),
        ("NtryDtls", [("TxDtls", _details(line, version, where, problems))]),
    ]  # fmt: skip


def _day(day: date | None) -> Content:
    return [("Dt", day.isoformat())] if day else []


def _details(line: CashLine, version: str, where: str, problems: Problems) -> Content:
    uetr = line.uetr if version in ("08", "12") else ""
    texts = [line.text[at : at + 140] for at in range(0, len(line.text), 140)]
    for text in texts:
        checked_text(text, f"{where}/RmtInf", 140, problems)
    amount = _amount(line.amount, line.currency, where, problems)
    own: Content = [("AmtDtls", [("TxAmt", [("Amt", amount)])])]
    if version != "02":
        own = [("Amt", amount), ("CdtDbtInd", _sign(line.amount))]
    credit = (line.amount >= 0) is not line.reversal
    parties, agents = _parties(line.counterparty, credit, version, where, problems)
    return [
        ("Refs", [
            ("InstrId", checked_text(line.our_reference, where, 35, problems, empty=True)),
            ("EndToEndId", checked_text(line.end_to_end_id, where, 35, problems, empty=True)),
            ("UETR", uetr),
        ] if line.our_reference or line.end_to_end_id or uetr else []),
        *own, ("RltdPties", parties), ("RltdAgts", agents),
        ("RmtInf", [("Ustrd", text) for text in texts]),
    ]  # fmt: skip


def _parties(
    party: Counterparty, credit: bool, version: str, where: str, problems: Problems
) -> tuple[Content, Content]:
    side = "Dbtr" if credit else "Cdtr"
    named: Content = [("Nm", checked_text(party.name, where, 140, problems, empty=True))]
    if version in ("08", "12"):
        named = [("Pty", named)]
    parties: Content = [(side, named)] if party.name else []
    if party.account:
        parties.append((f"{side}Acct", [("Id", _number(party.account, where, problems))]))
    if not party.bank:
        return parties, []
    bank = _bank(party.bank, version, where, problems)
    return parties, [(f"{side}Agt", [("FinInstnId", bank)])]
