"""What changes when a queue is decided anew with something changed. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

import numpy as np

from settlements.optimising.greedy import first_in_first_out
from settlements.optimising.model import Aim, Objective
from settlements.optimising.problem import Ints, Problem, problem_of
from settlements.optimising.search import search
from settlements.optimising.weighing import Weights, sum_of, weights_of
from settlements.running.deciding import takes_all
from settlements.running.integers import Counted
from settlements.running.objectives import Chosen
from settlements.running.state import RunObjective


class Moved(NamedTuple):
    """How much of a settlement settles before and after, in whole units of what it settles in."""

    settlement_id: int
    before: int
    after: int
    whole: int


@dataclass(frozen=True)
class Tried:
    """Both answers beside each other; worths are hundredths of the currency of comparison."""

    moved: tuple[Moved, ...]
    settles_before: int
    settles_after: int
    worth_before: int
    worth_after: int
    is_best: bool  # both sets are proved to be the best of their queues

    @property
    def besides(self) -> list[Moved]:
        return [each for each in self.moved if each.after > each.before]

    @property
    def no_longer(self) -> list[Moved]:
        return [each for each in self.moved if each.after < each.before]

    @property
    def difference(self) -> Decimal:
        return Decimal(self.worth_after - self.worth_before) / 100


class _Answer(NamedTuple):
    problem: Problem
    parts: Ints
    by_value: Weights
    is_best: bool


def tried(before: Counted, after: Counted, chosen: Chosen) -> Tried:
    """Decide both, the second from the answer of the first, so that what brings nothing changes nothing."""
    first = _answer(before, chosen, {})
    known = dict(zip(_ids(before), first.parts.tolist(), strict=True))
    second = _answer(after, chosen, known)
    now = dict(zip(_ids(after), second.parts.tolist(), strict=True))
    whole = {
        id: int(quantity)
        for counted, answer in ((before, first), (after, second))
        for id, quantity in zip(_ids(counted), answer.problem.quantity, strict=True)
    }
    moved = tuple(
        Moved(id, known.get(id, 0), now.get(id, 0), whole[id])
        for id in sorted(known.keys() | now.keys())
        if known.get(id, 0) != now.get(id, 0)
    )
    return Tried(
        moved, sum(1 for part in known.values() if part), sum(1 for part in now.values() if part),
        sum_of(first.problem, first.by_value, first.parts),
        sum_of(second.problem, second.by_value, second.parts), first.is_best and second.is_best,
    )  # fmt: skip


def _ids(counted: Counted) -> list[int]:
    return [each.id for each in counted.queue.instructions]


def _answer(counted: Counted, chosen: Chosen, known: Mapping[int, int]) -> _Answer:
    instructions = counted.queue.instructions
    problem = problem_of(counted.queue)
    (by_value,) = weights_of(instructions, Objective(aim=Aim.VALUE))
    fifo = first_in_first_out(problem)
    if takes_all(problem, fifo) or chosen.wanted == RunObjective.FIFO:
        return _Answer(problem, fifo, by_value, takes_all(problem, fifo))
    warm = np.array([known.get(each.id, 0) for each in instructions], np.int64)
    found = search(
        problem, weights_of(instructions, chosen.objective), warm=warm if known else None
    )
    return _Answer(problem, found.parts, by_value, found.gap == 0)
