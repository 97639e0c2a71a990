"""What to say to somebody who types a deal, from the latest deals with the same counterparty. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

ENOUGH = 5  # deals with a counterparty: with fewer nothing is unusual
UNUSUAL = Decimal(3)  # times the largest of them


class Dealt(NamedTuple):
    """A deal as it stands. `instrument` and `pair` are empty where it has none."""

    id: int
    product: str
    side: str
    instrument: str
    pair: str
    book: str
    trade_date: date
    quantity: Decimal
    price: Decimal
    currency: str
    gross: Decimal
    method: str
    capacity: str


class Typed(NamedTuple):
    """What is typed so far and could be read; None and empty are not typed yet."""

    product: str
    side: str
    instrument: str = ""
    pair: str = ""
    currency: str = ""
    quantity: Decimal | None = None
    price: Decimal | None = None
    gross: Decimal | None = None
    trade_date: date | None = None


class Unusual(NamedTuple):
    """How many times the largest of so many deals it is."""

    times: Decimal
    largest: Dealt
    among: int


def same_as(typed: Typed, dealt: Sequence[Dealt]) -> Dealt | None:
    """The latest deal that is equal in all that a person would look at, of the same day."""
    for row in dealt:
        if (
            (row.product, row.side, row.instrument, row.pair)
            == (typed.product, typed.side, typed.instrument, typed.pair)
            and (row.quantity, row.price) == (typed.quantity, typed.price)
            and row.trade_date == typed.trade_date
        ):
            return row
    return None


def unusual(typed: Typed, dealt: Sequence[Dealt]) -> Unusual | None:
    """Whether it is far larger than any deal with them in the same currency and product; to one decimal."""
    if typed.gross is None:
        return None
    alike = [r for r in dealt if (r.product, r.currency) == (typed.product, typed.currency)]
    if len(alike) < ENOUGH:
        return None
    largest = max(alike, key=lambda row: row.gross)
    if not largest.gross or typed.gross < UNUSUAL * largest.gross:
        return None
    return Unusual(round(typed.gross / largest.gross, 1), largest, len(alike))


def last_alike(typed: Typed, dealt: Sequence[Dealt]) -> Dealt | None:
    """The latest of the same product, and of what is dealt where that is said."""
    for row in dealt:
        if row.product == typed.product and (
            not (typed.instrument or typed.pair)
            or (row.instrument, row.pair) == (typed.instrument, typed.pair)
        ):
            return row
    return None
