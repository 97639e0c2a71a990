"""The fields that the messages of cash share: references, accounts, balances, totals. With what is wrong in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from backoffice.connectors.formats.amounts import swift_amount
from backoffice.connectors.formats.cash import Account, Balance, Remark, Turnover
from backoffice.connectors.formats.checking import remark
from backoffice.connectors.formats.mt.blocks import Field, Message
from backoffice.connectors.formats.mt.dates import day_of, moment_of
from backoffice.connectors.formats.refusing import Problems, at_line

BALANCE = re.compile(r"(C|D)([0-9]{6})([A-Z]{3})([0-9,]+)\s*\Z", re.ASCII)
TOTAL = re.compile(r"([0-9]{1,5})([A-Z]{3})([0-9,]+)\s*\Z", re.ASCII)
FLOOR = re.compile(r"([A-Z]{3})(C|D)?([0-9,]+)\s*\Z", re.ASCII)
BALANCE_FORM = "C230131EUR1234,56"
NUMBER = re.compile(r"([^/\n]*)(?:/([^\n]*))?")


@dataclass(slots=True)
class Reading:
    """One message being read: what is wrong goes to `problems`, what is odd to `remarks`."""

    message: Message
    kind: str
    problems: Problems
    encoding: str
    remarks: list[Remark] = field(default_factory=list)

    @property
    def format(self) -> str:
        return f"MT{self.kind}"

    def all(self, *tags: str) -> Iterator[Field]:
        return (each for each in self.message.fields if each.tag in tags)

    def one(self, *tags: str, required: bool = False) -> Field | None:
        """The one field of these tags. A second one, or a required one that is missing, is wrong."""
        found = list(self.all(*tags))
        for again in found[1:]:
            self.problems.add("repeated-field", again.where, again.value)
        if not found and required:
            missing = f":{tags[0]}:"
            where = at_line(self.message.line, missing)
            self.problems.add("missing-field", where, missing=missing, message=self.message.number)
        return found[0] if found else None

    def text(self, tag: str, *, required: bool = False) -> str:
        found = self.one(tag, required=required)
        return found.value.strip() if found else ""

    def account(self) -> Account:
        """The account of `:25:`; its bank stands before a slash, or in `:25P:` below it."""
        found = self.one("25", "25P", required=True)
        first, _, below = found.value.strip().partition("\n") if found else ("", "", "")
        bank, _, number = first.rpartition("/")
        if found and not number.strip():
            self.problems.add("wrong-field", found.where, found.value, form="account")
        return Account.of(number.strip(), below.strip() or bank.strip())

    def numbers(self) -> tuple[str, str]:
        """Statement number and sequence number, as told."""
        found = self.one("28C", "28")
        match = NUMBER.match(found.value.strip()) if found else None
        return (match[1].strip(), (match[2] or "").strip()) if match else ("", "")

    def moment(self) -> datetime | None:
        found = self.one("13D")
        if not found:
            return None
        try:
            return moment_of(found.value.strip())
        except ValueError:
            self.problems.add("wrong-date", found.where, found.value, form="YYMMDDhhmm+hhmm")
            return None

    def day(self, text: str, each: Field) -> date | None:
        try:
            day, exists = day_of(text)
        except ValueError:
            self.problems.add("wrong-date", each.where, text, form="YYMMDD")
            return None
        if not exists:
            self.remarks.append(no_such_day(each.line, text, day))
        return day

    def amount(self, text: str, each: Field, *, comma: bool = True) -> Decimal:
        try:
            return swift_amount(text, comma=comma)
        except ValueError:
            self.problems.add("wrong-amount", each.where, text)
            return Decimal(0)

    def balance(self, *tags: str, required: bool = False) -> Balance | None:
        found = self.one(*tags, required=required)
        return self.balance_in(found) if found else None

    def balance_in(self, each: Field) -> Balance | None:
        match = BALANCE.match(each.value.strip())
        if not match:
            self.problems.add("wrong-field", each.where, each.value, form=BALANCE_FORM)
            return None
        amount = self.amount(match[4], each)
        signed = amount if match[1] == "C" else -amount
        day = self.day(match[2], each)
        return Balance(each.tag, day, signed, match[3], intermediate=each.tag.endswith("M"))

    def turnover(self) -> Turnover | None:
        """The totals of `:90C:` and `:90D:`, unless a floor hides entries that they may count."""
        credit, debit = self._total("90C"), self._total("90D")
        floors = [self._floor(each) for each in self.all("34F")]
        if (not credit and not debit) or any(floors):
            return None
        return Turnover(
            credits=credit[1] if credit else None, debits=debit[1] if debit else None,
            credit_count=credit[0] if credit else None, debit_count=debit[0] if debit else None,
        )  # fmt: skip

    def _total(self, tag: str) -> tuple[int, Decimal] | None:
        found = self.one(tag)
        if not found:
            return None
        match = TOTAL.match(found.value.strip())
        if not match:
            self.problems.add("wrong-field", found.where, found.value, form="12EUR345,67")
            return None
        return int(match[1]), self.amount(match[3], found)

    def _floor(self, each: Field) -> Decimal:
        match = FLOOR.match(each.value.strip())
        if not match:
            self.problems.add("wrong-field", each.where, each.value, form="EURD0,00")
            return Decimal(0)
        return self.amount(match[3], each, comma=False)

    def currency_of_floor(self) -> str:
        """A report without balances has its currency in the floor limit or the totals alone."""
        for each in self.all("34F", "90C", "90D"):
            match = FLOOR.match(each.value.strip()) or None
            total = TOTAL.match(each.value.strip())
            if match or total:
                return match[1] if match else total[2] if total else ""
        return ""


def no_such_day(line: int, text: str, taken: date) -> Remark:
    return remark("no-such-day", line=line, found=text, taken=taken.isoformat())
