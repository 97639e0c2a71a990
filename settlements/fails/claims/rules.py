"""What a buy-in comes to. Pure."""

from __future__ import annotations

from decimal import Decimal

from backoffice.kernel.rounding import half_up_minor


def share_of(amount: Decimal, *, part: Decimal, whole: Decimal, minor_unit: int) -> Decimal:
    """What of an agreed amount belongs to a part of the quantity, half up."""
    return half_up_minor(amount * part / whole, minor_unit)


def difference_of(
    quantity: Decimal, price: Decimal, *, agreed: Decimal, minor_unit: int
) -> Decimal:
    """What buying in cost more than was agreed, half up; below zero: it was cheaper."""
    return half_up_minor(quantity * price, minor_unit) - agreed
