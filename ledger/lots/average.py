"""Average cost: a position is one lot of mean cost. Pure, one position at a time.

What is closed takes its share of everything that is open, half up to the minor unit; what closes the
position takes all that is left, so that no kopeck is lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

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
            parts = tuple(_part(cost, closes, held) for cost in costs)
            found.append(Closed(number, 0, closes, parts))
            costs, held = _less(costs, parts), held - closes
        opens = quantity - closes
        if opens:
            own = amounts[number]
            used = tuple(_part(cost, closes, quantity) for cost in own)
            long, held = is_in, held + opens
            costs = tuple(a + b for a, b in zip(costs, _less(own, used), strict=True))
    return found, Open(long, held, costs)


def _part(cost: int, part: int, whole: int) -> int:
    return (2 * cost * part + whole) // (2 * whole)


def _less(amounts: Amounts, others: Amounts) -> Amounts:
    return tuple(a - b for a, b in zip(amounts, others, strict=True))
