"""What the objective makes of each instruction: one vector of weights for each class. Pure.

Scores are compared class by class, the highest first, and are exact integers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np

from settlements.optimising.model import Aim, Instruction, Objective
from settlements.optimising.problem import Ints, Problem, kept_in_64_bits

Score = tuple[int, ...]


@dataclass(frozen=True)
class Weights:
    """Of one class: what settling an instruction counts, and what its whole quantity counts besides."""

    once: Ints
    whole: Ints

    def total(self) -> Ints:
        return cast(Ints, self.once + self.whole)


def weights_of(instructions: Sequence[Instruction], objective: Objective) -> list[Weights]:
    """One vector for each class that has instructions, the highest class first.

    Raises ValueError for weights whose sum is beyond 64 bits.
    """
    n = len(instructions)
    zero = np.zeros(n, np.int64)
    if objective.aim == Aim.COUNT:
        return [Weights(np.ones(n, np.int64), zero)]
    if objective.aim == Aim.PENALTY:
        return [Weights(zero, _vector([each.penalty for each in instructions]))]
    if objective.aim == Aim.VALUE:
        return [Weights(zero, _vector([each.value for each in instructions]))]
    raised = _vector([raised_of(each, objective) for each in instructions])
    classes = np.array([class_of(each, objective) for each in instructions], np.int64)
    found = [
        Weights(zero, np.where(classes == number, raised, 0))
        for number in sorted(set(classes.tolist()), reverse=True)
    ]
    return found or [Weights(zero, zero)]


def _vector(weights: Sequence[int]) -> Ints:
    kept_in_64_bits(weights, "weights")
    return np.array(weights, np.int64)


def class_of(each: Instruction, objective: Objective) -> int:
    """Its class under PRIORITY: every so many runs that left it out raise it by one."""
    return each.priority + each.skipped // objective.skipped_runs


def raised_of(each: Instruction, objective: Objective) -> int:
    """What it counts within its class, in hundredths of a unit of value."""
    percent = 100 + objective.client_percent * each.client
    percent += objective.day_percent * min(max(each.days, 0), objective.most_days)
    return each.value * percent


def score_of(problem: Problem, weights: Sequence[Weights], parts: Ints) -> Score:
    """What a set is worth, class by class: exact, parts in proportion rounded half up."""
    return tuple(sum_of(problem, each, parts) for each in weights)


def sum_of(problem: Problem, weights: Weights, parts: Ints, index: Ints | None = None) -> int:
    """What these quantities count, of all instructions or of those of an index."""
    quantity, once, whole = problem.quantity, weights.once, weights.whole
    if index is not None:
        quantity, once, whole = quantity[index], once[index], whole[index]
    settles = parts > 0
    total = int(once[settles].sum()) + int(whole[settles & (parts == quantity)].sum())
    for n in np.flatnonzero(settles & (parts < quantity)).tolist():
        total += share(int(whole[n]), int(parts[n]), int(quantity[n]))
    return total


def share(amount: int, part: int, quantity: int) -> int:
    """The amount of a part of a quantity, in proportion, rounded half up."""
    return (2 * amount * part + quantity) // (2 * quantity)
