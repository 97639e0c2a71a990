"""How much is withheld when money is paid out, or when a year or a contract ends. Pure.

Tax is reckoned on all that the year came to so far, and what was withheld before is taken from it (art. 226.1
p. 9, 11, 12). Where what is owed then is more than what is paid out, the payment itself is taxed instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from ledger.ndfl.brackets import Bracket, tax_on

ZERO = Decimal(0)


def base_bearing(tax: Decimal, brackets: Sequence[Bracket]) -> Decimal:
    """The base of a year that bears so much tax."""
    steps = sorted(brackets, key=lambda each: Decimal(each.above))
    left = tax
    for step, following in zip(steps, [*steps[1:], None], strict=True):
        above, rate = Decimal(step.above), Decimal(step.rate)
        if following is None or left <= (Decimal(following.above) - above) * rate:
            return above + left / rate
        left -= (Decimal(following.above) - above) * rate
    raise ValueError("a rule without brackets")


def withheld_at_payment(
    tax: Decimal, before: Decimal, payment: Decimal, brackets: Sequence[Bracket]
) -> Decimal:
    """What is withheld of a payment: `tax` is that of the year so far, `before` what of it was withheld already.

    A payment below what is owed is taxed itself, on top of what was taxed before. What was withheld too much
    stays until the year ends.
    """
    owed = max(tax - before, ZERO)
    if owed <= payment:
        return owed
    reached = tax_on(base_bearing(before, brackets) + payment, brackets)
    return max(min(reached - before, owed), ZERO)


class AtEnd(NamedTuple):
    """What is owed when a year or a contract ends; `excess` was withheld too much and is given back (art. 231)."""

    withheld: Decimal
    unwithheld: Decimal
    excess: Decimal


def due_at_end(tax: Decimal, before: Decimal, at_hand: Decimal) -> AtEnd:
    """`at_hand` is the money there is to withhold from; the rest is told to the tax office (art. 226.1 p. 14)."""
    owed = tax - before
    withheld = max(min(owed, at_hand), ZERO)
    return AtEnd(withheld, max(owed, ZERO) - withheld, max(-owed, ZERO))
