"""From where to where an instruction moves what, in numbers: holdings, pairs of them, and sides. Pure.

Thousands of instructions move between the same few pairs, which are looked at once. They are known by the
objects that stand for them: equal ones that are not the same object are looked at again, and get the same numbers.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from settlements.optimising.model import Holding, Instruction, Movement, Queue

_NOWHERE = 0  # the pair of what does not move


class Row(NamedTuple):
    """Of an instruction: the pair of its delivery, that of its payment, and its sides."""

    delivery: int
    payment: int
    side: int


class Ends:
    """Numbers in the order in which things are met."""

    def __init__(self) -> None:
        self.holdings: dict[Holding, int] = {}
        self.money: set[int] = set()
        self.pairs: list[tuple[int | None, int | None]] = [(None, None)]
        self.sides: list[tuple[int, int, int]] = []  # security, giver, taker
        self._numbers: dict[object, int] = {}
        self._known: dict[tuple[int, int, bool], int] = {}
        self._known_sides: dict[tuple[int, int, bool], int] = {}

    def row(self, each: Instruction) -> Row:
        delivery, payment = each.delivery, each.payment
        gives = self._pair(delivery, False) if delivery else _NOWHERE
        pays = self._pair(payment, True) if payment else _NOWHERE
        main = delivery or payment
        key = (id(main and main[0]), id(main and main[1]), delivery is not None)
        side = self._known_sides.get(key)
        if side is None:
            side = self._known_sides[key] = self._new_side(main, each)
        return Row(gives, pays, side)

    def _pair(self, movement: Movement, money: bool) -> int:
        source, target, amount = movement
        if not amount:
            return _NOWHERE
        key = (id(source), id(target), money)
        number = self._known.get(key)
        if number is None:
            number = self._known[key] = self._new_pair(source, target, money)
        return number

    def _new_pair(self, source: Holding | None, target: Holding | None, money: bool) -> int:
        if source == target:
            return _NOWHERE
        self.pairs.append((self._number(source, money), self._number(target, money)))
        return len(self.pairs) - 1

    def _number(self, holding: Holding | None, money: bool) -> int | None:
        if holding is None:
            return None
        number = self.holdings.setdefault(holding, len(self.holdings))
        if money:
            self.money.add(number)
        return number

    def _new_side(self, main: Movement | None, each: Instruction) -> int:
        """What blocks are cut by: the security, who gives it and who takes it."""

        def number(key: object) -> int:
            return self._numbers.setdefault(key, len(self._numbers))

        source, target = (main.source, main.target) if main else (None, None)
        known = source or target
        asset = known.asset if known and each.delivery else None
        self.sides.append(
            (number(("asset", asset)), number(source and source[:2]), number(target and target[:2]))
        )
        return len(self.sides) - 1

    def at_hand(self, queue: Queue) -> Iterable[int]:
        for holding in self.holdings:
            # What is below zero already may not go lower: nothing is at hand there.
            yield max(queue.balances.get(holding, 0) + queue.credit.get(holding, 0), 0)

    def cash(self) -> npt.NDArray[np.bool_]:
        """Of each holding, and of the one outside, whether it is money."""
        cash = np.zeros(len(self.holdings) + 1, bool)
        cash[sorted(self.money)] = True
        return cash

    def pair_table(self) -> tuple[Any, Any]:
        """Of each pair both holdings, the outside one last of all; and what an amount counts there: 1, -1 or 0."""
        outside = len(self.holdings)
        held = [[outside if h is None else h for h in pair] for pair in self.pairs]
        sign = [[source is not None, -(target is not None)] for source, target in self.pairs]
        return np.array(held, np.int64), np.array(sign, np.int64)
