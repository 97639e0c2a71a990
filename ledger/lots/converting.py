"""Amounts at rates, in integers: many at once, half up to the minor unit of the other currency. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from ledger.lots.rules import Ints, exact


def converted(amounts: Ints, rates: Sequence[Fraction], which: Ints) -> Ints:
    """Each amount at its rate: `which` says of each the number of its rate among `rates`.

    A rate is what one minor unit is worth in minor units of the other currency. Amounts are not
    negative; the result is exact before it is rounded, however large.
    """
    over = np.array([rate.numerator for rate in rates], dtype=object)
    under = np.array([rate.denominator for rate in rates], dtype=object)
    amounts, over, under = exact(amounts, over, under, factor=4)
    n, d = over[which], under[which]
    parts: Ints = (2 * amounts * n + d) // (2 * d)
    return parts


def in_base(amount: int, rate: Fraction) -> int:
    """One amount at a rate, half up."""
    over, under = (amount * rate).as_integer_ratio()
    return (2 * over + under) // (2 * under)
