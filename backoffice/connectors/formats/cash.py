"""What banks say of an account: statements, intraday reports and advices, whatever format they came in.

Amounts are signed: money that came is positive. One line is one booking of the bank; where a booking stands
for several payments, `details` has them, and the line itself names a reference only if it is the only one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from backoffice.kernel.money import Money

ZERO = Decimal(0)
IBAN_SHAPE = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}\Z", re.ASCII)
RUSSIAN_SHAPE = re.compile(r"[0-9]{5}[0-9A-Z][0-9]{14}\Z", re.ASCII)


class StatementKind(StrEnum):
    """END_OF_DAY is what balances are proved by; an advice tells of bookings and proves nothing."""

    END_OF_DAY = "END_OF_DAY"
    INTRADAY = "INTRADAY"
    ADVICE = "ADVICE"


class LineStatus(StrEnum):
    """Only BOOKED money is in a balance."""

    BOOKED = "BOOKED"
    PENDING = "PENDING"
    FUTURE = "FUTURE"
    INFORMATION = "INFORMATION"


class AccountScheme(StrEnum):
    IBAN = "IBAN"
    RUSSIAN = "RUSSIAN"  # 20 characters of the Bank of Russia's plan of accounts
    OTHER = "OTHER"


@dataclass(frozen=True, slots=True)
class Account:
    """An account as the file names it; `bank` is what stood beside it: a BIC, BIK or national code."""

    number: str
    scheme: AccountScheme
    bank: str = ""

    @classmethod
    def of(cls, number: str, bank: str = "") -> Account:
        """The scheme is told by the shape alone: files with masked accounts fail check digits."""
        if IBAN_SHAPE.match(number):
            return cls(number, AccountScheme.IBAN, bank)
        if RUSSIAN_SHAPE.match(number):
            return cls(number, AccountScheme.RUSSIAN, bank)
        return cls(number, AccountScheme.OTHER, bank)


@dataclass(frozen=True, slots=True)
class Balance:
    """A balance as told: its code in the format (`60F`, `OPBD`), day, and signed amount."""

    code: str
    day: date | None
    amount: Decimal
    currency: str
    at: datetime | None = None
    intermediate: bool = False  # of a page, not of the day


@dataclass(frozen=True, slots=True)
class Turnover:
    """Totals that the file states of its own lines, all positive but `net`; None where not stated."""

    credits: Decimal | None = None
    debits: Decimal | None = None
    credit_count: int | None = None
    debit_count: int | None = None
    count: int | None = None
    gross: Decimal | None = None
    net: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Counterparty:
    """Who is on the other side of a booking, as far as the bank says."""

    name: str = ""
    account: str = ""
    bank: str = ""
    tax_number: str = ""


NOBODY = Counterparty()


@dataclass(frozen=True, slots=True)
class CashDetail:
    """One payment inside a booking. `money` is None where only the booking has an amount."""

    money: Money | None = None
    our_reference: str = ""
    bank_reference: str = ""
    end_to_end_id: str = ""
    uetr: str = ""
    instructed: Money | None = None
    counterparty: Counterparty = NOBODY
    text: str = ""


@dataclass(frozen=True, slots=True)
class CashLine:
    """One booking of the bank, in the order of the file (`position` counts from 1)."""

    position: int
    value_date: date | None
    booking_date: date | None
    amount: Decimal
    currency: str
    status: LineStatus = LineStatus.BOOKED
    reversal: bool = False
    type_code: str = ""
    our_reference: str = ""
    bank_reference: str = ""
    end_to_end_id: str = ""
    uetr: str = ""
    instructed: Money | None = None
    counterparty: Counterparty = NOBODY
    text: str = ""
    details: tuple[CashDetail, ...] = ()
    source_line: int = 0  # of the file, 0 where the format has no lines


@dataclass(frozen=True, slots=True)
class Remark:
    """Something odd about a statement that was read all the same: a code, words, and their facts."""

    code: str
    text: str
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def filled(self) -> str:
        return self.text % self.facts if self.facts else self.text


@dataclass(frozen=True, slots=True)
class CashStatement:
    """One statement of one account. A file may hold several, of several accounts."""

    format: str  # MT940, camt.053.001.08, 1C 1.03
    kind: StatementKind
    account: Account
    currency: str
    reference: str = ""  # the bank's name of this statement
    number: str = ""
    sequence: str = ""
    from_date: date | None = None
    until_date: date | None = None
    opening: Balance | None = None
    closing: Balance | None = None
    available: Balance | None = None
    forward: tuple[Balance, ...] = ()
    other: tuple[Balance, ...] = ()
    turnover: Turnover | None = None
    lists_lines: bool = True  # False where only balances and totals are told (MT941)
    lines: tuple[CashLine, ...] = ()
    text: str = ""
    created_at: datetime | None = None
    created_text: str = ""  # by the sender's clock, where it names no zone
    message_id: str = ""
    encoding: str = ""
    remarks: tuple[Remark, ...] = ()

    @property
    def credits(self) -> Decimal:
        return sum((line.amount for line in self.lines if line.amount > 0), ZERO)

    @property
    def debits(self) -> Decimal:
        return -sum((line.amount for line in self.lines if line.amount < 0), ZERO)

    @property
    def booked(self) -> Decimal:
        """What the booked lines move the balance by."""
        booked = (line.amount for line in self.lines if line.status is LineStatus.BOOKED)
        return sum(booked, ZERO)

    @property
    def difference(self) -> Decimal | None:
        """Closing less opening less lines: what the lines do not explain. None without balances."""
        if not self.opening or not self.closing or self.opening.currency != self.closing.currency:
            return None
        return self.closing.amount - self.opening.amount - self.booked
