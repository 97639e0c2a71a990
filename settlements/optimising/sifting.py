"""Who can settle in no set at all, and is left out before anything is searched. Pure and exact.

A relaxation settles a tenth of an instruction for which a tenth is at hand. Without those who need more than could ever
be there it says less is possible, is solved sooner, and is a better guide. Half of a tight queue is such.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from settlements.optimising.exact import amount_of
from settlements.optimising.problem import BRINGS, GIVES, Flags, Ints, Problem


def sifted(problem: Problem) -> Problem:
    """The same queue without those who can never settle: no set is lost."""
    return replace(problem, free=possible(problem))


def possible(problem: Problem) -> Flags:
    """Who is free and might settle: its least part is covered if all that might bring does, and nobody else takes."""
    least, free = least_of(problem), problem.free.copy()
    while True:
        most = problem.at_hand.copy()
        for column in BRINGS:
            holdings = problem.holding[free, column]
            np.subtract.at(most, holdings, problem.amount[free, column])
        short = [least[:, column] > most[problem.holding[:, column]] for column in GIVES]
        never = free & (short[0] | short[1])
        for child, parents in problem.parents.items():
            never[child] |= free[child] and any(not free[p] or never[p] for p in parents)
        if not never.any():
            return free
        free &= ~never


def least_of(problem: Problem) -> Ints:
    """What the smallest part of each takes and brings, of which the whole is one."""
    least = problem.amount.copy()
    for n in problem.in_parts().tolist():
        for column in range(4):
            least[n, column] = amount_of(problem, n, column, int(problem.minimum[n]))
    return least
