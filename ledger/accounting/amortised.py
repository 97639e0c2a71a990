"""Amortised cost by the effective interest rate (IFRS 9 appendix A, 5.4.1, B5.4.1; example: IG B.26). Pure.

The rate is that of a year of 365 days at which what is still to come was worth, on the day of purchase, what was paid.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal, localcontext
from typing import NamedTuple

DIGITS = 40
CLOSE = Decimal("1e-20")
FINE = Decimal("1e-18")
YEAR = Decimal(365)
ROUNDS = 200
LOWEST, HIGHEST = Decimal("-0.999"), Decimal(1_000)


class ToCome(NamedTuple):
    """What is paid on a day: a coupon, a part of the nominal, or all of it."""

    day: date
    amount: Decimal


def effective_rate(paid: Decimal, on: date, flows: Sequence[ToCome]) -> Decimal:
    """The rate a year that makes what comes after a day worth what was paid, to 18 decimals.

    Raises ValueError where nothing comes after it, or no rate between -99.9 % and 100,000 % does.
    """
    if paid <= 0 or not any(flow.day > on for flow in flows):
        raise ValueError("nothing is paid or nothing is to come")
    with localcontext(prec=DIGITS):
        low, high = LOWEST, HIGHEST
        if not worth(high, on, flows) <= paid <= worth(low, on, flows):
            raise ValueError("no rate makes it worth what was paid")
        for _ in range(ROUNDS):  # halving: it cannot miss, and the same comes out everywhere
            middle = (low + high) / 2
            if worth(middle, on, flows) > paid:
                low = middle
            else:
                high = middle
            if high - low < CLOSE:
                break
        return ((low + high) / 2).quantize(FINE)


def worth(rate: Decimal, on: date, flows: Sequence[ToCome]) -> Decimal:
    """What comes after a day, discounted to it: of what was bought at this rate its amortised cost, coupon included."""
    with localcontext(prec=DIGITS):
        a_day = (1 + rate) ** (-1 / YEAR)
        return sum(
            (flow.amount * a_day ** (flow.day - on).days for flow in flows if flow.day > on),
            Decimal(0),
        )
