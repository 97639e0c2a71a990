"""Which invoice a line of a bank pays. Pure.

First one of the supplier's whose number the line names, if no more is paid than is owed of it; else the only one of
which exactly that much is owed.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from expenses.costs.matching import normal

SHORTEST = 3  # a number of fewer signs is in too many texts


class Owed(NamedTuple):
    """An invoice that is booked, or an asset, and what of it is not paid; `id` names it among both."""

    id: tuple[str, int]
    party_id: int
    number: str
    currency: str
    rest: Decimal


class Paid(NamedTuple):
    """What a line says: to whom (those of ours that it may be), how much, and its text."""

    party_ids: frozenset[int]
    amount: Decimal
    currency: str
    text: str


def paid_invoice(paid: Paid, owed: Sequence[Owed]) -> tuple[str, int] | None:
    """None where no invoice, or more than one, fits."""
    theirs = [
        each for each in owed if each.party_id in paid.party_ids and each.currency == paid.currency
    ]
    text = normal(paid.text)
    named = [
        each for each in theirs
        if len(normal(each.number)) >= SHORTEST and normal(each.number) in text
    ]  # fmt: skip
    fits = [each for each in named if paid.amount <= each.rest]
    if not named:
        fits = [each for each in theirs if paid.amount == each.rest]
    return fits[0].id if len(fits) == 1 else None
