"""Between which prices a security was dealt on a day, and what it was calculated to be worth, for tax to compare with.

The range is what one source said of one day: tax lets the firm choose among several (Tax Code of Russia art. 280
p. 12), and the rule of whose price counts (`price.order`) is how it chooses.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from refdata.models import Price
from refdata.price_order import PriceOrder, choose

CALCULATED = "CALC"  # the kind of a price that was calculated for tax


class PriceRange(NamedTuple):
    """The lowest and the highest price of one unit on a day, in a currency; both the same where it was calculated."""

    id: int
    low: Decimal
    high: Decimal
    currency: str
    day: date
    source: str


_RANGE = ("id", "low", "high", "currency", "price_date", "source")
_VALUE = ("id", "value", "value", "currency", "price_date", "source")


def range_on(
    instrument_id: int, kind: str, on: date, *, since: date, orders: Mapping[str, PriceOrder],
    horizon: int,
) -> PriceRange | None:  # fmt: skip
    """The range of the last day on or before `on`, and not before `since`, for which a source said one.

    Of several sources of one day whoever the order of the instrument's kind names first; without an order, or where it
    names none of them, what was recorded last.
    """
    rows = Price.objects.filter(
        instrument_id=instrument_id, low__isnull=False, price_date__range=(since, on),
        recorded_tx__lt=horizon,
    ).order_by("-price_date", "-id").values_list(*_RANGE)  # fmt: skip
    found = [PriceRange(*row) for row in rows[:1]]
    if not found:
        return None
    order = orders.get(kind, orders.get(""))
    if order is not None:
        of_that_day = rows.filter(price_date=found[0].day)
        last = {each.source: each for each in reversed([PriceRange(*row) for row in of_that_day])}
        return choose(order, list(last.values()), found[0].day) or found[0]
    return found[0]


def calculated_on(instrument_id: int, on: date, *, since: date, horizon: int) -> PriceRange | None:
    """The last price that was calculated for tax on or before a day, and not before another."""
    row = Price.objects.filter(
        instrument_id=instrument_id, kind=CALCULATED, price_date__range=(since, on),
        recorded_tx__lt=horizon,
    ).order_by("-price_date", "-id").values_list(*_VALUE).first()  # fmt: skip
    return None if row is None else PriceRange(*row)
