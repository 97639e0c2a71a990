"""What every deal is made of, whatever its product: the members that are posted, and what they come to.

A product adds its own members and the one pure function from terms to flows (`deals/products/`).
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal, NamedTuple

import msgspec

from backoffice.kernel.rounding import half_up_minor

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
    """The members of every deal."""

    external_ref: Reference
    product: str
    side: Literal["buy", "sell"]
    book: Text
    counterparty: Text
    quantity: Number
    price: Number
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


class Amounts(NamedTuple):
    """What the terms come to; fees are positive and paid by us."""

    gross: Decimal
    fees: tuple[Decimal, ...]
    net: Decimal


def amounts_of(
    *, side: str, quantity: Decimal, price: Decimal, fees: tuple[Decimal, ...], minor_unit: int
) -> Amounts:
    """Gross = quantity x price, half up to the minor unit; net is what we pay or receive in all.

    A buyer's fees come on top, a seller's are taken off (they may exceed the proceeds).
    """
    gross = half_up_minor(quantity * price, minor_unit)
    total = sum(fees, Decimal(0))
    return Amounts(gross, fees, gross + total if side == "buy" else gross - total)
