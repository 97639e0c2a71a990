"""What a part of a settlement may be, and what of its money goes with it. Pure.

Money of a part is in proportion to what is left, rounded half up to the minor unit; the last part takes
what is left of it, so that all parts come to the whole exactly. It is the rule by which the optimiser
counts (`optimising.weighing.share`), and a test holds both together.
"""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

QUANTITY_PLACES = 8


class Share(NamedTuple):
    """So much of a settlement: securities, the money that goes with them, and what of it is interest."""

    quantity: Decimal
    amount: Decimal
    interest: Decimal


def share_of(left: Share, quantity: Decimal, *, minor_unit: int) -> Share:
    """What a part of what is left comes to; all of it takes everything that is left.

    Raises ValueError for a part of nothing, or of more than there is.
    """
    if quantity == left.quantity:
        return left
    if not 0 < quantity < left.quantity:
        raise ValueError(f"{quantity} is no part of {left.quantity}")
    return Share(
        quantity,
        in_proportion(left.amount, quantity, left.quantity, minor_unit=minor_unit),
        in_proportion(left.interest, quantity, left.quantity, minor_unit=minor_unit),
    )


def in_proportion(amount: Decimal, part: Decimal, whole: Decimal, *, minor_unit: int) -> Decimal:
    """The amount of a part of a quantity, half up to the minor unit, away from zero below zero; never beyond it."""
    if not amount:
        return Decimal(0)
    unit, size = 10**minor_unit, 10**QUANTITY_PLACES
    money, piece, of = (int(abs(amount) * unit), int(part * size), int(whole * size))
    found = Decimal((2 * money * piece + of) // (2 * of)).scaleb(-minor_unit)
    return min(found, abs(amount)).copy_sign(amount)


class PartTerms(NamedTuple):
    """What a settlement says of its parts: whether there may be any, how small, in steps of what."""

    allowed: bool
    minimum: Decimal | None
    lot: Decimal


def is_part(quantity: Decimal, left: Decimal, terms: PartTerms) -> bool:
    """Whether so much of what is left may settle by itself: all of it always may (rules, section 2: L2, L3)."""
    if quantity == left:
        return True
    if not terms.allowed or not 0 < quantity < left or quantity % terms.lot:
        return False
    return quantity >= (terms.minimum or 0)
