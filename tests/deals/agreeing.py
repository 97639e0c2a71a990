"""What a product makes of its terms, without a database: the terms as posted, reference data by hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from backoffice.kernel.business_days import BusinessDays
from deals.capturing.checking import Check
from deals.capturing.schema import terms_of
from deals.products import PRODUCTS
from deals.terms import Agreed, Due, Traded
from refdata.bond_rows import BondBook, BondRow, Coupon
from refdata.rows import CurrencyRow, InstrumentRow, PairRow

RUB, USD, EUR, JPY = (
    CurrencyRow(1, "RUB", 2), CurrencyRow(2, "USD", 2), CurrencyRow(3, "EUR", 2), CurrencyRow(4, "JPY", 0),
)  # fmt: skip
PAPER = InstrumentRow(10, "RU000A0JVBS1", "OFZ", "BOND", "RUB", "MISX", "ACTIVE")
SHARE = InstrumentRow(11, "RU0009029540", "SBER", "SHARE", "RUB", "MISX", "ACTIVE")
EUR_USD = Traded(3, None, "EUR", decimals=2)
ROUBLES = Traded(1, None, "RUB", decimals=2)
COMMON = {
    "external_ref": "X", "side": "buy", "book": "B", "counterparty": "C", "quantity": "1",
    "price": "100", "currency": "RUB", "traded_at": "2026-11-23T10:15:00+03:00",
}  # fmt: skip


def check_of(
    product: str, *, bond: BondRow | None = None, closed: Sequence[str] = (), **members: Any
) -> Check[Any]:
    """The posted terms beside reference data of one bond; all is paid on weekdays that are not closed."""
    document = COMMON | {"product": product} | members
    if "rate" in members and product in ("deposit", "loan"):
        del document["price"]
    always = BusinessDays("WEEKDAYS", dict.fromkeys(map(date.fromisoformat, closed), False))
    reference: Any = SimpleNamespace(
        bonds=BondBook(lambda _: bond), instruments={row.code: row for row in (PAPER, SHARE)},
        currencies={row.code: row for row in (RUB, USD, EUR, JPY)},
        calendar_of=lambda currency, on: always, settlement_calendar=lambda *_: always,
        pair_of=lambda one, other, on: PairRow("EUR", "USD", 2, date(2000, 1, 1), None),
    )  # fmt: skip
    return Check(terms_of(document), reference, datetime(2026, 11, 23, 12, tzinfo=UTC))


def agreed(
    check: Check[Any], *, on: str, traded: Traded | None = None, currency: CurrencyRow = RUB,
    trade_date: str = "2026-11-23",
) -> Agreed:  # fmt: skip
    price = PRODUCTS[check.terms.product].price_of(check)
    assert price is not None
    return Agreed(
        Decimal(check.terms.quantity), price, traded or Traded(10, 10, PAPER.code, "MISX"), currency,
        date.fromisoformat(trade_date), date.fromisoformat(on),
    )  # fmt: skip


def due_of(check: Check[Any], what: Agreed) -> Due:
    due = PRODUCTS[check.terms.product].due_of(check, what)
    assert due is not None, check.problems
    return due


def flows(due: Due) -> list[tuple[str, str, int, str, str]]:
    """Kind, direction, asset, how much and when, to be read beside what was worked out by hand."""
    return [
        (f.kind, f.direction, f.asset_id, f"{f.quantity:f}", f"{f.due_date}") for f in due.flows
    ]


def bond(*periods: tuple[str, str, str], **members: Any) -> BondRow:
    """A bond with these coupon periods: start, end, and what is outstanding of the nominal in it."""
    coupons = tuple(
        Coupon(date.fromisoformat(a), date.fromisoformat(b), Decimal(left), None)
        for a, b, left in periods
    )
    told = {
        "nominal": Decimal(1000), "currency": "RUB", "coupon_rate": Decimal("0.071"),
        "day_count": "ACT/365F", "rounds_per_bond": True, "coupons": coupons,
    }  # fmt: skip
    return BondRow(**{**told, **members})
