"""How much could settle at most: a bound better than the relaxation's, by pricing money alone.

With money priced and not limited each security is a problem of its own, and its best is found in
whole instructions. Their sum plus the price of all money at hand is more than any set is worth,
whatever the prices (Lagrange). A security too large for that counts by its relaxation.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from settlements.optimising.blocks import Tally, money_of
from settlements.optimising.problem import ENOUGH, Ints, Problem, Reals
from settlements.optimising.programme import build
from settlements.optimising.rows import Block, roundings
from settlements.optimising.tightening import tighten
from settlements.optimising.weighing import Weights

TOGETHER = 300  # small securities are solved together, up to about so many instructions
LARGEST = 4_000  # in whole instructions; beyond it the relaxation
ROUNDS = 3  # of rows for whole instructions in the relaxation of a large one
CARE = 1e-6  # of the bound: what the tolerances of doubles may have lost


def lagrangian(
    problem: Problem,
    weights: Weights,
    price: Reals,
    toll: Reals | float = 0.0,
    tolls: float = 0.0,
    *,
    gap: float = 1e-2,
    nodes: int = 1,
    tally: Tally | None = None,
) -> float:
    """No set is worth more than this, links between securities and higher classes forgotten.

    `toll` is what each pays for rows of money that every set keeps, and `tolls` what these have at these prices.
    Money of parts is rounded, so a set may take as much more by proportion as rounding may forgive.
    Infinite where the solver has no answer about a security.
    """
    once: Reals = weights.once.astype(float) - toll
    whole = weights.whole - money_of(problem, price)
    plenty = np.where(problem.cash, ENOUGH, problem.at_hand)
    forgiven = roundings(problem, problem.in_parts()) / 2
    bound = float((price * (problem.at_hand + forgiven))[problem.cash].sum()) + tolls
    for index in _securities(problem):
        integer = len(index) <= LARGEST
        programme = build(Block(problem, index, plenty), once, whole, integer=integer)
        programme.set(mip_rel_gap=gap, mip_max_nodes=nodes)
        programme.highs.run()
        if not integer and programme.is_solved():
            tighten(programme, ROUNDS)
        if tally is not None:
            tally.struck += programme.was_struck()
        bound += programme.proved() if integer else programme.objective()
    return bound


def _securities(problem: Problem) -> Iterator[Ints]:
    count = np.bincount(problem.security, minlength=1)
    by_security = np.argsort(problem.security, kind="stable")
    ends = np.cumsum(count)
    waiting: list[Ints] = []
    for security in np.argsort(-count, kind="stable").tolist():
        members = by_security[ends[security] - count[security] : ends[security]]
        waiting.append(members[problem.free[members]])
        if sum(map(len, waiting)) >= TOGETHER:
            yield np.sort(np.concatenate(waiting))
            waiting = []
    if sum(map(len, waiting)):
        yield np.sort(np.concatenate(waiting))


def whole_bound(problem: Problem, weights: Weights, *found: float) -> int:
    """The least of several bounds as an integer that is never below the best set's worth."""
    roundings = len(problem.in_parts()) / 2  # each part's worth is rounded half up
    least = min(found) + roundings
    return min(int(np.floor(least * (1 + CARE) + 1e-6)), int(weights.total()[problem.free].sum()))
