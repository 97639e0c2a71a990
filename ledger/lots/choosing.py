"""Methods that choose among the open lots of one position: LIFO, HIFO, LOFO, and lots as named. Pure.

One walk through the changes with the open lots in a heap: what a method prefers comes first, and of
equals the one that was opened first.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from backoffice.kernel.errors import Conflict
from backoffice.kernel.i18n import gettext_noop
from ledger.lots.methods import Method
from ledger.lots.rules import Pieces

Named = Mapping[
    int, Sequence[tuple[int, int]]
]  # closing change: (opening change, quantity) in order


class LotsNamedWrongly(Conflict):
    code = "lots-named-wrongly"
    title = gettext_noop("The lots that were named cannot be closed by that deal")
    detail = gettext_noop(
        "Change %(closing)s closes %(quantity)s; the lots named for it hold %(named)s open."
    )
    hint = gettext_noop("Name open lots of the other side that together hold what is closed.")


def match_choosing(
    method: Method,
    incoming: Sequence[bool],
    quantities: Sequence[int],
    amounts: Sequence[int],
    named: Named | None = None,
) -> Pieces:
    """The pieces of one position's changes, which stand in order of date, time and sequence number.

    HIFO and LOFO rank by amount a unit. SPECIFIC needs every closing change named; raises
    LotsNamedWrongly. For FIFO this walk gives what `match_fifo` does, slower.
    """
    walk = _Walk(method, amounts, quantities, named or {})
    for number, (is_in, quantity) in enumerate(zip(incoming, quantities, strict=True)):
        walk.take(number, is_in, quantity)
    columns = zip(*walk.pieces, strict=True) if walk.pieces else ((),) * 5
    return Pieces(*(np.array(column, dtype=_dtype(column)) for column in columns))


def _dtype(column: Sequence[int]) -> Any:
    return np.int64 if max(column, default=0) < 2**62 else object


class _Walk:
    """The open lots of a position, all of one side, and the pieces found so far."""

    def __init__(
        self, method: Method, amounts: Sequence[int], quantities: Sequence[int], named: Named
    ) -> None:
        self.rank = self._ranking(method, amounts, quantities)
        self.named = named if method == Method.SPECIFIC else None
        self.heap: list[tuple[Any, int]] = []
        self.open: dict[int, int] = {}  # lot: how much of it is open
        self.quantities = quantities
        self.long = True
        self.pieces: list[tuple[int, int, int, int, int]] = []

    @staticmethod
    def _ranking(
        method: Method, amounts: Sequence[int], quantities: Sequence[int]
    ) -> Callable[[int], Any]:
        if method == Method.LIFO:
            return lambda number: -number
        if method in (Method.HIFO, Method.LOFO):
            sign = -1 if method == Method.HIFO else 1
            return lambda number: sign * Fraction(amounts[number], quantities[number])
        return lambda number: number

    def take(self, number: int, is_in: bool, quantity: int) -> None:
        left = quantity
        if self.open and self.long != is_in:
            closes = min(left, sum(self.open.values())) if self.named is not None else left
            for lot, most in self._choices(number, closes):
                part = min(most, left)
                self._close(lot, number, quantity - left, part)
                left -= part
                if not left:
                    break
        if left:
            self.long = is_in
            self.open[number] = left
            heapq.heappush(self.heap, (self.rank(number), number))

    def _choices(self, number: int, closes: int) -> Any:
        """The lots to close, in order, and how much of each may be."""
        if self.named is not None:
            named = self.named.get(number, ())
            wanted: Counter[int] = Counter()
            for lot, part in named:
                wanted[lot] += part
            held = sum(min(part, self.open.get(lot, 0)) for lot, part in wanted.items())
            if held != closes or wanted.total() != closes:
                raise LotsNamedWrongly(closing=number, quantity=closes, named=held)
            yield from named
            return
        while self.heap:
            lot = self.heap[0][1]
            if lot in self.open:
                yield lot, self.open[lot]
            else:
                heapq.heappop(self.heap)

    def _close(self, lot: int, closing: int, closing_from: int, part: int) -> None:
        opening_from = self.quantities[lot] - self.open[lot]
        self.pieces.append((lot, closing, opening_from, closing_from, part))
        self.open[lot] -= part
        if not self.open[lot]:
            del self.open[lot]
