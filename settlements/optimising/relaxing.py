"""The linear relaxation: how much could settle were instructions divisible, and what holdings are worth.

By dual simplex: at these sizes it is the fastest that HiGHS has, and its answers are mostly whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np

from backoffice.kernel.errors import Broken
from settlements.optimising.problem import Ints, Problem, Reals
from settlements.optimising.programme import build
from settlements.optimising.rows import Block, Floor
from settlements.optimising.tightening import Rounded, charged, tighten
from settlements.optimising.weighing import Weights


@dataclass(frozen=True)
class Relaxation:
    """Shares of each instruction between 0 and 1, the bound, and the price of one unit at each holding.

    What rows for whole instructions charge each one besides is `toll`; those of money charge `money_toll`, and
    have `money_tolls` in all.
    """

    share: Reals
    bound: float
    price: Reals
    toll: Reals
    money_toll: Reals
    money_tolls: float
    work: float = 0.0  # as `effort.work_of` says

    def fractional(self) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        return cast("np.ndarray[tuple[int], np.dtype[np.bool_]]",
                    (self.share > 1e-6) & (self.share < 1 - 1e-6))  # fmt: skip


class Relaxing:
    """A relaxation as it is being made: solved, and solved again with rows for whole instructions."""

    def __init__(
        self,
        problem: Problem,
        weights: Weights,
        index: Ints,
        slack: Ints,
        floors: Sequence[Floor] = (),
    ) -> None:
        """Raises Broken if it is not solved."""
        block = Block(problem, index, slack, floors=tuple(floors))
        once, whole = weights.once.astype(float), weights.whole.astype(float)
        self.programme = build(block, once, whole, integer=False)
        # It comes to an end by itself, and without it there is no search: no alarm.
        self.programme.set(solver="simplex", time_limit=float("inf"))
        self.programme.highs.run()
        self.work = self.programme.work()
        self.cuts: list[Rounded] = []

    def tightened(self, rounds: int) -> Relaxation:
        """Solved again so many times, each with the rows that its answer breaks."""
        if rounds and self.programme.is_solved():
            self.cuts, more = tighten(self.programme, rounds)
            self.work += more
        return self.relaxation()

    def relaxation(self) -> Relaxation:
        programme, block = self.programme, self.programme.block
        found = np.array(programme.highs.getSolution().col_value)
        if not programme.is_solved() or len(found) < len(block.index):
            status = programme.highs.modelStatusToString(programme.highs.getModelStatus())
            raise Broken(
                f"the linear relaxation of a queue, which has an answer, was left as: {status}"
            )
        everywhere = np.ones(len(block.problem.at_hand), bool)
        toll, _ = charged(programme, self.cuts, everywhere)
        money_toll, money_tolls = charged(programme, self.cuts, block.problem.cash)
        share = _shares(block.problem, block.index, programme.apart, found)
        return Relaxation(
            share, programme.objective(), programme.duals(), toll, money_toll, money_tolls, self.work
        )  # fmt: skip


def relax(
    problem: Problem, weights: Weights, index: Ints, slack: Ints, floors: Sequence[Floor] = ()
) -> Relaxation:
    """Over these instructions with this at hand; nobody else settles. Raises Broken if it is not solved."""
    return Relaxing(problem, weights, index, slack, floors).relaxation()


def _shares(problem: Problem, index: Ints, apart: Ints, found: Reals) -> Reals:
    n, of = len(index), index[apart]
    share = np.zeros(problem.size)
    share[index] = found[:n]
    share[of] = (
        found[:n][apart] * problem.minimum[of] + found[n : n + len(apart)] * problem.lot[of]
    ) / problem.quantity[of]
    return share


def worth_beyond_price(problem: Problem, weights: Weights, relaxation: Relaxation) -> Reals:
    """What settling each is worth above the price of what it takes, as a share of its weight."""
    worth = weights.total().astype(float)
    cost = (relaxation.price[problem.holding] * problem.amount).sum(1) + relaxation.toll
    return cast(Reals, (worth - cost) / np.maximum(np.abs(worth), 1))


def most_likely_first(weights: Weights, relaxation: Relaxation) -> Ints:
    """The order to add what is covered in: by the relaxation's share, and the largest first where it is equal.

    Prices cannot order: where value is money most of what is not decided is worth just its price.
    """
    shares = np.round(relaxation.share, 3)
    return np.lexsort((-weights.total().astype(float), -shares))
