"""Documents of EnterpriseData and what they refer to, by what they say and not by what a version calls it. Pure.

Attributes are named by `data/*.json`, which says where each stands in a version. Amounts of a reversal are negative.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

ZERO = Decimal(0)


class Kind(StrEnum):
    """What a document is: each is one element of the body by its version."""

    SALE = "SALE"  # services that we sold
    PURCHASE = "PURCHASE"  # services that we bought
    SECURITIES = "SECURITIES"  # securities that a person sold to us, by an act
    ISSUED = "ISSUED"  # our invoice with VAT
    RECEIVED = "RECEIVED"  # their invoice with VAT
    RECEIPT = "RECEIPT"
    PAYMENT = "PAYMENT"


@dataclass(frozen=True, slots=True)
class Side:
    """An organisation of ours, or whom we deal with. Who is abroad has a number there and no INN."""

    reference: str
    name: str
    full_name: str = ""
    inn: str = ""
    kpp: str = ""
    person: bool = False
    foreign_number: str = ""


@dataclass(frozen=True, slots=True)
class Currency:
    """`code` has three digits, as in the classifier of currencies (ISO 4217)."""

    reference: str
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Bank:
    """Of theirs often only a number is known."""

    name: str = ""
    bik: str = ""
    correspondent: str = ""
    swift: str = ""


@dataclass(frozen=True, slots=True)
class Account:
    """An account with a bank: of ours (`organisation`) or of whom we deal with (`counterpart`)."""

    reference: str
    number: str
    bank: Bank
    organisation: Side | None = None
    counterpart: Side | None = None


@dataclass(frozen=True, slots=True)
class Contract:
    """`kind` is CUSTOMER, SUPPLIER or OTHER."""

    reference: str
    kind: str
    number: str
    organisation: Side
    counterpart: Side
    currency: Currency
    day: date | None = None

    @property
    def name(self) -> str:
        return f"{self.number} от {self.day:%d.%m.%Y}" if self.day else self.number


@dataclass(frozen=True, slots=True)
class Item:
    """A service or a security as the catalog has it; `code` is ours."""

    reference: str
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Line:
    """`total` has VAT in it; `rate` is percent, None where it is exempt or of no service."""

    number: int
    item: Item
    quantity: Decimal
    total: Decimal
    vat: Decimal = ZERO
    rate: Decimal | None = None
    price: Decimal | None = None
    text: str = ""

    @property
    def exempt(self) -> bool:
        return self.rate is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What was sold or bought, by an act or a bill."""

    kind: Kind
    reference: str
    number: str
    moment: datetime
    organisation: Side
    counterpart: Side
    currency: Currency
    total: Decimal
    lines: tuple[Line, ...]
    contract: Contract | None = None
    their_number: str = ""
    their_day: date | None = None
    comment: str = ""

    @property
    def vat(self) -> Decimal:
        return sum((line.vat for line in self.lines), ZERO)

    @property
    def taxed(self) -> bool:
        return any(not line.exempt for line in self.lines)


@dataclass(frozen=True, slots=True)
class Basis:
    """The act or bill that an invoice is of; who it is from where its own key says so."""

    reference: str
    number: str
    moment: datetime
    organisation: Side
    counterpart: Side | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxInvoice:
    """An invoice with VAT; its rate is that of all its lines, None where they differ."""

    kind: Kind
    reference: str
    number: str
    moment: datetime
    organisation: Side
    counterpart: Side
    currency: Currency
    total: Decimal
    vat: Decimal
    basis: Basis
    rate: Decimal | None = None
    contract: Contract | None = None
    comment: str = ""

    @property
    def day(self) -> date:
        return self.moment.date()

    @property
    def exempt(self) -> bool:
        return self.rate is None


@dataclass(frozen=True, slots=True, kw_only=True)
class BankPayment:
    """Money that came or went, as the bank booked it."""

    kind: Kind
    reference: str
    number: str
    moment: datetime
    organisation: Side
    counterpart: Side
    account: Account
    currency: Currency
    total: Decimal
    their_account: Account | None = None
    their_number: str = ""
    purpose: str = ""
    contract: Contract | None = None
    comment: str = ""

    @property
    def day(self) -> date:
        return self.moment.date()


Document = Services | TaxInvoice | BankPayment
OF_KIND: dict[Kind, type[Services] | type[TaxInvoice] | type[BankPayment]] = {
    Kind.SALE: Services, Kind.PURCHASE: Services, Kind.SECURITIES: Services, Kind.ISSUED: TaxInvoice,
    Kind.RECEIVED: TaxInvoice, Kind.RECEIPT: BankPayment, Kind.PAYMENT: BankPayment,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Confirmation:
    """Which message this is between two bases that exchange by a plan."""

    plan: str
    to: str
    sender: str
    number: int
    received: int = 0


@dataclass(frozen=True, slots=True)
class Message:
    """Documents in one version of the format."""

    version: str
    created_at: datetime
    documents: tuple[Document, ...] = field(default=())
    confirmation: Confirmation | None = None
