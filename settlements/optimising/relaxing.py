"""The linear relaxation: how much could settle were instructions divisible, and what holdings are worth.

By dual simplex: at these sizes it is the fastest that HiGHS has, and its answers are mostly whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np

from backoffice.kernel.errors import Broken
from settlements.optimising.effort import work_of
from settlements.optimising.problem import Ints, Problem, Reals
from settlements.optimising.programme import build
from settlements.optimising.rows import Block, Floor
from settlements.optimising.weighing import Weights


@dataclass(frozen=True)
class Relaxation:
    """Shares of each instruction between 0 and 1, the bound, and the price of one unit at each holding."""

    share: Reals
    bound: float
    price: Reals
    work: float = 0.0  # as `effort.work_of` says

    def fractional(self) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        return cast("np.ndarray[tuple[int], np.dtype[np.bool_]]",
                    (self.share > 1e-6) & (self.share < 1 - 1e-6))  # fmt: skip


def relax(
    problem: Problem, weights: Weights, index: Ints, slack: Ints, floors: Sequence[Floor] = ()
) -> Relaxation:
    """Over these instructions with this at hand; nobody else settles. Raises Broken if it is not solved."""
    block = Block(problem, index, slack, floors=tuple(floors))
    programme = build(block, weights.once.astype(float), weights.whole.astype(float), integer=False)
    # It comes to an end by itself, and without it there is no search: no alarm.
    programme.set(solver="simplex", time_limit=float("inf"))
    programme.highs.run()
    found = np.array(programme.highs.getSolution().col_value)
    if not programme.is_solved() or len(found) < len(index):
        status = programme.highs.modelStatusToString(programme.highs.getModelStatus())
        raise Broken(
            f"the linear relaxation of a queue, which has an answer, was left as: {status}"
        )
    n, apart = len(index), programme.apart
    of = index[apart]
    share = np.zeros(problem.size)
    share[index] = found[:n]
    share[of] = (
        found[:n][apart] * problem.minimum[of] + found[n : n + len(apart)] * problem.lot[of]
    ) / problem.quantity[of]
    work = work_of(programme.iterations(), len(programme.kept))
    return Relaxation(share, programme.objective(), programme.duals(), work)


def worth_beyond_price(problem: Problem, weights: Weights, relaxation: Relaxation) -> Reals:
    """What settling each is worth above the price of what it takes, as a share of its weight."""
    worth = weights.total().astype(float)
    cost = (relaxation.price[problem.holding] * problem.amount).sum(1)
    return cast(Reals, (worth - cost) / np.maximum(np.abs(worth), 1))


def most_likely_first(weights: Weights, relaxation: Relaxation) -> Ints:
    """The order to add what is covered in: by the relaxation's share, and the largest first where it is equal.

    Prices cannot order: where value is money most of what is not decided is worth just its price.
    """
    shares = np.round(relaxation.share, 3)
    return np.lexsort((-weights.total().astype(float), -shares))
