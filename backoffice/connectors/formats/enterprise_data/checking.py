"""What must be right of documents before they are written: their keys, sums, and what the format can carry. Pure."""

from __future__ import annotations

import re
from collections import Counter
from decimal import Decimal
from uuid import UUID

from backoffice.connectors.formats.enterprise_data.mapping import Version
from backoffice.connectors.formats.enterprise_data.model import (
    OF_KIND,
    Account,
    BankPayment,
    Document,
    Kind,
    Message,
    Services,
    Side,
    TaxInvoice,
)
from backoffice.connectors.formats.one_c.orders import KPP
from backoffice.connectors.formats.refusing import Problems
from backoffice.connectors.formats.xml import checked_text
from backoffice.kernel.decimals import plain
from backoffice.kernel.identifiers import problem_with, problem_with_cash_account

MOST_DIGITS, PLACES, PLACES_OF_QUANTITY = 15, 2, 3  # ТипСумма, ТипКоличество
LONGEST_NUMBER, LONGEST_ACCOUNT = 256, 34
LONGEST_TEXT = 2_000  # ours: no text of 1C that we fill is longer
DIGITS = re.compile(r"[0-9]{3}\Z", re.ASCII)


class Checks:
    """Looks through a message and notes all that is wrong, by document and element."""

    def __init__(self, version: Version, problems: Problems) -> None:
        self.version, self.problems = version, problems

    def message(self, message: Message) -> None:
        seen = Counter(document.reference for document in message.documents)
        for document in message.documents:
            name = self.version.objects[document.kind][0].partition(".")[2]
            where = f"{name} {document.number or document.reference}"
            if seen[document.reference] > 1:
                self.problems.add("repeated-field", f"{where}, Ссылка", document.reference)
            self.document(document, where)

    def document(self, document: Document, where: str) -> None:
        if not isinstance(document, OF_KIND[document.kind]):
            self.problems.add("misplaced", f"{where}, ВидОперации", document.kind)
            return
        self._reference(document.reference, f"{where}, Ссылка")
        self._text(document.number, f"{where}, Номер", LONGEST_NUMBER)
        self._text(document.comment, f"{where}, Комментарий", LONGEST_TEXT, empty=True)
        if not DIGITS.match(document.currency.code):
            self.problems.add("wrong-currency", f"{where}, Валюта", document.currency.code)
        self._side(document.organisation, f"{where}, Организация")
        self._side(
            document.counterpart, f"{where}, Контрагент", named=isinstance(document, BankPayment)
        )
        self._sum(document.total, f"{where}, Сумма")
        if isinstance(document, Services):
            self._services(document, where)
        elif isinstance(document, TaxInvoice):
            self._invoice(document, where)
        else:
            self._payment(document, where)

    def _services(self, document: Services, where: str) -> None:
        if not document.lines:
            self.problems.add("required", f"{where}, Услуги", missing="Строка")
        listed = sum((line.total for line in document.lines), Decimal(0))
        if listed != document.total:
            self.problems.add(
                "wrong-value", f"{where}, Сумма", plain(document.total), form=plain(listed)
            )
        if document.kind != Kind.SALE:
            self._text(document.their_number, f"{where}, НомерВходящегоДокумента", LONGEST_NUMBER)
            if document.their_day is None:
                self.problems.add(
                    "required", f"{where}, ДатаВходящегоДокумента", missing="ДатаВходящегоДокумента"
                )
        for number, line in enumerate(document.lines, start=1):
            at = f"{where}, Строка {number}"
            self._text(line.item.name, f"{at}, Номенклатура", LONGEST_TEXT)
            self._text(line.text, f"{at}, Содержание", LONGEST_TEXT, empty=True)
            self._sum(line.total, f"{at}, Сумма")
            self._sum(line.vat, f"{at}, СуммаНДС")
            self._number(line.quantity, f"{at}, Количество", PLACES_OF_QUANTITY)
            if line.price is not None:
                self._number(line.price, f"{at}, Цена", PLACES)
            elif document.kind != Kind.SECURITIES:
                self.problems.add("required", f"{at}, Цена", missing="Цена")
            self._rate(line.rate, line.vat, at)

    def _rate(self, rate: Decimal | None, vat: Decimal, where: str) -> None:
        """A version that has a table of rates takes no other."""
        if rate is None and vat:
            self.problems.add("not-permitted", f"{where}, СуммаНДС", plain(vat), reason="no rate")
        known = self.version.codes["rates"]
        by_table = any("#rates" in str(value) for _name, value in self.version.parts["rate"])
        if rate is not None and by_table and plain(rate) not in known:
            rates = ", ".join(key for key in known if key)
            self.problems.add("wrong-code", f"{where}, СтавкаНДС", plain(rate), known=rates)

    def _invoice(self, document: TaxInvoice, where: str) -> None:
        self._reference(document.basis.reference, f"{where}, ДокументОснование")
        self._sum(document.vat, f"{where}, СуммаНДС")
        if document.rate is not None:
            self._rate(document.rate, document.vat, where)
        if abs(document.vat) > abs(document.total):
            self.problems.add(
                "wrong-value", f"{where}, СуммаНДС", plain(document.vat), form=f"≤ {document.total}"
            )

    def _payment(self, document: BankPayment, where: str) -> None:
        self._account(document.account, f"{where}, БанковскийСчетОрганизации", ours=True)
        if document.their_account is not None:
            self._account(document.their_account, f"{where}, БанковскийСчетКонтрагента", ours=False)
        self._text(
            document.their_number, f"{where}, НомерВходящегоДокумента", LONGEST_NUMBER, empty=True
        )
        self._text(document.purpose, f"{where}, НазначениеПлатежа", LONGEST_TEXT, empty=True)

    def _account(self, account: Account, where: str, *, ours: bool) -> None:
        """Of an account of ours the bank must be known by BIK or BIC, and the number fit it."""
        self._text(account.number, f"{where}, НомерСчета", LONGEST_ACCOUNT)
        bank = account.bank
        if ours and not (bank.bik or bank.swift):
            self.problems.add("required", f"{where}, БИК", missing="БИК")
        for scheme, value in (("BIK", bank.bik), ("BIC", bank.swift)):
            if value and problem_with(scheme, value):
                self.problems.add("wrong-value", f"{where}, {scheme}", value, form=scheme)
        if ours and bank.bik and problem_with_cash_account(account.number, bik=bank.bik):
            self.problems.add(
                "wrong-value", f"{where}, НомерСчета", account.number, form=f"BIK {bank.bik}"
            )

    def _side(self, side: Side, where: str, *, named: bool = False) -> None:
        """`named`: a bank told the name alone, and no number is asked for."""
        self._reference(side.reference, f"{where}, Ссылка")
        self._text(side.name, f"{where}, Наименование", LONGEST_TEXT)
        if side.inn and (
            problem_with("INN", side.inn) or len(side.inn) != (12 if side.person else len(side.inn))
        ):
            self.problems.add("wrong-value", f"{where}, ИНН", side.inn, form="INN")
        if not (side.inn or side.foreign_number or side.person or named):
            self.problems.add("required", f"{where} {side.name}, ИНН", missing="ИНН")
        if side.kpp and not KPP.match(side.kpp):
            self.problems.add("wrong-value", f"{where}, КПП", side.kpp, form="9n")

    def _reference(self, reference: str, where: str) -> None:
        try:
            right = str(UUID(reference)) == reference
        except ValueError:
            right = False
        if not right:
            self.problems.add("wrong-value", where, reference, form="UUID")

    def _sum(self, amount: Decimal, where: str) -> None:
        self._number(amount, where, PLACES)

    def _number(self, amount: Decimal, where: str, places: int) -> None:
        if not amount.is_finite():
            self.problems.add("wrong-amount", where, str(amount))
            return
        whole, _, fraction = plain(abs(amount)).partition(".")
        if len(fraction) > places or len(whole) > MOST_DIGITS - places:
            self.problems.add("wrong-value", where, plain(amount), form=f"{MOST_DIGITS}.{places}")

    def _text(self, text: str, where: str, most: int, *, empty: bool = False) -> None:
        checked_text(text, where, most, self.problems, empty=empty)
