"""The queue as arrays: four columns of holdings and amounts, one row for each instruction. Pure.

Column 0 is what the deliverer gives, 1 what the payer gives, 2 and 3 what comes in for them. Amounts
taken are positive, amounts brought negative. A side outside our books, or absent, is the last
holding, which is never short.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from settlements.optimising.model import Holding, Instruction, Link, LinkKind, Movement, Queue

Ints = npt.NDArray[np.int64]
Reals = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

GIVES = (0, 1)  # columns of what is given
BRINGS = (2, 3)
ENOUGH = 2**61  # what is at hand outside
MOST = 2**62  # sums are kept below this: 64 bits never overflow


class Columns(NamedTuple):
    """Lists by column; `special` are those with links or parts."""

    holding: list[list[int]]
    amount: list[list[int]]
    quantity: list[int]
    special: set[int]


@dataclass(frozen=True)
class Problem:
    """What `search` works on. Made by `problem_of`, or from arrays by who has them already."""

    holding: Ints  # [n, 4], index into at_hand
    amount: Ints  # [n, 4]
    at_hand: Ints  # of each holding, credit included; the last one is outside
    quantity: Ints
    minimum: Ints
    lot: Ints
    free: Flags  # may be chosen
    parents: dict[int, tuple[int, ...]]  # whom each needs to settle with it
    security: Ints  # groups that money alone joins
    giver: Ints
    taker: Ints
    cash: Flags  # of each holding
    holdings: tuple[Holding, ...] = ()  # what the indexes stand for, where it is known

    @property
    def size(self) -> int:
        return len(self.quantity)

    def in_parts(self) -> Ints:
        """The instructions that may settle in part."""
        return np.flatnonzero(self.minimum < self.quantity)

    @cached_property
    def columns(self) -> Columns:
        """The arrays as lists: going through instructions one by one is several times faster so."""
        special = set(self.in_parts().tolist()) | self.parents.keys()
        holding = [column.tolist() for column in self.holding.T]
        amount = [column.tolist() for column in self.amount.T]
        return Columns(holding, amount, self.quantity.tolist(), special)

    def children(self) -> dict[int, tuple[int, ...]]:
        found: dict[int, list[int]] = defaultdict(list)
        for child, parents in self.parents.items():
            for parent in parents:
                found[parent].append(child)
        return {parent: tuple(sorted(children)) for parent, children in found.items()}


def problem_of(queue: Queue) -> Problem:
    """Raises ValueError for a link that points out of the queue and for sums beyond 64 bits."""
    instructions = queue.instructions
    index = _Index()
    rows = [_row(each, index) for each in instructions]
    at_hand = list(index.at_hand(queue))
    kept_in_64_bits([a for row in rows for _, a in row] + at_hand, "amounts")
    kept_in_64_bits([n for each in instructions for n in (each.quantity, each.lot)], "quantities")
    outside = len(index.holdings)
    holding = np.array([[outside if h is None else h for h, _ in row] for row in rows], np.int64)
    amount = np.array([[a for _, a in row] for row in rows], np.int64)
    parents = _parents(queue.links, {each.id: n for n, each in enumerate(instructions)})
    linked = set(parents) | {p for each in parents.values() for p in each}
    quantity = np.array([each.quantity for each in instructions], np.int64)
    minimum = [
        each.quantity if n in linked else _minimum(each) for n, each in enumerate(instructions)
    ]
    problem = Problem(
        holding=holding.reshape(-1, 4), amount=amount.reshape(-1, 4),
        at_hand=np.array([*at_hand, ENOUGH], np.int64),
        quantity=quantity, minimum=np.array(minimum, np.int64),
        lot=np.array([each.lot for each in instructions], np.int64),
        free=np.array([not each.held and each.quantity > 0 for each in instructions], bool),
        parents=parents, holdings=tuple(index.holdings), **_sides(instructions, index),
    )  # fmt: skip
    _check(problem)
    return problem


def _minimum(each: Instruction) -> int:
    """The least part: from it to the whole it is a number of whole lots."""
    if each.minimum is None or each.minimum >= each.quantity:
        return each.quantity
    return each.minimum + (each.quantity - each.minimum) % max(each.lot, 1)


class _Index:
    """Numbers for holdings, in the order in which they are met."""

    def __init__(self) -> None:
        self.holdings: dict[Holding, int] = {}
        self.money: set[int] = set()

    def of(self, holding: Holding | None, *, money: bool) -> int | None:
        if holding is None:
            return None
        number = self.holdings.setdefault(holding, len(self.holdings))
        if money:
            self.money.add(number)
        return number

    def at_hand(self, queue: Queue) -> Iterable[int]:
        for holding in self.holdings:
            # What is below zero already may not go lower: nothing is at hand there.
            yield max(queue.balances.get(holding, 0) + queue.credit.get(holding, 0), 0)


_Row = list[tuple[int | None, int]]


def _row(each: Instruction, index: _Index) -> _Row:
    given, brought = [], []
    for movement, money in ((each.delivery, False), (each.payment, True)):
        took, came = _pair(movement, index, money=money)
        given.append(took)
        brought.append(came)
    return given + brought


def _pair(movement: Movement | None, index: _Index, *, money: bool) -> _Row:
    if movement is None or movement.source == movement.target or movement.amount == 0:
        return [(None, 0), (None, 0)]
    source = index.of(movement.source, money=money)
    target = index.of(movement.target, money=money)
    return [
        (source, 0 if source is None else movement.amount),
        (target, 0 if target is None else -movement.amount),
    ]


def _parents(links: Sequence[Link], place: dict[int, int]) -> dict[int, tuple[int, ...]]:
    found: dict[int, set[int]] = defaultdict(set)
    for link in links:
        if link.instruction not in place or link.linked not in place:
            raise ValueError(f"{link} points out of the queue")
        one, other = place[link.instruction], place[link.linked]
        if link.kind in (LinkKind.BEFORE, LinkKind.WITH):
            found[other].add(one)
        if link.kind in (LinkKind.AFTER, LinkKind.WITH):
            found[one].add(other)
    return {child: tuple(sorted(parents - {child})) for child, parents in found.items()}


def _sides(instructions: Sequence[Instruction], index: _Index) -> dict[str, Any]:
    """What blocks are cut by: the security, who gives it and who takes it."""
    numbers: dict[object, int] = {}

    def number(key: object) -> int:
        return numbers.setdefault(key, len(numbers))

    security, giver, taker = [], [], []
    for each in instructions:
        movement = each.delivery or each.payment
        ends = [movement.source, movement.target] if movement else [None, None]
        known = ends[0] or ends[1]
        asset = known.asset if known and each.delivery else None
        security.append(number(("asset", asset)))
        giver.append(number(ends[0] and ends[0][:2]))
        taker.append(number(ends[1] and ends[1][:2]))
    cash = np.zeros(len(index.holdings) + 1, bool)
    cash[sorted(index.money)] = True
    arrays = {"security": security, "giver": giver, "taker": taker}
    return {name: np.array(values, np.int64) for name, values in arrays.items()} | {"cash": cash}


def kept_in_64_bits(values: Iterable[int], what: str) -> None:
    """Raises ValueError where a sum of these might not fit. They are Python's: an array has wrapped already."""
    if sum(map(abs, values)) >= MOST:
        raise ValueError(f"{what} beyond 64 bits: use a larger smallest unit")


def _check(problem: Problem) -> None:
    parts = problem.in_parts()
    if (problem.minimum < 1)[problem.free].any() or (problem.lot[parts] < 1).any():
        raise ValueError("a minimum and a lot are at least one unit")
