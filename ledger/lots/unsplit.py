"""Changes in the units of today, for a method that looks over a split to what is bought after it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from ledger.lots.carrying import UNIT, Conversion, Over, match_over
from ledger.lots.matching import Change, Closing, Lot, Matched
from ledger.lots.methods import Method


def match_pooled_over(
    changes: Sequence[Change], conversions: Sequence[Conversion], *, minor_unit: int,
    arriving: Sequence[tuple[date, Sequence[Lot]]] = (),
) -> Over:  # fmt: skip
    """`match_over` by the pooled method: what was sold before a split may be of what is bought in the 30 days after.

    Each closing tells the units of its sale, open lots those of today. Over another conversion than a split nothing
    is looked: what stood open until it was matched by then.
    """
    splits = [by for by in conversions if by.same]
    others = [by for by in conversions if not by.same]
    factors = {change.id: _factor(change.trade_date, splits) for change in changes}
    today = [
        replace(each, quantity=_in_units(each.quantity * factors[each.id])) for each in changes
    ]
    arrived = [
        (
            day,
            [replace(lot, quantity=_in_units(lot.quantity * _factor(day, splits))) for lot in lots],
        )
        for day, lots in arriving
    ]
    over = match_over(today, others, method=Method.POOLED, minor_unit=minor_unit, arriving=arrived)
    dealt = {change.id: change for change in changes}

    def as_dealt(closing: Closing) -> Closing:
        sale, bought = closing.closing, closing.opening
        return replace(
            closing, closing=dealt.get(sale.id, sale), opening=bought and dealt.get(bought.id, bought),
            quantity=_in_units(closing.quantity / factors.get(sale.id, Decimal(1))),
        )  # fmt: skip

    found = Matched([as_dealt(each) for each in over.matched.closings], over.matched.lots)
    return replace(over, matched=found)


def _factor(day: date, splits: Sequence[Conversion]) -> Decimal:
    """What one unit dealt on a day is today."""
    factor = Decimal(1)
    for by in splits:
        if day < by.day:
            assert by.new is not None and by.old is not None
            factor *= by.new / by.old
    return factor


def _in_units(quantity: Decimal) -> Decimal:
    return quantity.quantize(UNIT, ROUND_HALF_UP).normalize() + 0
