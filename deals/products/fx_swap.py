"""FX swap: an exchange of two currencies on a near date, and back on a far date at another price. Pure.

    near   quantity of the base currency at `price`, spot unless another date is agreed
    far    the same, or `far_quantity`, the other way at `far_price`

Each pair of payments is released together (decision 0046); the two dates stand by themselves.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

import msgspec

from backoffice.kernel.decimals import plain
from deals.capturing.checking import Check, agreed_due_date, amount_of, number, whole
from deals.products.far import Tenor, date_or_tenor, require_open
from deals.products.fx_spot import (
    FxSettlement,
    Pair,
    exchange,
    spot_of,
    traded_in_pair,
    value_calendars,
)
from deals.terms import OTHER_SIDE, Agreed, Day, Due, Number, Priced, Traded


class FxSwap(Priced, forbid_unknown_fields=True, kw_only=True):
    """The base currency of a pair bought (or sold) on the near date and given back on the far one."""

    product: Literal["fx_swap"]
    pair: Pair
    far_price: Number
    far_date: Day | None = None
    tenor: Tenor | None = None
    far_quantity: Number | None = None
    settlement: FxSettlement = msgspec.field(default_factory=FxSettlement)


def traded_of(check: Check[FxSwap]) -> Traded | None:
    return traded_in_pair(check)


def dates_of(check: Check[FxSwap], traded: Traded, traded_at: datetime) -> tuple[date, date | None]:
    """The trading day in New York, and the near date: as agreed, or spot."""
    trade_date, found = spot_of(check, traded_at)
    if found is None:
        return trade_date, None
    spot, calendars = found
    text = check.terms.settlement.date
    if text is None:
        return trade_date, spot
    near = agreed_due_date(check, text, trade_date)
    if near is not None:
        require_open(check, "settlement/date", near, calendars)
    return trade_date, near


def due_of(check: Check[FxSwap], agreed: Agreed) -> Due | None:
    """Four payments: two on the near date, two the other way on the far one."""
    terms, currency = check.terms, agreed.currency
    near_exact = agreed.quantity * agreed.price
    near = amount_of(check, near_exact, currency, above_zero=bool(agreed.price))
    price = number(check, "far_price", terms.far_price, scale=12, above_zero=True)
    quantity = agreed.quantity
    if terms.far_quantity is not None:
        told = number(check, "far_quantity", terms.far_quantity, scale=8, above_zero=True)
        if told is None:
            return None
        whole(check, "far_quantity", agreed.traded, told)
        quantity = told
    far_date = date_or_tenor(
        check, "far_date", terms.far_date, start=agreed.due_date,
        calendars=value_calendars(check, agreed.trade_date),
    )  # fmt: skip
    if near is None or price is None or far_date is None:
        return None
    far = amount_of(check, quantity * price, currency, above_zero=bool(quantity))
    if far is None:
        return None
    base, quote = agreed.traded.asset_id, currency.asset_id
    flows = [
        *exchange(terms.side, base, agreed.quantity, quote, near, agreed.due_date),
        *exchange(OTHER_SIDE[terms.side], base, quantity, quote, far, far_date),
    ]
    figures = {"far_date": far_date.isoformat(), "far_amount": plain(far)}
    return Due(near, near_exact, flows, figures=figures)
