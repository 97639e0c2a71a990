"""A pool at average cost, with what is bought the same day or within 30 days matched first. Pure, one position.

The United Kingdom's way (TCGA 1992): what is dealt on one day is one acquisition and one disposal (section 105); a
disposal is of what was acquired that day, then of what is acquired in the 30 days after it, the earliest first (section
106A), then of the pool (section 104); what is sold beyond that is of what is acquired later still (HMRC, CG51560).

Amounts are any number of integers for each change, all split alike: those of a day along one axis for all its changes,
half up. Whoever empties the pool takes all that is left of it: cost out and cost remaining are the cost in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from ledger.lots.average import Amounts, less
from ledger.lots.rules import cut

SOON = 30  # days after a disposal


class Taken(NamedTuple):
    """So much of a sale: what of the purchases it is, with its cost, and what it brought.

    `purchase` is empty where it is of the pool, or of a day with several purchases, which are one.
    """

    sale: int
    purchase: int | None
    quantity: int
    cost: Amounts
    proceeds: Amounts


class Open(NamedTuple):
    """What is open after all: the pool, or what one change sold that nothing was acquired for yet."""

    long: bool
    change: int | None
    quantity: int
    amounts: Amounts


@dataclass
class _Side:
    """All that is acquired, or disposed of, on one day: an axis, taken from the left."""

    changes: list[tuple[int, int]] = field(default_factory=list)  # each with its quantity
    quantity: int = 0
    amounts: Amounts = ()
    taken: int = 0

    def add(self, number: int, quantity: int, amounts: Amounts) -> None:
        self.changes.append((number, quantity))
        self.quantity += quantity
        self.amounts = _sum(self.amounts, amounts) if self.amounts else amounts

    @property
    def left(self) -> int:
        return self.quantity - self.taken

    @property
    def only(self) -> int | None:
        return self.changes[0][0] if len(self.changes) == 1 else None

    def take(self, quantity: int) -> Amounts:
        start, self.taken = self.taken, self.taken + quantity
        return _cut(self.amounts, start, self.taken, self.quantity)

    def next(self) -> tuple[int, int]:
        """The change at which the axis stands, and how much of it is left."""
        reached = 0
        for number, quantity in self.changes:
            reached += quantity
            if reached > self.taken:
                return number, reached - self.taken
        raise IndexError("nothing is left")


def match_pooled(
    days: Sequence[int], incoming: Sequence[bool], quantities: Sequence[int], amounts: Sequence[Amounts]
) -> tuple[list[Taken], list[Open]]:  # fmt: skip
    """What each sale is of, in the order of the days, and what is open.

    A change of no units adds its amounts to the pool as it stands before that day's dealing, or takes them off it.
    """
    matching = _Matching()
    for number, (day, is_in, quantity) in enumerate(zip(days, incoming, quantities, strict=True)):
        if quantity:
            matching.side(day, is_in).add(number, quantity, amounts[number])
        else:
            matching.add(day, amounts[number] if is_in else tuple(-a for a in amounts[number]))
    return matching.run()


class _Matching:
    def __init__(self) -> None:
        self.bought: dict[int, _Side] = {}
        self.sold: dict[int, _Side] = {}
        self.added: dict[int, Amounts] = {}
        self.found: dict[int, list[Taken]] = {}  # by the day of the sale
        self.held = 0
        self.costs: Amounts = ()

    def side(self, day: int, is_in: bool) -> _Side:
        return (self.bought if is_in else self.sold).setdefault(day, _Side())

    def add(self, day: int, amounts: Amounts) -> None:
        self.added[day] = _sum(self.added.get(day, ()), amounts)

    def run(self) -> tuple[list[Taken], list[Open]]:
        for day in self.sold.keys() & self.bought.keys():
            self._match(day, day)
        purchases = sorted(self.bought)
        for day in sorted(self.sold):
            for later in purchases:
                if day < later <= day + SOON:
                    self._match(day, later)
        self._pool()
        taken = [each for day in sorted(self.found) for each in self.found[day]]
        return taken, self._open()

    def _match(self, sale: int, purchase: int) -> None:
        """As much of a day's sales as is left, of a day's purchases."""
        sold, bought = self.sold[sale], self.bought[purchase]
        while part := min(sold.left, bought.left):
            part = min(part, sold.next()[1])
            self._take(sale, bought.only, part, bought.take(part))

    def _take(self, sale: int, purchase: int | None, quantity: int, cost: Amounts) -> None:
        sold = self.sold[sale]
        number, _ = sold.next()
        taken = Taken(number, purchase, quantity, cost, sold.take(quantity))
        self.found.setdefault(sale, []).append(taken)

    def _pool(self) -> None:
        short: list[int] = []
        for day in sorted({*self.bought, *self.sold, *self.added}):
            if self.held and day in self.added:
                self.costs = _sum(self.costs, self.added[day])
            if day in self.bought:
                for sale in short:
                    self._match(sale, day)
                self._into_pool(self.bought[day])
            if day in self.sold:
                self._out_of_pool(day)
                short.append(day)
            short = [sale for sale in short if self.sold[sale].left]

    def _into_pool(self, bought: _Side) -> None:
        if left := bought.left:
            self.held += left
            self.costs = _sum(self.costs, bought.take(left))

    def _out_of_pool(self, day: int) -> None:
        sold = self.sold[day]
        while part := min(sold.left, self.held):
            part = min(part, sold.next()[1])
            cost = _cut(self.costs, 0, part, self.held)
            self._take(day, None, part, cost)
            self.held, self.costs = self.held - part, less(self.costs, cost)

    def _open(self) -> list[Open]:
        found = [Open(True, None, self.held, self.costs)] if self.held else []
        for day in sorted(self.sold):
            while self.sold[day].left:
                number, left = self.sold[day].next()
                found.append(Open(False, number, left, self.sold[day].take(left)))
        return found


def _cut(amounts: Amounts, start: int, end: int, whole: int) -> Amounts:
    """Of amounts that lie along an axis, what lies between two points of it."""
    return tuple(cut(a, whole, end) - cut(a, whole, start) for a in amounts)


def _sum(amounts: Amounts, others: Amounts) -> Amounts:
    return tuple(a + b for a, b in zip(amounts, others, strict=True)) if amounts else others
