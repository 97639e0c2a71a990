"""Payment orders of a firm to its bank. Strict: what a bank would send back is refused before a byte is written.

The rules are those of the Bank of Russia's regulation 762-П for a payment order (appendix 1) and of its keys
of accounts; numbers and names are checked for their form, not for whether they are the right ones.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from backoffice.connectors.formats.amounts import dotted
from backoffice.connectors.formats.one_c import keys
from backoffice.connectors.formats.one_c.file import NAME, ExchangeFile, Part, read_file, write_file
from backoffice.connectors.formats.refusing import Problems
from backoffice.kernel.identifiers import problem_with, problem_with_account

ORDER = "Платежное поручение"
LONGEST_NAME, LONGEST_PURPOSE = 160, 210
MOST = Decimal(10) ** 15
NUMBER = re.compile(r"[1-9][0-9]{0,5}\Z", re.ASCII)
BIK = re.compile(r"[0-9]{9}\Z", re.ASCII)
FOREIGN_OR_NONE = re.compile(r"(?:0|[0-9]{5})\Z", re.ASCII)  # КИО, or a person without a number
KPP = re.compile(r"[0-9]{4}[0-9A-Z]{2}[0-9]{3}\Z", re.ASCII)
UIN = re.compile(r"(?:0|[0-9A-Z]{4}|[0-9A-Z]{20}|[0-9A-Z]{25})\Z", re.ASCII)
KBK = re.compile(r"(?:[0-9A-Z]{20}|0)\Z", re.ASCII)
OKTMO = re.compile(r"(?:[0-9]{8}|[0-9]{11}|0)\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class OrderParty:
    """A payer or a receiver with the account and its bank."""

    name: str
    account: str
    bik: str
    bank_name: str = ""
    correspondent: str = ""
    inn: str = ""
    kpp: str = ""


@dataclass(frozen=True, slots=True)
class Budget:
    """What a payment to the budget says beside its purpose: fields 101 and 104 to 109."""

    status: str
    kbk: str
    oktmo: str
    ground: str = "0"
    period: str = "0"
    number: str = "0"
    date: str = "0"


@dataclass(frozen=True, slots=True)
class PaymentOrder:
    """One payment order, in rubles. `uin` is field 22, `income_code` field 20."""

    number: str
    day: date
    amount: Decimal
    payer: OrderParty
    receiver: OrderParty
    purpose: str
    priority: int = 5
    uin: str = ""
    income_code: str = ""
    budget: Budget | None = None


def write_orders(
    orders: Sequence[PaymentOrder], *, sender: str, created_at: datetime,
    version: str = "1.03", encoding: str = "Windows",
) -> bytes:  # fmt: skip
    """The orders as one file for the bank. Raises Refused with everything wrong in all of them.

    `created_at` is written as the clock of its own time zone shows it.
    """
    problems = Problems(NAME)
    if version not in keys.VERSIONS:
        problems.add("unknown-version", "file", version, known=", ".join(keys.VERSIONS))
    if encoding not in keys.ENCODINGS:
        problems.add("wrong-code", "file", encoding, known=", ".join(keys.ENCODINGS))
    if not orders:
        problems.add("required", "file", missing=keys.DOCUMENT_BEGIN)
    seen: set[tuple[str, date, str]] = set()
    for order in orders:
        _check(order, problems)
        key = (order.number, order.day, order.payer.account)
        if key in seen:
            problems.add("repeated-field", f"№ {order.number}", order.number)
        seen.add(key)
    problems.refuse_if_any()
    file = ExchangeFile(_header(orders, sender, created_at, version, encoding))
    file.documents = [_document(order) for order in orders]
    return write_file(file, encoding=keys.ENCODINGS[encoding])


def read_orders(raw: bytes) -> list[PaymentOrder]:
    """The payment orders of a file that was written so. Raises Refused."""
    file = read_file(raw)
    return [_order(part) for part in file.documents if part.get("") == ORDER]


def _check(order: PaymentOrder, problems: Problems) -> None:
    where = f"№ {order.number}"
    for key, text, form, wanted in (
        ("Номер", order.number, NUMBER, "1–999999"),
        ("ПлательщикБИК", order.payer.bik, BIK, "9n"),
        ("ПолучательБИК", order.receiver.bik, BIK, "9n"),
        ("Очередность", str(order.priority), re.compile("[1-5]\\Z"), "1–5"),
        ("Код", order.uin or "0", UIN, "0, 4, 20, 25"),
        ("КодНазПлатежа", order.income_code or "1", re.compile("[1-5]\\Z"), "1–5"),
    ):
        if not form.match(text):
            problems.add("wrong-value", f"{where}, {key}", text, form=wanted)
    amount = order.amount
    if not amount.is_finite() or not 0 < amount < MOST or amount != round(amount, 2):
        problems.add("wrong-amount", f"{where}, Сумма", f"{order.amount:f}")
    if not order.purpose.strip():
        problems.add("required", where, missing="НазначениеПлатежа")
    _check_text(order.purpose, f"{where}, НазначениеПлатежа", LONGEST_PURPOSE, problems)
    for side, party in zip(keys.SIDES, (order.payer, order.receiver), strict=True):
        _check_party(party, f"{where}, {side}", problems)
    if order.budget:
        _check_budget(order, order.budget, where, problems)


def _check_party(party: OrderParty, where: str, problems: Problems) -> None:
    if not party.name.strip():
        problems.add("required", where, missing=f"{where.rpartition(', ')[2]}1")
    _check_text(party.name, f"{where}1", LONGEST_NAME, problems)
    _check_text(party.bank_name, f"{where}Банк1", LONGEST_NAME, problems)
    for key, account in (("Счет", party.account), ("Корсчет", party.correspondent)):
        needed = key == "Счет" or account
        if needed and BIK.match(party.bik) and problem_with_account(account, party.bik):
            problems.add("wrong-value", f"{where}{key}", account, form="20n, ключ")
    inn = "" if FOREIGN_OR_NONE.match(party.inn) else party.inn
    if inn and problem_with("INN", inn):
        problems.add("wrong-value", f"{where}ИНН", party.inn, form="10n, 12n")
    if party.kpp not in ("", "0") and not KPP.match(party.kpp):
        problems.add("wrong-value", f"{where}КПП", party.kpp, form="9n")


def _check_budget(order: PaymentOrder, budget: Budget, where: str, problems: Problems) -> None:
    """A payment to the budget names who pays (ИНН, КПП) and gives each of its fields, at least 0."""
    for key, text, form, wanted in (
        ("СтатусСоставителя", budget.status, re.compile("[0-9]{2}\\Z"), "2n"),
        ("ПоказательКБК", budget.kbk, KBK, "20"),
        ("ОКАТО", budget.oktmo, OKTMO, "8n, 11n"),
    ):
        if not form.match(text):
            problems.add("wrong-value", f"{where}, {key}", text, form=wanted)
    for key, text, most in (
        ("ПоказательОснования", budget.ground, 2), ("ПоказательПериода", budget.period, 10),
        ("ПоказательНомера", budget.number, 20), ("ПоказательДаты", budget.date, 10),
    ):  # fmt: skip
        if not text:
            problems.add("required", where, missing=key)
        _check_text(text, f"{where}, {key}", most, problems)
    for key, text in (
        ("ПлательщикИНН", order.payer.inn), ("ПолучательИНН", order.receiver.inn),
        ("ПолучательКПП", order.receiver.kpp), ("Код", order.uin),
    ):  # fmt: skip
        if not text:
            problems.add("required", where, missing=key)


def _check_text(text: str, where: str, most: int, problems: Problems) -> None:
    if len(text) > most:
        problems.add("too-long", where, text, most=most)
    if text != text.strip():
        problems.add("wrong-value", where, text, form="без пробелов по краям")


def _part(name: str, values: Iterable[tuple[str, str]]) -> Part:
    return Part(name, 0, [(key, value, 0) for key, value in values])


def _header(
    orders: Sequence[PaymentOrder], sender: str, created_at: datetime, version: str, encoding: str
) -> Part:
    days = [order.day for order in orders]
    accounts = dict.fromkeys(order.payer.account for order in orders)
    return _part("", [
        ("ВерсияФормата", version), ("Кодировка", encoding), ("Отправитель", sender),
        ("Получатель", ""), ("ДатаСоздания", f"{created_at:%d.%m.%Y}"),
        ("ВремяСоздания", f"{created_at:%H:%M:%S}"), ("ДатаНачала", f"{min(days):%d.%m.%Y}"),
        ("ДатаКонца", f"{max(days):%d.%m.%Y}"),
        *(("РасчСчет", account) for account in accounts), ("Документ", ORDER),
    ])  # fmt: skip


def _document(order: PaymentOrder) -> Part:
    budget = order.budget
    values = [
        ("", ORDER), ("Номер", order.number), ("Дата", f"{order.day:%d.%m.%Y}"),
        ("Сумма", dotted(order.amount)), *_side(keys.SIDES[0], order.payer),
        *_side(keys.SIDES[1], order.receiver), ("ВидОплаты", "01"), ("Код", order.uin),
        ("КодНазПлатежа", order.income_code), ("Очередность", str(order.priority)),
        ("НазначениеПлатежа", order.purpose),
    ]  # fmt: skip
    if budget:
        told = (budget.status, budget.kbk, budget.oktmo, budget.ground, budget.period,
                budget.number, budget.date)  # fmt: skip
        values += zip(keys.BUDGET, told, strict=True)
    return _part(keys.DOCUMENT_BEGIN, [each for each in values if each[1]])


def _side(side: str, party: OrderParty) -> list[tuple[str, str]]:
    name = f"ИНН {party.inn} {party.name}" if party.inn else party.name
    return [
        (f"{side}Счет", party.account), (side, name), (f"{side}ИНН", party.inn),
        (f"{side}КПП", party.kpp), (f"{side}1", party.name),
        (f"{side}РасчСчет", party.account), (f"{side}Банк1", party.bank_name),
        (f"{side}БИК", party.bik), (f"{side}Корсчет", party.correspondent),
    ]  # fmt: skip


def _order(part: Part) -> PaymentOrder:
    day, amount = part.day("Дата"), part.amount("Сумма")
    assert day is not None and amount is not None, "both were required of the document"
    payer, receiver = (
        OrderParty(
            name=part.get(f"{side}1") or part.get(side), account=part.get(f"{side}Счет"),
            bik=part.get(f"{side}БИК"), bank_name=part.get(f"{side}Банк1"),
            correspondent=part.get(f"{side}Корсчет"), inn=part.get(f"{side}ИНН"),
            kpp=part.get(f"{side}КПП"),
        )
        for side in keys.SIDES
    )  # fmt: skip
    budget = None
    if part.get("СтатусСоставителя"):
        budget = Budget(*(part.get(key) for key in keys.BUDGET))
    return PaymentOrder(
        number=part.get("Номер"), day=day, amount=amount, payer=payer, receiver=receiver,
        purpose=part.get("НазначениеПлатежа"), priority=_digit(part.get("Очередность")),
        uin=part.get("Код"), income_code=part.get("КодНазПлатежа"), budget=budget,
    )  # fmt: skip


def _digit(text: str) -> int:
    return int(text) if re.match("[1-5]\\Z", text) else 5
