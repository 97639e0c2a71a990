"""The products: one file each, `terms -> flows`. Nothing after the flows knows products."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from deals.checking import Check
from deals.products import equity, fx_spot
from deals.terms import FlowTerms, Terms, Traded


@dataclass(frozen=True, slots=True)
class Product:
    """How deals of one kind are posted, and what follows from it. All of it is pure.

    `traded_of` finds what is dealt, `dates_of` its trade date and due date, `flows_of` what is due.
    The first two add problems to the check, and give None for what cannot be found.
    """

    terms: type[Terms]
    traded_of: Callable[[Check[Any]], Traded | None]
    dates_of: Callable[[Check[Any], Traded, datetime], tuple[date, date | None]]
    flows_of: Callable[..., list[FlowTerms]]


PRODUCTS: dict[str, Product] = {
    "equity": Product(equity.Equity, equity.traded_of, equity.dates_of, equity.flows_of),
    "fx_spot": Product(fx_spot.FxSpot, fx_spot.traded_of, fx_spot.dates_of, fx_spot.flows_of),
}
