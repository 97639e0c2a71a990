"""What no answer may break, in exact integers: balances, minimums, lots, holds and links. Pure.

A solver proposes in floating point; nothing of it is believed before it went through here.
"""

from __future__ import annotations

import numpy as np

from settlements.optimising.problem import Ints, Problem
from settlements.optimising.weighing import share


def amounts_of(problem: Problem, index: Ints, parts: Ints) -> Ints:
    """What these instructions take and bring when these quantities of them settle: [k, 4]."""
    found = np.where((parts > 0)[:, None], problem.amount[index], 0)
    for k in np.flatnonzero((parts > 0) & (parts < problem.quantity[index])).tolist():
        n = index[k]
        found[k] = [amount_of(problem, int(n), column, int(parts[k])) for column in range(4)]
    return found


def amount_of(problem: Problem, n: int, column: int, part: int) -> int:
    amount = int(problem.amount[n, column])
    cut = share(abs(amount), part, int(problem.quantity[n]))
    return cut if amount >= 0 else -cut


def slack_of(problem: Problem, parts: Ints) -> Ints:
    """What is left at every holding once all of these settled at once."""
    index = np.flatnonzero(parts)
    left = problem.at_hand.copy()
    take(problem, left, index, amounts_of(problem, index, parts[index]))
    return left


def take(problem: Problem, slack: Ints, index: Ints, amounts: Ints) -> None:
    np.subtract.at(slack, problem.holding[index].ravel(), amounts.ravel())


def is_exact(problem: Problem, parts: Ints) -> bool:
    return not violations(problem, parts)


def violations(problem: Problem, parts: Ints) -> list[str]:
    """Everything that is wrong with a set, in words for whoever has to find the defect."""
    found = [f"holding {h} is overdrawn" for h in np.flatnonzero(slack_of(problem, parts) < 0)]
    settles = parts > 0
    beyond = parts - problem.minimum
    uneven = (parts < problem.quantity) & (beyond % problem.lot != 0)
    wrong = settles & ((beyond < 0) | (parts > problem.quantity) | uneven | ~problem.free)
    found += [
        f"instruction {n} may not settle {parts[n]}" for n in np.flatnonzero(wrong | (parts < 0))
    ]
    found += [
        f"instruction {child} settles without {parent}"
        for child, parents in problem.parents.items()
        for parent in parents
        if settles[child] and not settles[parent]
    ]
    return found
