"""Generic fields as we write them: nothing that a network would refuse leaves. Strict.

Rules: SWIFT Standards, Category 5, field specifications 19A, 20C, 35B, 36B, 90a, 95a, 97A, 98A; rules, section 3.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from backoffice.connectors.formats.amounts import places_of, swift
from backoffice.connectors.formats.mt.characters import in_x, lines_of, reference
from backoffice.connectors.formats.refusing import Problems
from backoffice.connectors.formats.terms import Party, Price, Quantity
from backoffice.kernel.identifiers import problem_with
from backoffice.kernel.money import Money

UETR = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\Z", re.ASCII
)
LONGEST = 15  # of a number with its comma, which is never left out
ACCOUNT = 35
SCHEME = 8
CODE = 34
NAME_WIDTH, NAME_LINES = 35, 4


class Addresses(NamedTuple):
    """BICs of eleven characters, ours first."""

    sender: str
    receiver: str


class Block:
    """The lines of a block 4, sequence by sequence, and what is wrong with what is to stand there."""

    def __init__(self, problems: Problems) -> None:
        self.problems = problems
        self.lines: list[str] = []

    @contextmanager
    def sequence(self, name: str) -> Iterator[None]:
        self.lines.append(f":16R:{name}")
        yield
        self.lines.append(f":16S:{name}")

    def put(self, tag: str, value: str) -> None:
        """A field without a qualifier."""
        self.lines.append(f":{tag}:{value}")

    def field(self, tag: str, qualifier: str, value: str) -> None:
        self.lines.append(f":{tag}::{qualifier}//{value}")

    def reference(self, qualifier: str, text: str, where: str) -> None:
        self.field("20C", qualifier, reference(text, where, self.problems))

    def day(self, qualifier: str, day: date | None) -> None:
        if day:
            self.field("98A", qualifier, f"{day:%Y%m%d}")

    def code(self, qualifier: str, code: str, where: str) -> None:
        if len(code) != 4 or not code.isascii() or not code.isalnum() or code != code.upper():
            self.problems.add("wrong-value", where, code, form="4!c")
        self.field("22F", qualifier, code)

    def isin(self, isin: str) -> None:
        if problem_with("ISIN", isin):
            self.problems.add("wrong-value", "isin", isin, form="ISIN")
        self.lines.append(f":35B:ISIN {isin}")

    def quantity(self, qualifier: str, quantity: Quantity, where: str) -> None:
        number = self.number(quantity.amount, where, zero=False)
        self.field("36B", qualifier, f"{quantity.kind}/{number}")

    def money(self, qualifier: str, money: Money, where: str) -> None:
        self.field("19A", qualifier, self.amount(money, where))

    def price(self, price: Price) -> None:
        number = self.number(price.amount, "price")
        if price.currency:
            self.field("90B", "DEAL", f"ACTU/{price.currency}{number}")
        else:
            self.field("90A", "DEAL", f"PRCT/{number}")

    def account(self, text: str, where: str, qualifier: str = "SAFE") -> None:
        self.field("97A", qualifier, self._short(text, where, ACCOUNT))

    def party(self, role: str, party: Party, where: str, name: str = "SETPRTY") -> None:
        with self.sequence(name):
            if party.bic:
                self.field("95P", role, self.bic(party.bic, where))
            elif party.code:
                scheme = self._short(party.scheme, where, SCHEME)
                self.lines.append(f":95R::{role}/{scheme}/{self._short(party.code, where, CODE)}")
            else:
                self._name(role, party.name, where)
            if party.account:
                self.account(party.account, where)

    def bic(self, bic: str, where: str) -> str:
        if problem_with("BIC", bic):
            self.problems.add("wrong-value", where, bic, form="BIC")
        return bic

    def amount(self, money: Money, where: str, *, zero: bool = True) -> str:
        """A currency and an amount, as fields of money have them behind their sign: no more decimals than it has."""
        currency = money.currency
        if len(currency) != 3 or not currency.isascii() or not currency.isupper():
            self.problems.add("wrong-currency", where, currency)
        number = self.number(money.amount, where, zero=zero)
        if len(number.partition(",")[2]) > places_of(currency):
            self.problems.add("wrong-amount", where, number)
        return f"{currency}{number}"

    def number(self, amount: Decimal, where: str, *, zero: bool = True, most: int = LONGEST) -> str:
        if not amount.is_finite() or amount < 0 or (not amount and not zero):
            self.problems.add("wrong-amount", where, str(amount))
            return "0,"
        text = swift(amount)
        if len(text) > most:
            self.problems.add("wrong-amount", where, text)
        return text

    def account_above(self, account: str, where: str) -> str:
        """The line of an account above a party, in fields without a qualifier; nothing without one."""
        if not account:
            return ""
        if len(account) > ACCOUNT - 1:
            self.problems.add("too-long", where, account, most=ACCOUNT - 1)
        return f"/{in_x(account, where, self.problems)}\r\n"

    def _name(self, role: str, name: str, where: str) -> None:
        if not name.strip():
            self.problems.add("required", where, missing=role)
            return
        lines = lines_of(name, where, self.problems, width=NAME_WIDTH, most=NAME_LINES)
        self.field("95Q", role, "\r\n".join(lines))

    def _short(self, text: str, where: str, most: int) -> str:
        if not text.strip():
            self.problems.add("required", where, missing=where)
        if len(text) > most:
            self.problems.add("too-long", where, text, most=most)
        return in_x(text, where, self.problems)

    def written(self, kind: str, addresses: Addresses | None, *, uetr: str = "") -> bytes:
        """The message: with its headers where the addresses are given, else block 4 alone. Raises Refused.

        `uetr` is of a payment: it stands in block 3.
        """
        headers = self._headers(kind, addresses) if addresses else ""
        if uetr and not UETR.match(uetr):
            self.problems.add("wrong-value", "uetr", uetr, form="UUID, version 4")
        if uetr and headers:
            headers = f"{headers}{{3:{{121:{uetr}}}}}"
        self.problems.refuse_if_any()
        body = "\r\n".join(self.lines)
        if not addresses:
            return f"{body}\r\n-\r\n".encode("ascii")
        return f"{headers}{{4:\r\n{body}\r\n-}}".encode("ascii")

    def _headers(self, kind: str, addresses: Addresses) -> str:
        for where, bic in addresses._asdict().items():
            if len(bic) != 11 or problem_with("BIC", bic):
                self.problems.add("wrong-value", where, bic, form="BIC, 11 characters")
        sender, receiver = (f"{bic[:8]}A{bic[8:]}" for bic in addresses)
        receiver = f"{receiver[:8]}X{receiver[9:]}"
        return f"{{1:F01{sender}0000000000}}{{2:I{kind}{receiver}N}}"
