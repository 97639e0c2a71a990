"""What two parties tell each other of what they dealt: securities, currencies, money lent."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from backoffice.connectors.formats.terms import Kept, Party, Price, Quantity
from backoffice.kernel.money import Money


class Told(StrEnum):
    """What a confirmation is to those before it. AMENDED and CANCELLED name the one before (`previous`)."""

    NEW = "NEWT"
    AMENDED = "AMND"
    CANCELLED = "CANC"


class Side(StrEnum):
    BUY = "BUYI"
    SELL = "SELL"


@dataclass(frozen=True, slots=True)
class TradeConfirmation:
    """A purchase or sale of securities (MT515 of a broker to its client, MT518 between counterparties).

    `side` is as it is told, and whose it is depends on the message: who buys and who sells is said by the parties.
    """

    reference: str
    side: Side
    quantity: Quantity
    trade_date: date
    settlement_date: date
    isin: str
    against_payment: bool = True
    told: Told = Told.NEW
    previous: str = ""
    price: Price | None = None
    money: Money | None = None  # what is settled
    gross: Money | None = None
    accrued: Money | None = None
    buyer: Party | None = None
    seller: Party | None = None
    place: Party | None = None
    description: str = ""
    our_reference: str = ""
    common: str = ""  # what both sides call the trade
    type: str = "TRAD"
    sender: str = ""  # BICs of the header
    receiver: str = ""
    prepared_on: date | None = None
    told_at: datetime | None = field(default=None, compare=False)
    format: str = field(default="", compare=False)
    kept: tuple[Kept, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class FxConfirmation:
    """An exchange of two currencies (MT300), as party A tells it: what A buys, and what it sells."""

    reference: str
    party_a: Party
    party_b: Party
    trade_date: date
    value_date: date
    rate: Decimal
    bought: Money
    sold: Money
    told: Told = Told.NEW
    previous: str = ""
    common: str = ""
    a_receives_at: Party | None = None  # the bank and account where A is paid what it buys
    b_receives_at: Party | None = None
    uti: str = ""
    sender: str = ""
    receiver: str = ""
    told_at: datetime | None = field(default=None, compare=False)
    format: str = field(default="", compare=False)
    kept: tuple[Kept, ...] = field(default=(), compare=False)


class Role(StrEnum):
    """Of party A: it lends, or borrows."""

    LENDS = "L"
    BORROWS = "B"


@dataclass(frozen=True, slots=True)
class LoanConfirmation:
    """Money lent for a time at a rate (MT320), as party A tells it. `rate` is in percent.

    `interest` is below zero where whoever lends pays it.
    """

    reference: str
    party_a: Party
    party_b: Party
    role: Role
    trade_date: date
    value_date: date
    maturity: date
    principal: Money
    rate: Decimal
    day_count: str
    told: Told = Told.NEW
    event: str = "CONF"  # CONF, MATU, ROLL
    previous: str = ""
    common: str = ""
    interest: Money | None = None
    interest_date: date | None = None
    a_receives_at: Party | None = None
    b_receives_at: Party | None = None
    sender: str = ""
    receiver: str = ""
    told_at: datetime | None = field(default=None, compare=False)
    format: str = field(default="", compare=False)
    kept: tuple[Kept, ...] = field(default=(), compare=False)


Treasury = FxConfirmation | LoanConfirmation
