"""How much is withheld when money is paid out, or when a year or a contract ends. Pure.

Tax is reckoned on all that the year came to so far, and what was withheld before is taken from it (art. 226.1
p. 9, 11, 12). Where what is owed then is more than what is paid out, it is reckoned on the payment instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from ledger.ndfl.brackets import Bracket, tax_on

ZERO = Decimal(0)


class Taxed(NamedTuple):
    """Of how much of a base tax was reckoned, and how much that is."""

    base: Decimal
    tax: Decimal


UNTAXED = Taxed(ZERO, ZERO)


def taxed_at_payment(
    base: Decimal, before: Taxed, payment: Decimal, brackets: Sequence[Bracket]
) -> Taxed:
    """What is taxed once a payment is made, that of before included: the difference in tax is withheld now.

    `base` is that of the year so far. What was withheld too much stays, until the year ends.
    """
    owed = tax_on(base, brackets) - before.tax
    if owed <= ZERO:
        return before
    if owed <= payment:
        return Taxed(base, before.tax + owed)
    reached = min(base, before.base + payment)
    return Taxed(reached, max(tax_on(reached, brackets), before.tax))


class AtEnd(NamedTuple):
    """What is owed when a year or a contract ends; `excess` was withheld too much and is given back (art. 231)."""

    withheld: Decimal
    unwithheld: Decimal
    excess: Decimal


def due_at_end(
    base: Decimal, before: Taxed, at_hand: Decimal, brackets: Sequence[Bracket]
) -> AtEnd:
    """`at_hand` is the money there is to withhold from; the rest is told to the tax office (art. 226.1 p. 14)."""
    owed = tax_on(base, brackets) - before.tax
    withheld = max(min(owed, at_hand), ZERO)
    return AtEnd(withheld, max(owed, ZERO) - withheld, max(-owed, ZERO))
