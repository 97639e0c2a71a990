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
    """Looks through a message and notes all that is wrong, by document and attribute."""

    def __init__(self, version: Version, problems: Problems) -> None:
        self.version, self.problems = version, problems

    def message(self, message: Message) -> None:
        seen = Counter(document.reference for document in message.documents)
        for document in message.documents:
            where = f"{document.kind} {document.number or document.reference}"
            if seen[document.reference] > 1:
                self.problems.add("repeated-field", f"{where}, reference", document.reference)
            self.document(document, where)

    def document(self, document: Document, where: str) -> None:
        if not isinstance(document, OF_KIND[document.kind]):
            self.problems.add("misplaced", f"{where}, kind", document.kind)
            return
        self._reference(document.reference, f"{where}, reference")
        self._text(document.number, f"{where}, number", LONGEST_NUMBER)
        self._text(document.comment, f"{where}, comment", LONGEST_TEXT, empty=True)
        if not DIGITS.match(document.currency.code):
            self.problems.add("wrong-currency", f"{where}, currency", document.currency.code)
        self._side(document.organisation, f"{where}, organisation")
        self._side(
            document.counterpart, f"{where}, counterpart", named=isinstance(document, BankPayment)
        )
        self._sum(document.total, f"{where}, total")
        if isinstance(document, Services):
            self._services(document, where)
        elif isinstance(document, TaxInvoice):
            self._invoice(document, where)
        else:
            self._payment(document, where)

    def _services(self, document: Services, where: str) -> None:
        if not document.lines:
            self.problems.add("required", f"{where}, lines", missing="line")
        listed = sum((line.total for line in document.lines), Decimal(0))
        if listed != document.total:
            self.problems.add(
                "wrong-value", f"{where}, total", plain(document.total), form=plain(listed)
            )
        if document.kind != Kind.SALE:
            self._text(document.their_number, f"{where}, their_number", LONGEST_NUMBER)
            if document.their_day is None:
                self.problems.add("required", f"{where}, their_day", missing="their_day")
        for number, line in enumerate(document.lines, start=1):
            at = f"{where}, line {number}"
            self._text(line.item.name, f"{at}, item", LONGEST_TEXT)
            self._text(line.text, f"{at}, text", LONGEST_TEXT, empty=True)
            self._sum(line.total, f"{at}, total")
            self._sum(line.vat, f"{at}, vat")
            self._number(line.quantity, f"{at}, quantity", PLACES_OF_QUANTITY)
            if line.price is not None:
                self._number(line.price, f"{at}, price", PLACES)
            elif document.kind != Kind.SECURITIES:
                self.problems.add("required", f"{at}, price", missing="price")
            self._rate(line.rate, line.vat, at)

    def _rate(self, rate: Decimal | None, vat: Decimal, where: str) -> None:
        """A version that has a table of rates takes no other."""
        if rate is None and vat:
            self.problems.add("not-permitted", f"{where}, vat", plain(vat), reason="no rate")
        known = self.version.codes["rates"]
        by_table = any("#rates" in str(value) for _name, value in self.version.parts["rate"])
        if rate is not None and by_table and plain(rate) not in known:
            rates = ", ".join(key for key in known if key)
            self.problems.add("wrong-code", f"{where}, rate", plain(rate), known=rates)

    def _invoice(self, document: TaxInvoice, where: str) -> None:
        self._reference(document.basis.reference, f"{where}, basis")
        self._sum(document.vat, f"{where}, vat")
        if document.rate is not None:
            self._rate(document.rate, document.vat, where)
        if abs(document.vat) > abs(document.total):
            self.problems.add(
                "wrong-value", f"{where}, vat", plain(document.vat), form=f"≤ {document.total}"
            )

    def _payment(self, document: BankPayment, where: str) -> None:
        self._account(document.account, f"{where}, account", ours=True)
        if document.their_account is not None:
            self._account(document.their_account, f"{where}, their_account", ours=False)
        self._text(document.their_number, f"{where}, their_number", LONGEST_NUMBER, empty=True)
        self._text(document.purpose, f"{where}, purpose", LONGEST_TEXT, empty=True)

    def _account(self, account: Account, where: str, *, ours: bool) -> None:
        """Of an account of ours the bank must be known by BIK or BIC, and the number fit it."""
        self._text(account.number, f"{where}, number", LONGEST_ACCOUNT)
        bank = account.bank
        if ours and not (bank.bik or bank.swift):
            self.problems.add("required", f"{where}, bik", missing="bik")
        for scheme, value in (("BIK", bank.bik), ("BIC", bank.swift)):
            if value and problem_with(scheme, value):
                self.problems.add("wrong-value", f"{where}, {scheme.lower()}", value, form=scheme)
        if ours and bank.bik and problem_with_cash_account(account.number, bik=bank.bik):
            self.problems.add(
                "wrong-value", f"{where}, number", account.number, form=f"BIK {bank.bik}"
            )

    def _side(self, side: Side, where: str, *, named: bool = False) -> None:
        """`named`: a bank told the name alone, and no number is asked for."""
        self._reference(side.reference, f"{where}, reference")
        self._text(side.name, f"{where}, name", LONGEST_TEXT)
        if side.inn and (
            problem_with("INN", side.inn) or len(side.inn) != (12 if side.person else len(side.inn))
        ):
            self.problems.add("wrong-value", f"{where}, inn", side.inn, form="INN")
        if not (side.inn or side.foreign_number or side.person or named):
            self.problems.add("required", f"{where} {side.name}, inn", missing="inn")
        if side.kpp and not KPP.match(side.kpp):
            self.problems.add("wrong-value", f"{where}, kpp", side.kpp, form="9n")

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
