"""A bank's file as statements: a section an account and period, and the documents by the rule of directions."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from backoffice.connectors.formats.cash import (
    Account,
    Balance,
    CashLine,
    CashStatement,
    Counterparty,
    Remark,
    StatementKind,
    Turnover,
)
from backoffice.connectors.formats.checking import checked, remark
from backoffice.connectors.formats.one_c import keys
from backoffice.connectors.formats.one_c.file import NAME, ExchangeFile, Part, read_file
from backoffice.connectors.formats.refusing import Problems, at_line

PAYER, RECEIVER = keys.SIDES
DATED = {PAYER: "ДатаСписано", RECEIVER: "ДатаПоступило"}


@dataclass(slots=True)
class Section:
    """What is told of one account and period while its documents are sought out."""

    number: str
    part: Part | None = None
    lines: list[CashLine] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)

    def covers(self, day: date) -> bool:
        if self.part is None:
            return True
        first, last = self.part.day("ДатаНачала"), self.part.day("ДатаКонца")
        return (first is None or first <= day) and (last is None or day <= last)


def read_one_c(raw: bytes) -> list[CashStatement]:
    """The statements of a file, checked. Raises Refused with every line that is wrong."""
    file = read_file(raw)
    problems = Problems(NAME)
    sections = [Section(part.get("РасчСчет"), part) for part in file.accounts]
    told = {section.number for section in sections}
    sections += [Section(number) for number in file.own_accounts if number not in told]
    own: dict[str, list[Section]] = {}
    for section in sections:
        own.setdefault(section.number, []).append(section)
    for document in file.documents:
        _book(document, own, problems)
    statements = [checked(_statement(file, section, problems)) for section in sections]
    problems.refuse_if_any()
    return statements


def _book(document: Part, own: dict[str, list[Section]], problems: Problems) -> None:
    """Ours is the payer: it went out; the receiver: it came in; both: it did both.

    Banks tell a payment between two accounts of ours twice, each time with the date of one side alone:
    the other side is then not booked by this document.
    """
    sides = [side for side in keys.SIDES if _account_of(document, side) in own]
    if not sides:
        found = f"{_account_of(document, PAYER)}, {_account_of(document, RECEIVER)}"
        problems.add("foreign-document", at_line(document.line), found)
    dated = [side for side in sides if document.get(DATED[side])]
    for side in dated or sides:
        _book_side(document, side, own[_account_of(document, side)])


def _account_of(document: Part, side: str) -> str:
    return document.get(f"{side}Счет") or document.get(f"{side}РасчСчет")


def _book_side(document: Part, side: str, sections: list[Section]) -> None:
    day = document.day(DATED[side]) or document.day("Дата")
    amount = document.amount("Сумма")
    assert day is not None and amount is not None, "both were required of the document"
    section = next((each for each in sections if each.covers(day)), sections[0])
    if not section.covers(day):
        section.remarks.append(remark("outside-period", line=document.line, day=day.isoformat()))
    other = RECEIVER if side == PAYER else PAYER
    section.lines.append(CashLine(
        position=len(section.lines) + 1, value_date=day, booking_date=day,
        amount=-amount if side == PAYER else amount, currency="",
        type_code=document.get("ВидОплаты"), our_reference=document.get("Номер"),
        counterparty=_party(document, other), text=_purpose(document), source_line=document.line,
    ))  # fmt: skip


def _party(document: Part, side: str) -> Counterparty:
    names = [document.get(f"{side}{n}") for n in range(1, 5)]
    return Counterparty(
        name=" ".join(filter(None, names)) or document.get(side),
        account=_account_of(document, side), bank=document.get(f"{side}БИК"),
        tax_number=document.get(f"{side}ИНН"),
    )  # fmt: skip


def _purpose(document: Part) -> str:
    whole = document.get("НазначениеПлатежа")
    return whole or " ".join(filter(None, (document.get(key) for key in keys.PURPOSES[1:])))


def _statement(file: ExchangeFile, section: Section, problems: Problems) -> CashStatement:
    part, header = section.part, file.header
    source = part or header
    currency = currency_of(section.number)
    if not currency:
        where = at_line(source.line_of("РасчСчет"), "РасчСчет")
        problems.add("wrong-currency", where, section.number[5:8])
    since, until = source.day("ДатаНачала"), source.day("ДатаКонца")
    credits, debits = source.amount("ВсегоПоступило"), source.amount("ВсегоСписано")
    return CashStatement(
        format=f"{NAME} {file.version}", kind=StatementKind.END_OF_DAY,
        account=Account.of(section.number), currency=currency, from_date=since, until_date=until,
        opening=_balance(source, "НачальныйОстаток", since, currency),
        closing=_balance(source, "КонечныйОстаток", until or since, currency),
        turnover=Turnover(credits, debits) if credits is not None or debits is not None else None,
        lines=tuple(replace(line, currency=currency) for line in section.lines),
        created_text=_created(header), encoding=file.encoding,
        remarks=tuple(section.remarks),
    )  # fmt: skip


def _balance(source: Part, key: str, day: date | None, currency: str) -> Balance | None:
    amount: Decimal | None = source.amount(key)
    return None if amount is None else Balance(key, day, amount, currency)


def currency_of(account: str) -> str:
    """The currency of a Russian account; an account of another form is kept in rubles."""
    if len(account) != 20:
        return "RUB"
    return keys.CURRENCIES.get(account[5:8], "")


def _created(header: Part) -> str:
    """When the bank made the file, as it tells it: without a time zone it is no moment."""
    day, time = header.get("ДатаСоздания"), header.get("ВремяСоздания")
    return " ".join(filter(None, (day, time)))
