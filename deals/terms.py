"""What every deal is made of, whatever its product: the members that are posted, and what they come to.

A product adds its own members and the one pure function from terms to flows (`deals/products/`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, Literal, NamedTuple

import msgspec

from refdata.rows import CurrencyRow

NO_CONTROLS = r"^[^\x00-\x1f\x7f]+$"  # PostgreSQL stores no NUL, files no line ends
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=64, pattern=NO_CONTROLS)]
Reference = Annotated[
    str,
    msgspec.Meta(
        min_length=1,
        max_length=64,
        pattern=NO_CONTROLS,
        description="Your own reference, unique per entity",
    ),
]
Number = Annotated[
    str,
    msgspec.Meta(
        max_length=30, pattern=r"^-?[0-9]{1,15}(\.[0-9]{1,12})?$",
        description="Plain decimal notation", examples=["1000", "312.45"],
    ),
]  # fmt: skip
Iso = Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{3}$", examples=["RUB"])]
Day = Annotated[str, msgspec.Meta(pattern=r"^\d{4}-\d{2}-\d{2}$", examples=["2026-11-24"])]
Instant = Annotated[str, msgspec.Meta(max_length=40, examples=["2026-11-23T10:15:00+03:00"])]


class SettlementTerms(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """How and when it settles; which ways there are its product says."""

    method: str = ""
    date: Day | None = None


class Execution(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Where it was dealt; the venue is a MIC or XOFF."""

    venue: Text | None = None
    venue_trade_id: Text | None = None
    session_date: Day | None = None


class Clearing(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """How it is cleared."""

    mode: Literal["BILATERAL", "CCP"] = "BILATERAL"
    ccp: Text | None = None
    clearing_account: Text | None = None


class FeeTerms(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A fee agreed with the deal; without any, the fee schedule in force applies."""

    kind: Text
    amount: Number
    currency: Iso
    payer: Literal["US", "COUNTERPARTY", "CLIENT"] = "US"


class Terms(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The members of every deal. A product adds its own; what has no column is kept as it was sent."""

    external_ref: Reference
    product: str
    side: str
    book: Text
    counterparty: Text
    quantity: Number
    currency: Iso
    traded_at: Instant
    settlement: SettlementTerms = msgspec.field(default_factory=SettlementTerms)
    stage: Literal["proposed", "executed"] = "proposed"
    capacity: Literal["OWN", "CLIENT", "AGENT"] = "OWN"
    client: Text | None = None
    account: Text | None = None
    execution: Execution | None = None
    clearing: Clearing | None = None
    uti: Text | None = None
    trader: Text | None = None
    agreement: Text | None = None
    fees: list[FeeTerms] = []
    origin: Text | None = None

    def worth(self) -> Decimal | None:
        """About what it comes to, before anything is resolved; None where that cannot be said."""
        return Decimal(self.quantity)

    def secured_by(self) -> str | None:
        """The security that comes back at the end, where it is another than was dealt."""
        return None


class Priced(Terms, forbid_unknown_fields=True, kw_only=True):
    """The members of a deal in which so much is bought or sold at a price."""

    side: Literal["buy", "sell"]
    price: Number

    def worth(self) -> Decimal | None:
        return Decimal(self.quantity) * Decimal(self.price)


# What stands in columns of a deal and its version; the other members are kept as details.
COLUMNS = frozenset({
    "external_ref", "product", "side", "book", "counterparty", "instrument", "quantity", "price",
    "currency", "traded_at", "settlement", "stage", "capacity",
})  # fmt: skip


@cache
def _names(product: type[Terms]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    names = tuple(field.name for field in msgspec.structs.fields(product))
    return (
        tuple(name for name in names if name != "settlement"),
        tuple(name for name in names if name not in COLUMNS),
    )


def posted_members(terms: Terms) -> dict[str, Any]:
    """What was posted, as it was posted, but how it settles; what was not said is left out."""
    return _said(terms, _names(type(terms))[0])


def details_of(terms: Terms) -> dict[str, Any]:
    """The members that have no column of their own, as they were sent."""
    return _said(terms, _names(type(terms))[1])


def _said(terms: Terms, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: value for name in names if (value := getattr(terms, name)) not in (None, [])}


class Traded(NamedTuple):
    """What is dealt: an instrument, or a currency, of which only so many decimals exist."""

    asset_id: int
    instrument_id: int | None
    code: str
    market: str = ""
    decimals: int | None = None

    @property
    def is_money(self) -> bool:
        return self.instrument_id is None


class FlowTerms(NamedTuple):
    """One thing due: what kind, which way, which asset, how much, when."""

    kind: str
    direction: str
    asset_id: int
    quantity: Decimal
    due_date: date


@dataclass(frozen=True, slots=True)
class Agreed:
    """What was agreed, found and read: what a product works out what is due from."""

    quantity: Decimal
    price: Decimal
    traded: Traded
    currency: CurrencyRow
    trade_date: date
    due_date: date


class Due(NamedTuple):
    """What the terms come to before fees, and what is due.

    `gross` is in the currency of the deal and without `accrued` interest, which is paid with it;
    `withheld` is tax of the counterparty that we keep back. `turnover` is gross before rounding, on
    which fees count. `figures` are what was worked out
    beside them: kept with the version, answered, and shown.
    """

    gross: Decimal
    turnover: Decimal
    flows: list[FlowTerms]
    accrued: Decimal = Decimal(0)
    figures: Mapping[str, str] = {}
    withheld: Decimal = Decimal(0)


class Amounts(NamedTuple):
    """What the terms come to; fees are positive and paid by us."""

    gross: Decimal
    fees: tuple[Decimal, ...]
    net: Decimal


OTHER_SIDE = {"buy": "sell", "sell": "buy"}
PAYS_FIRST = frozenset({"buy", "place"})  # the sides on which money leaves us on the due date


def amounts_of(side: str, due: Due, fees: tuple[Decimal, ...]) -> Amounts:
    """Net is what we pay or receive in all on the due date: gross, accrued interest and fees, less tax withheld.

    Fees come on top where we pay, and are taken off where we receive (they may exceed it).
    """
    total = sum(fees, Decimal(0))
    whole = due.gross + due.accrued - due.withheld
    return Amounts(due.gross, fees, whole + total if side in PAYS_FIRST else whole - total)
