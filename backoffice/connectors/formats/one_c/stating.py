"""A bank's statement as 1CClientBankExchange 1.03: a section an account, a document a booking. Strict."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from backoffice.connectors.formats.amounts import dotted
from backoffice.connectors.formats.cash import CashLine, CashStatement
from backoffice.connectors.formats.one_c import keys
from backoffice.connectors.formats.one_c.file import NAME, ExchangeFile, Part, write_file
from backoffice.connectors.formats.one_c.statements import DATED, PAYER, RECEIVER
from backoffice.connectors.formats.refusing import Problems

DAY = "%d.%m.%Y"
KIND = "Платежное поручение"


def write_one_c(statements: Sequence[CashStatement], *, sender: str, created_at: datetime) -> bytes:
    """The statements as one file. Raises Refused for what a section or a document cannot go without."""
    problems = Problems(NAME)
    sections = [_section(each, f"statement {n}", problems) for n, each in enumerate(statements, 1)]
    documents = [_document(each, line, problems) for each in statements for line in each.lines]
    days = [day for each in statements for day in (each.from_date, each.until_date) if day]
    if not days:
        problems.add("required", "file", missing="ДатаНачала")
    problems.refuse_if_any()
    header = _part("", {
        "ВерсияФормата": "1.03", "Кодировка": "Windows", "Отправитель": sender, "Получатель": "",
        "ДатаСоздания": f"{created_at:{DAY}}", "ВремяСоздания": f"{created_at:%H:%M:%S}",
        "ДатаНачала": f"{min(days):{DAY}}", "ДатаКонца": f"{max(days):{DAY}}",
    })  # fmt: skip
    header.values += [("РасчСчет", each.account.number, 0) for each in statements]
    return write_file(ExchangeFile(header, sections, documents))


def _part(name: str, values: dict[str, str], value: str = "") -> Part:
    first = [("", value, 0)] if value else []
    return Part(name, 0, first + [(key, text, 0) for key, text in values.items() if text])


def _section(each: CashStatement, where: str, problems: Problems) -> Part:
    if not (each.opening and each.closing and each.from_date and each.until_date):
        problems.add("required", where, missing="НачальныйОстаток")
        return _part(keys.ACCOUNT_BEGIN, {})
    return _part(keys.ACCOUNT_BEGIN, {
        "ДатаНачала": f"{each.from_date:{DAY}}", "ДатаКонца": f"{each.until_date:{DAY}}",
        "РасчСчет": each.account.number, "НачальныйОстаток": dotted(each.opening.amount),
        "ВсегоПоступило": dotted(each.credits), "ВсегоСписано": dotted(each.debits),
        "КонечныйОстаток": dotted(each.closing.amount),
    })  # fmt: skip


def _document(each: CashStatement, line: CashLine, problems: Problems) -> Part:
    """The payer is we where money left. The other side's account is what a document cannot be without."""
    where, day = f"line {line.position}", line.value_date or line.booking_date
    if day is None or not line.counterparty.account:
        problems.add("required", where, missing="Дата" if day is None else "ПолучательСчет")
        return _part(keys.DOCUMENT_BEGIN, {})
    ours, theirs = (PAYER, RECEIVER) if line.amount < 0 else (RECEIVER, PAYER)
    return _part(keys.DOCUMENT_BEGIN, {
        "Номер": line.bank_reference or line.our_reference, "Дата": f"{day:{DAY}}",
        "Сумма": dotted(abs(line.amount)), f"{ours}Счет": each.account.number, DATED[ours]: f"{day:{DAY}}",
        f"{theirs}Счет": line.counterparty.account, f"{theirs}1": line.counterparty.name,
        f"{theirs}ИНН": line.counterparty.tax_number, f"{theirs}БИК": line.counterparty.bank,
        "ВидОплаты": "01", "НазначениеПлатежа": line.text,
    }, KIND)  # fmt: skip
