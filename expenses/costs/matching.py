"""Which contract explains an invoice, by rules in order; else why none does. Pure.

First the number of the contract that the invoice names, of a contract with its supplier. Where it names none, the only
contract of the supplier that expects that much for these months. What differs from the contract that it names is said
of that contract; of one that it does not name only how.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from expenses.costs.state import FoundBy, Unexplained

ZERO = Decimal(0)
_SIGNS = re.compile(r"[\W_]+")
# The first of these that any contract of the supplier differs by is told where the invoice names none.
_NEAREST = (
    Unexplained.AMOUNT, Unexplained.TWICE, Unexplained.CURRENCY, Unexplained.OVER, Unexplained.NOT_COVERED,
)  # fmt: skip


class Billed(NamedTuple):
    """What an invoice says: the contract's number (empty: none), its months, its total with VAT."""

    contract: str
    months: tuple[date, ...]
    currency: str
    total: Decimal


class Offer(NamedTuple):
    """A contract with the supplier: what it expects of which months, with VAT, and which are billed already.

    `tolerance` is the share of what is expected by which a bill may differ and still be explained.
    """

    id: int
    number: str
    currency: str
    valid_until: date | None
    tolerance: Decimal
    expected: Mapping[date, Decimal]
    taken: Collection[date]


class Explained(NamedTuple):
    """The contract, by which rule, and what is wrong all the same; `difference` above zero: more is billed."""

    contract_id: int | None
    rule: FoundBy | None
    reason: Unexplained | None
    difference: Decimal = ZERO


def normal(number: str) -> str:
    """As numbers are compared: letters and digits, whatever stands between them."""
    return _SIGNS.sub("", number).upper()


def explain(billed: Billed, offers: Sequence[Offer]) -> Explained:
    if billed.contract:
        named = [each for each in offers if normal(each.number) == normal(billed.contract)]
        # What was agreed anew has the number of what it replaced: that which covers the months counts.
        covering = [each for each in named if all(m in each.expected for m in billed.months)]
        named = covering or named
        if len(named) != 1:
            reason = Unexplained.SEVERAL if named else Unexplained.NO_CONTRACT
            return Explained(None, None, reason)
        return _held(billed, named[0], FoundBy.NUMBER)
    held = [_held(billed, each, FoundBy.AMOUNT) for each in offers]
    fits = [each for each in held if each.reason is None]
    if len(fits) == 1:
        return fits[0]
    if fits:
        return Explained(None, None, Unexplained.SEVERAL)
    for reason in _NEAREST:
        near = [each for each in held if each.reason == reason]
        if near:
            difference = near[0].difference if len(near) == 1 else ZERO
            return Explained(None, None, reason, difference)
    return Explained(None, None, Unexplained.NO_CONTRACT)


def _held(billed: Billed, offer: Offer, rule: FoundBy) -> Explained:
    """An invoice against one contract: the first thing that is wrong with it."""
    expected = sum((offer.expected.get(month, ZERO) for month in billed.months), ZERO)
    difference = billed.total - expected
    reason: Unexplained | None = None
    if billed.currency != offer.currency:
        reason, difference = Unexplained.CURRENCY, ZERO
    elif offer.valid_until is not None and billed.months[0] >= offer.valid_until:
        reason, difference = Unexplained.OVER, ZERO
    elif any(month not in offer.expected for month in billed.months):
        reason, difference = Unexplained.NOT_COVERED, ZERO
    elif any(month in offer.taken for month in billed.months):
        reason, difference = Unexplained.TWICE, ZERO
    elif abs(difference) > offer.tolerance * expected:
        reason = Unexplained.AMOUNT
    return Explained(offer.id, rule, reason, difference)
