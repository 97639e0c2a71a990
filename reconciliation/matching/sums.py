"""Several for one: the combinations of items that come to an amount, looked for with bounded work. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TypeVar

from reconciliation.matching.items import Entry, Line

MOST_ITEMS = 4  # in a combination
MOST_AMONG = 40  # items to combine; where there are more, none is looked for
Item = TypeVar("Item", bound=Line | Entry)


def combinations_to(
    amount: Decimal, among: Sequence[Item], *, at_most: int = 2
) -> list[tuple[Item, ...]]:
    """Combinations of two or more items, all of the amount's own sign, that come to it; it stops at `at_most`."""
    some = sorted(
        (e for e in among if (e.amount > 0) == (amount > 0)), key=lambda e: -abs(e.amount)
    )
    found: list[tuple[Item, ...]] = []
    if len(some) > MOST_AMONG:
        return found
    least = abs(some[-1].amount) if some else Decimal(0)

    def look(left: Decimal, start: int, taken: tuple[Item, ...]) -> None:
        for at in range(start, len(some)):
            size = abs(some[at].amount)
            if size == left and taken:
                found.append((*taken, some[at]))
            elif size + least <= left and len(taken) + 1 < MOST_ITEMS:
                look(left - size, at + 1, (*taken, some[at]))
            if len(found) >= at_most:
                return

    look(abs(amount), 0, ())
    return found
