"""Passes over blocks: many small exact searches, with money priced by the relaxation's duals.

Money joins every security to every other. With money priced in the objective the securities fall
apart into thousands of blocks, each solved in whole numbers while the rest stays as it is. Later
passes lower the price and cut the blocks differently, so that other instructions are free together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from settlements.optimising.cutting import cut
from settlements.optimising.effort import EVERY, Pass, block_work_of
from settlements.optimising.exact import amounts_of, take
from settlements.optimising.problem import Flags, Ints, Problem, Reals
from settlements.optimising.programme import build
from settlements.optimising.rows import Block, Floor
from settlements.optimising.weighing import Weights, sum_of


@dataclass
class Tally:
    """What the solver was asked, and how often its answer was refused or cut short."""

    solved: int = 0
    refused: int = 0
    repeated: int = 0
    struck: int = 0
    work: float = 0.0  # as `effort.block_work_of` says


@dataclass
class Board:
    """A set under work: its parts and what it leaves. `classes` ends with the one that is improved."""

    problem: Problem
    classes: Sequence[Weights]
    parts: Ints
    slack: Ints
    tally: Tally = field(default_factory=Tally)

    def put(self, index: Ints, parts: Ints) -> None:
        p = self.problem
        changed = np.flatnonzero(parts != self.parts[index])
        of = index[changed]
        take(p, self.slack, of, amounts_of(p, of, parts[changed]))
        take(p, self.slack, of, -amounts_of(p, of, self.parts[of]))
        self.parts[of] = parts[changed]

    def without(self, index: Ints) -> Ints:
        """What is at hand for these with all others as they are."""
        left = self.slack.copy()
        take(self.problem, left, index, -amounts_of(self.problem, index, self.parts[index]))
        return left

    def is_kept_by(self, index: Ints, parts: Ints, slack: Ints) -> bool:
        """In exact integers: nothing overdrawn, no link broken, no higher class loses."""
        p, left = self.problem, slack.copy()
        take(p, left, index, amounts_of(p, index, parts))
        if int(left[p.holding[index]].min(initial=0)) < 0 or not self._links_hold(index, parts):
            return False
        return all(
            sum_of(p, weights, parts, index) >= sum_of(p, weights, self.parts[index], index)
            for weights in self.classes[:-1]
        )

    def _links_hold(self, index: Ints, parts: Ints) -> bool:
        parents = self.problem.parents
        if not parents:
            return True
        now = dict(zip(index.tolist(), parts.tolist(), strict=True))
        touched = parents.keys() & now.keys()
        touched |= {n for n, of in parents.items() if any(parent in now for parent in of)}
        return all(
            now.get(parent, int(self.parts[parent])) > 0
            for child in touched
            if now.get(child, int(self.parts[child])) > 0
            for parent in parents[child]
        )


def improve(
    board: Board, index: Ints, once: Reals, whole: Reals, *, gap: float, nodes: int
) -> float:
    """Decide about these instructions again; the board changes only to what is exact.

    Returns the solver's own bound on what the block can be worth with all others as they are.
    """
    problem, before = board.problem, board.parts[index]
    slack = board.without(index)
    floors = tuple(
        Floor(weights, float(sum_of(problem, weights, before, index)))
        for weights in board.classes[:-1]
    )
    block = Block(problem, index, slack, others=board.parts, floors=floors)
    programme = build(block, once, whole, integer=True)
    programme.set(mip_rel_gap=gap, mip_abs_gap=0.0, mip_max_nodes=nodes)
    programme.start(before)
    programme.highs.run()
    board.tally.struck += programme.was_struck()
    board.tally.work += block_work_of(programme.iterations(), len(index))
    if not programme.answers_itself():
        board.tally.repeated += 1
        programme.highs.clearSolver()
        programme.highs.run()
        board.tally.struck += programme.was_struck()
        board.tally.work += block_work_of(programme.iterations(), len(index))
    board.tally.solved += 1
    parts = programme.parts()
    if parts is None or not board.is_kept_by(index, parts, slack):
        board.tally.refused += 1
    else:
        board.put(index, parts)
    return programme.proved()


def sweep(
    board: Board,
    chosen: Pass,
    near: Flags,
    price: Reals,
    *,
    seed: int,
    nodes: int,
    most: float = EVERY,
) -> None:
    """One pass over all blocks of the instructions that are near to being decided otherwise.

    It ends before, once all work of blocks comes to `most`.
    """
    weights, problem = board.classes[-1], board.problem
    once = weights.once.astype(float)
    whole = weights.whole - chosen.price * money_of(problem, price)
    for index in cut(problem, near, chosen, np.random.default_rng(seed)):
        if board.tally.work >= most:
            break
        improve(board, index, once, whole, gap=chosen.gap, nodes=nodes)


def money_of(problem: Problem, price: Reals) -> Reals:
    """What the money that each takes, less what it brings, costs at these prices."""
    of_money = np.where(problem.cash, price, 0)
    found: Reals = (of_money[problem.holding] * problem.amount).sum(1)
    return found
