"""Average cost: a position is one lot of mean cost. Pure, one position at a time.

What is closed takes its share of everything that is open, half up to the minor unit; what closes the
position takes all that is left, so that no kopeck is lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ledger.lots.rules import cut

Amounts = tuple[int, ...]


class Closed(NamedTuple):
    """What one change closed of the position: quantity, and its share of the open amounts."""

    closing: int
    closing_from: int
    quantity: int
    amounts: Amounts


class Open(NamedTuple):
    """What is open after all: signed by its side, with its amounts."""

    long: bool
    quantity: int
    amounts: Amounts


def match_average(
    incoming: Sequence[bool], quantities: Sequence[int], amounts: Sequence[Amounts]
) -> tuple[list[Closed], Open]:
    """What each change closed, and what stays open, of changes ordered by date, time and number.

    `amounts` are any number of amounts for each change (price, fees), all split alike.
    """
    found: list[Closed] = []
    long, held = True, 0
    costs: Amounts = (0,) * (len(amounts[0]) if amounts else 0)
    for number, (is_in, quantity) in enumerate(zip(incoming, quantities, strict=True)):
        closes = min(held, quantity) if long != is_in else 0
        if closes:
            parts = tuple(cut(cost, held, closes) for cost in costs)
            found.append(Closed(number, 0, closes, parts))
            costs, held = less(costs, parts), held - closes
        opens = quantity - closes
        if opens:
            own = amounts[number]
            used = tuple(cut(cost, quantity, closes) for cost in own)
            long, held = is_in, held + opens
            costs = tuple(a + b for a, b in zip(costs, less(own, used), strict=True))
    return found, Open(long, held, costs)


def less(amounts: Amounts, others: Amounts) -> Amounts:
    return tuple(a - b for a, b in zip(amounts, others, strict=True))
