"""Equity and depositary receipts: what is posted, and the flows it promises. Pure.

A product is one file: the Struct of its terms (the source of single, bulk, CSV, page and OpenAPI)
and `flows_of`, from terms to what is due.
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
    """How and when it settles; no date means: by the market's cycle."""

    method: Literal["DVP", "FOP"] = "DVP"
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


class Equity(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A purchase or sale of shares or depositary receipts."""

    external_ref: Reference
    product: Literal["equity"]
    side: Literal["buy", "sell"]
    book: Text
    counterparty: Text
    instrument: Text
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


class FlowTerms(NamedTuple):
    """One thing due: what kind, which way, which asset, how much, when."""

    kind: str
    direction: str
    asset_id: int
    quantity: Decimal
    due_date: date


class EquityAmounts(NamedTuple):
    """What the terms come to; fees are positive and paid by us."""

    gross: Decimal
    fees: tuple[Decimal, ...]
    net: Decimal


def amounts_of(
    *, side: str, quantity: Decimal, price: Decimal, fees: tuple[Decimal, ...], minor_unit: int
) -> EquityAmounts:
    """Gross = quantity x price, half up to the minor unit; net is what we pay or receive in all.

    A buyer's fees come on top, a seller's are taken off (they may exceed the proceeds).
    """
    gross = half_up_minor(quantity * price, minor_unit)
    total = sum(fees, Decimal(0))
    return EquityAmounts(gross, fees, gross + total if side == "buy" else gross - total)


def flows_of(
    *,
    side: str,
    instrument_id: int,
    currency_id: int,
    quantity: Decimal,
    amounts: EquityAmounts,
    due_date: date,
) -> list[FlowTerms]:
    """Securities one way, money the other, and each fee we pay."""
    securities, money = ("RECEIVE", "PAY") if side == "buy" else ("DELIVER", "RECEIVE")
    flows = [FlowTerms("PRINCIPAL", securities, instrument_id, quantity, due_date)]
    if amounts.gross:
        flows.append(FlowTerms("PRINCIPAL", money, currency_id, amounts.gross, due_date))
    flows += [FlowTerms("FEE", "PAY", currency_id, fee, due_date) for fee in amounts.fees if fee]
    return flows
