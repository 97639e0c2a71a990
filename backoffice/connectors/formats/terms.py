"""What messages about securities have in common: who, what, how much, which way, and what others call it.

Codes are the market's own, as they stand in ISO 15022 and ISO 20022. Amounts and quantities are positive: the
direction, seen from the account's owner, says which way securities go, and money against them goes the other way.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from backoffice.kernel.money import Money


class Direction(StrEnum):
    DELIVER = "DELI"
    RECEIVE = "RECE"


class Function(StrEnum):
    """What a message is for. REVERSE takes a confirmed settlement back."""

    NEW = "NEWM"
    CANCEL = "CANC"
    REVERSE = "RVSL"


class QuantityKind(StrEnum):
    """Pieces; face amount of what is dealt in percent; amortised value, where a place says it beside the face."""

    UNIT = "UNIT"
    FACE = "FAMT"
    AMORTISED = "AMOR"


class Partial(StrEnum):
    """Whether it may settle in parts: yes, no, or from a threshold of quantity or of money on."""

    ALLOWED = "PART"
    NOT_ALLOWED = "NPAR"
    FROM_QUANTITY = "PARQ"
    FROM_AMOUNT = "PARC"


class LinkKind(StrEnum):
    """How this one goes with the other: it settles before it, after it, together with it, or is told of it."""

    BEFORE = "BEFO"
    AFTER = "AFTE"
    WITH = "WITH"
    INFORMATION = "INFO"


@dataclass(frozen=True, slots=True)
class Quantity:
    kind: QuantityKind
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Price:
    """Of one piece in its currency; without one, in percent."""

    amount: Decimal
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody in the chain: by BIC, else by a code of a scheme (`NSDR`), else by name; with their account."""

    bic: str = ""
    code: str = ""
    scheme: str = ""
    name: str = ""
    account: str = ""

    @property
    def shown(self) -> str:
        return self.bic or "/".join(filter(None, (self.scheme, self.code))) or self.name


@dataclass(frozen=True, slots=True)
class Terms:
    """What is exchanged, when, on which account and with whom.

    `account` is the owner's at the place. The other side's chain is `agent` (who has an account with the
    place: DEAG of a delivering side, REAG of a receiving one) and `counterparty` (SELL or BUYR behind them).
    """

    direction: Direction
    against_payment: bool
    quantity: Quantity
    settlement_date: date | None
    account: str
    isin: str = ""
    description: str = ""
    trade_date: date | None = None
    money: Money | None = None
    price: Price | None = None
    accrued: Money | None = None
    place: Party | None = None
    agent: Party | None = None
    counterparty: Party | None = None


@dataclass(frozen=True, slots=True)
class Link:
    kind: LinkKind
    reference: str


@dataclass(frozen=True, slots=True)
class Kept:
    """A field that we do not take anything from, as it stood there."""

    path: str
    value: str


@dataclass(frozen=True, slots=True)
class PlaceReferences:
    """What others call the instruction: the place, the market's infrastructure, both sides together."""

    servicer: str = ""
    infrastructure: str = ""
    common: str = ""


NO_REFERENCES = PlaceReferences()
