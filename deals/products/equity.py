"""Equity, depositary receipts and funds: what is posted, and the flows it promises. Pure."""

from __future__ import annotations

from typing import Literal

import msgspec

from deals.capturing.checking import Check, amount_of
from deals.products.securities import SecuritySettlement, exchanged, market_dates, security_of
from deals.terms import Agreed, Due, Priced, Text, Traded

KINDS = frozenset({"SHARE", "DEPOSITARY_RECEIPT", "FUND"})
dates_of = market_dates


class Equity(Priced, forbid_unknown_fields=True, kw_only=True):
    """A purchase or sale of shares, depositary receipts or units of a fund."""

    product: Literal["equity"]
    instrument: Text
    settlement: SecuritySettlement = msgspec.field(default_factory=SecuritySettlement)


def traded_of(check: Check[Equity]) -> Traded | None:
    return security_of(check, KINDS)


def due_of(check: Check[Equity], agreed: Agreed) -> Due | None:
    """Securities one way and money the other, on the settlement date."""
    exact = agreed.quantity * agreed.price
    gross = amount_of(check, exact, agreed.currency)
    if gross is None:
        return None
    flows = exchanged(
        check.terms.side, agreed.traded.asset_id, agreed.quantity, agreed.currency.asset_id,
        {"PRINCIPAL": gross}, agreed.due_date,
    )  # fmt: skip
    return Due(gross, exact, flows)
