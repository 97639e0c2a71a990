"""What is said of corporate actions, whatever format carries it: announced, elected, paid, how it stands, in words.

Codes are the market's, the same in both standards: kinds of events (DVCA, SPLF…), of options (CASH, SECU…), functions.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from backoffice.connectors.formats.statuses import Status
from backoffice.connectors.formats.terms import Function, Kept, Price, Quantity
from backoffice.kernel.money import Money


class Participation(StrEnum):
    """Whether a holder is asked: never; which of several; or whether at all."""

    MANDATORY = "MAND"
    CHOICE = "CHOS"
    VOLUNTARY = "VOLU"


class Notice(StrEnum):
    """What an announcement is to those before it. WITHDRAWN by the issuer; CANCELLED: it was sent wrongly."""

    NEW = "NEWM"
    REPLACES = "REPL"
    REMINDS = "RMDR"
    ADDS = "ADDB"
    ELIGIBLE = "REPE"  # what is eligible, after the record date
    CANCELLED = "CANC"
    WITHDRAWN = "WITH"


@dataclass(frozen=True, slots=True)
class Balance:
    """A balance of an account that the event looks at: ELIG, BLOK, LOAN, UNBA, INBA, CONB… Signed."""

    code: str
    quantity: Quantity


@dataclass(frozen=True, slots=True)
class AccountBalances:
    account: str
    balances: tuple[Balance, ...] = ()

    def balance(self, code: str) -> Quantity | None:
        return next((each.quantity for each in self.balances if each.code == code), None)


@dataclass(frozen=True, slots=True)
class Ratio:
    """So many new for so many old: instead of them (NEWO), beside them (ADEX), or by subscription (ADSR)."""

    kind: str
    new: Decimal
    old: Decimal


@dataclass(frozen=True, slots=True)
class SecuritiesMovement:
    """Securities that come (`credit`) or go. `quantity` is what is due, or what was booked in a confirmation."""

    credit: bool
    isin: str
    description: str = ""
    quantity: Quantity | None = None
    ratio: Ratio | None = None
    fractions: str = ""  # CINL, RDDN, RDUP, STAN, UKWN…
    price: Price | None = None  # paid for one of them
    paid_on: date | None = None
    available_on: date | None = None
    booked_on: date | None = None


@dataclass(frozen=True, slots=True)
class CashMovement:
    """Money that comes (`credit`) or goes. `booked` is in a confirmation alone; `tax` is what was withheld.

    `per_unit` is of one security, `rate` in percent of the face; `tax_rate` in percent.
    """

    credit: bool
    booked: Money | None = None
    entitled: Money | None = None
    gross: Money | None = None
    net: Money | None = None
    tax: Money | None = None
    per_unit: Money | None = None
    rate: Decimal | None = None
    tax_rate: Decimal | None = None
    account: str = ""
    paid_on: date | None = None
    value_on: date | None = None
    booked_on: date | None = None


@dataclass(frozen=True, slots=True)
class Option:
    """One thing that can become of a holding. `respond_by_at` is None where the deadline is a day alone."""

    number: str
    type: str
    is_default: bool = False
    currency: str = ""
    status: str = ""  # INTV, CANC: not to be chosen any more
    respond_by: date | None = None
    respond_by_at: datetime | None = None
    market_deadline: date | None = None
    from_day: date | None = None
    until_day: date | None = None
    securities: tuple[SecuritiesMovement, ...] = ()
    cash: tuple[CashMovement, ...] = ()
    text: str = ""


@dataclass(frozen=True, slots=True)
class EventDates:
    announced_on: date | None = None
    ex_date: date | None = None
    record_date: date | None = None
    effective_on: date | None = None
    payment_date: date | None = None


NO_DATES = EventDates()


def numbered_again(options: Sequence[Option]) -> Iterator[int]:
    """Where options stand whose number another before them has: nobody could tell which was chosen."""
    numbers = [each.number for each in options]
    return (at for at, number in enumerate(numbers) if number in numbers[:at])


@dataclass(frozen=True, slots=True)
class Announcement:
    """An event as it is announced (MT564, seev.031), as its proceeds are told beforehand (seev.035), or taken back.

    `event` is the servicer's name of it, `official` the market's. Not `complete` or not `confirmed`: to be
    waited for. Without accounts it is of all of them.
    """

    reference: str
    event: str
    kind: str
    participation: Participation
    isin: str
    notice: Notice = Notice.NEW
    preliminary: bool = False  # what will be booked, no announcement
    description: str = ""
    official: str = ""
    previous: str = ""
    complete: bool = True
    confirmed: bool = True
    dates: EventDates = NO_DATES
    rate: Decimal | None = None  # of interest, in percent
    accounts: tuple[AccountBalances, ...] = ()
    options: tuple[Option, ...] = ()
    text: str = ""
    told_at: datetime | None = None
    format: str = field(default="", compare=False)
    kept: tuple[Kept, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class EventConfirmation:
    """What was booked of an event (MT566, seev.036), or what of it was taken back (REVR, seev.037)."""

    reference: str
    event: str
    kind: str
    account: str
    isin: str
    option: str
    option_type: str
    function: Function = Function.NEW
    previous: str = ""  # the confirmation that is reversed
    description: str = ""
    official: str = ""
    balance: Quantity | None = None  # that it was paid on
    dates: EventDates = NO_DATES
    securities: tuple[SecuritiesMovement, ...] = ()
    cash: tuple[CashMovement, ...] = ()
    text: str = ""
    told_at: datetime | None = None
    format: str = field(default="", compare=False)
    kept: tuple[Kept, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Election:
    """Our choice of an option for so many (MT565, seev.033), or our request to cancel one (`previous`)."""

    reference: str
    event: str
    kind: str
    account: str
    isin: str
    option: str
    option_type: str
    quantity: Quantity
    function: Function = Function.NEW
    previous: str = ""
    announcement: str = ""  # the message that it answers
    official: str = ""
    prepared_on: date | None = None
    text: str = ""
    format: str = field(default="", compare=False)
    kept: tuple[Kept, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class EventStatus:
    """How an election of ours, or the event itself, stands (MT567, seev.034). `about` is our reference."""

    reference: str
    event: str
    kind: str
    statuses: tuple[Status, ...]
    about: str = ""
    account: str = ""
    option: str = ""
    option_type: str = ""
    quantity: Quantity | None = None
    told_at: datetime | None = None
    format: str = field(default="", compare=False)
    kept: tuple[Kept, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class EventNarrative:
    """Words about an event, either way (MT568). `about` is the message that they go with."""

    reference: str
    event: str
    text: str
    kind: str = ""
    isin: str = ""
    account: str = ""
    notice: Notice = Notice.NEW
    about: str = ""
    previous: str = ""
    prepared_on: date | None = None
    told_at: datetime | None = field(default=None, compare=False)
    format: str = field(default="", compare=False)
    kept: tuple[Kept, ...] = field(default=(), compare=False)


CorporateAction = Announcement | EventConfirmation | Election | EventStatus | EventNarrative
