"""What owners are entitled to, in numbers. Pure.

Money is shared out so that the owners behind an account of a place come to what the place pays for all of it:
the whole is rounded once, and its parts by the largest remainders (`rounding.allocate`). Units are never
shared: each owner's are rounded by itself, as a place does to which the owners are told.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from typing import NamedTuple

from backoffice.kernel.rounding import allocate, half_up_minor
from settlements.actions.state import Fractions
from settlements.transforming.rules import outturn_of

ZERO = Decimal(0)
# Which way a whole unit is made of a fraction, where one may be.
_ROUNDED = {Fractions.UP: ROUND_CEILING, Fractions.NEAREST: ROUND_HALF_UP}


class Terms(NamedTuple):
    """What one unit brings. `price` is paid for a unit of the outturn, `fraction_rate` paid for one that is none."""

    rate: Decimal | None = None
    new: Decimal | None = None
    old: Decimal | None = None
    fractions: Fractions = Fractions.CASH
    fraction_rate: Decimal | None = None
    price: Decimal | None = None
    takes: bool = False
    minor_unit: int = 2


class Due(NamedTuple):
    """What so many units bring and take."""

    quantity: Decimal
    gross: Decimal = ZERO
    given: Decimal = ZERO
    taken: Decimal = ZERO
    fraction: Decimal = ZERO
    fraction_amount: Decimal = ZERO
    price_paid: Decimal = ZERO


def due_of(quantities: Sequence[Decimal], terms: Terms) -> list[Due]:
    """What the owners behind one account are due, in their order."""
    gross = [ZERO] * len(quantities)
    if terms.rate:
        whole = half_up_minor(sum(quantities, ZERO) * terms.rate, terms.minor_unit)
        gross = allocate(whole, quantities, terms.minor_unit)
    return [_one(quantity, money, terms) for quantity, money in zip(quantities, gross, strict=True)]


def _one(quantity: Decimal, gross: Decimal, terms: Terms) -> Due:
    taken = quantity if terms.takes else ZERO
    if terms.new is None or terms.old is None:
        return Due(quantity, gross, taken=taken)
    given, fraction = outturn_of(quantity, new=terms.new, old=terms.old)
    amount = ZERO
    if fraction and terms.fractions in _ROUNDED:
        exact = given + fraction
        given = exact.quantize(Decimal(1), _ROUNDED[terms.fractions])
        fraction = max(exact - given, ZERO)  # what was rounded down is lost
    elif fraction and terms.fractions == Fractions.CASH and terms.fraction_rate:
        amount = half_up_minor(fraction * terms.fraction_rate, terms.minor_unit)
    paid = half_up_minor(given * terms.price, terms.minor_unit) if terms.price else ZERO
    return Due(quantity, gross, given, taken, fraction, amount, paid)
