"""What deals have taken of limits, and whether what it was worked out with still says so."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from django.db import connection

from deals.exposing.exposure import LimitRow
from deals.exposing.live import LiveDeal, Wants
from deals.exposing.needs import Wanted
from deals.exposing.valuing import Basis, Market
from limits.rules import price_move

IN_NETS = "C"  # says that an amount counts in the nets of a clearing house, and not by itself
NETTED = "N"  # names the agreement under which an amount counts with others: `N5`


class Taken(NamedTuple):
    """A reservation as it stands."""

    source_id: int
    limit_id: int
    amount: Decimal
    basis: str | None
    recorded_at: datetime
    defined_at: datetime


def counts_in_nets(row: Taken | None) -> bool:
    """Whether the deal counts nothing by itself there: its nets do (settlements.clearing)."""
    return row is not None and IN_NETS in (row.basis or "").split()


_TAKEN = """
SELECT r.source_id, r.limit_id, r.amount, r.basis, r.recorded_at, l.defined_at
  FROM limits_reservation r JOIN limits_limit l ON l.id = r.limit_id
 WHERE r.source_type = 'deal' AND r.source_id = ANY(%s) AND r.state = 'COMMITTED'
"""


def taken_by(ids: Sequence[int]) -> dict[tuple[int, int], Taken]:
    """The live reservations of some deals, by deal and limit."""
    with connection.cursor() as cursor:
        cursor.execute(_TAKEN, [list(ids)])
        return {(row[0], row[1]): Taken(*row) for row in cursor.fetchall()}


def is_explained(deal: LiveDeal, limit: LimitRow, row: Taken, market: Market, wants: Wants) -> bool:
    """Whether what an amount was worked out with gives that amount: then only the market moved."""
    if any(name.startswith(NETTED) for name in (row.basis or "").split()):
        return row.amount == 0  # it counted with others, and does no more
    want = wants.then(limit.id, row.basis)
    then = market.then(row.basis, deal.trade_date, row.recorded_at)
    return want is not None and valued(deal, limit, want, market, then) == row.amount


def valued(deal: LiveDeal, limit: LimitRow, want: Wanted, market: Market, basis: Basis) -> Decimal:
    """The amount in the limit's currency, by the prices and rates of a basis.

    What is held counts at the price, and only what is settled against payment moves with it: a free
    delivery counts in full already.
    """
    if want.quantity is not None and basis.price is not None:
        return signed_worth(want.quantity, limit.currency, market, basis)
    amount = want.amount
    if want.moves and basis.price is not None:
        worth = market.worth(deal.quantity, deal.currency, basis)
        amount += price_move(buys=want.buys, agreed=deal.gross, market=worth)
    if not amount:
        return amount
    return market.converted(amount, want.currency, limit.currency, basis)


def signed_worth(quantity: Decimal, currency: str, market: Market, basis: Basis) -> Decimal:
    """What a quantity is worth, below nothing where it is owed; rounded alike both ways."""
    worth = market.worth(abs(quantity), currency, basis)
    return worth if quantity > 0 else -worth
