"""The products: one file each, `terms -> flows`. Nothing after the flows knows products."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from deals.capturing.checking import Check, price_of
from deals.products import (
    bond,
    equity,
    fx_forward,
    fx_spot,
    fx_swap,
    individual_purchase,
    money_market,
    repo,
)
from deals.terms import Agreed, Due, Priced, Terms, Traded


@dataclass(frozen=True, slots=True)
class Product:
    """How deals of one kind are posted, and what follows from it. All of it is pure.

    `traded_of` finds what is dealt, `dates_of` its trade date and due date, `due_of` what it comes
    to and what is due; `price_of` reads what the version keeps as its price. All add problems to
    the check, and give None for what cannot be found.
    """

    terms: type[Terms]
    traded_of: Callable[[Check[Any]], Traded | None]
    dates_of: Callable[[Check[Any], Traded, datetime], tuple[date, date | None]]
    due_of: Callable[[Check[Any], Agreed], Due | None]
    price_of: Callable[[Check[Any]], Decimal | None] = price_of

    @property
    def priced(self) -> bool:
        """Whether a price was posted; else the version keeps the rate in its place."""
        return issubclass(self.terms, Priced)


PRODUCTS: dict[str, Product] = {
    "equity": Product(equity.Equity, equity.traded_of, equity.dates_of, equity.due_of),
    "bond": Product(bond.Bond, bond.traded_of, bond.dates_of, bond.due_of),
    "fx_spot": Product(fx_spot.FxSpot, fx_spot.traded_of, fx_spot.dates_of, fx_spot.due_of),
    "fx_forward": Product(
        fx_forward.FxForward, fx_forward.traded_of, fx_forward.dates_of, fx_forward.due_of
    ),
    "fx_swap": Product(fx_swap.FxSwap, fx_swap.traded_of, fx_swap.dates_of, fx_swap.due_of),
    "deposit": Product(
        money_market.Deposit, money_market.traded_of, money_market.dates_of, money_market.due_of,
        money_market.rate_of,
    ),
    "loan": Product(
        money_market.Loan, money_market.traded_of, money_market.dates_of, money_market.due_of,
        money_market.rate_of,
    ),
    "repo": Product(repo.Repo, repo.traded_of, repo.dates_of, repo.due_of),
    "individual_purchase": Product(
        individual_purchase.IndividualPurchase, individual_purchase.traded_of,
        individual_purchase.dates_of, individual_purchase.due_of, individual_purchase.price_of,
    ),
}  # fmt: skip
