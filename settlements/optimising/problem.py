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
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from settlements.optimising.ends import Ends
from settlements.optimising.model import Holding, Instruction, Link, LinkKind, Queue

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
    ends = Ends()
    rows = [ends.row(each) for each in instructions]
    at_hand = list(ends.at_hand(queue))
    gives = [each.delivery.amount if each.delivery else 0 for each in instructions]
    pays = [each.payment.amount if each.payment else 0 for each in instructions]
    quantities, lots = [each.quantity for each in instructions], [each.lot for each in instructions]
    sides = [(source is not None) + (target is not None) for source, target in ends.pairs]
    kept_in_64_bits(
        [sides[row.delivery] * amount for row, amount in zip(rows, gives, strict=True)]
        + [sides[row.payment] * amount for row, amount in zip(rows, pays, strict=True)]
        + at_hand,
        "amounts",
    )
    kept_in_64_bits(quantities + lots, "quantities")
    pair = np.array(rows, np.int64).reshape(-1, 3)
    held, sign = ends.pair_table()
    moved = np.array([gives, pays], np.int64)
    given, paid = pair[:, 0], pair[:, 1]
    parents = _parents(queue.links, {each.id: n for n, each in enumerate(instructions)})
    linked = set(parents) | {p for each in parents.values() for p in each}
    minimum = [
        each.quantity if each.minimum is None or n in linked else _minimum(each)
        for n, each in enumerate(instructions)
    ]
    side = np.array(ends.sides, np.int64).reshape(-1, 3)[pair[:, 2]]
    problem = Problem(
        holding=np.stack([held[given, 0], held[paid, 0], held[given, 1], held[paid, 1]], axis=1),
        amount=np.stack(
            [sign[given, 0] * moved[0], sign[paid, 0] * moved[1],
             sign[given, 1] * moved[0], sign[paid, 1] * moved[1]], axis=1,
        ),
        at_hand=np.array([*at_hand, ENOUGH], np.int64),
        quantity=np.array(quantities, np.int64), minimum=np.array(minimum, np.int64),
        lot=np.array(lots, np.int64),
        free=np.array([not each.held and each.quantity > 0 for each in instructions], bool),
        parents=parents, holdings=tuple(ends.holdings), security=side[:, 0], giver=side[:, 1],
        taker=side[:, 2], cash=ends.cash(),
    )  # fmt: skip
    _check(problem)
    return problem


def _minimum(each: Instruction) -> int:
    """The least part: from it to the whole it is a number of whole lots."""
    if each.minimum is None or each.minimum >= each.quantity:
        return each.quantity
    return each.minimum + (each.quantity - each.minimum) % max(each.lot, 1)


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


def kept_in_64_bits(values: Iterable[int], what: str) -> None:
    """Raises ValueError where a sum of these might not fit. They are Python's: an array has wrapped already."""
    if sum(map(abs, values)) >= MOST:
        raise ValueError(f"{what} beyond 64 bits: use a larger smallest unit")


def _check(problem: Problem) -> None:
    parts = problem.in_parts()
    if (problem.minimum < 1)[problem.free].any() or (problem.lot[parts] < 1).any():
        raise ValueError("a minimum and a lot are at least one unit")
