"""A shard looked at again when it settles: what of it still can, if something fell away meanwhile. Pure.

No solver here: this runs inside a transaction that holds locks, and takes milliseconds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from backoffice.kernel.errors import Broken
from settlements.optimising.exact import violations
from settlements.optimising.greedy import add_back, delete
from settlements.optimising.model import LinkKind, Objective, Queue
from settlements.optimising.problem import Ints, Problem, Reals, problem_of
from settlements.optimising.weighing import Score, Weights, score_of, weights_of

SHUFFLES = 4  # orders of leaving besides those that mean something
EXCHANGES = 12  # of those left out, how many are tried in the place of others


def redecided(queue: Queue, planned: Mapping[int, int], objective: Objective) -> dict[int, int]:
    """How much of each instruction settles now, by its id; those that do not are absent.

    `queue` has what is left of the shard's instructions; its balances are what the shard may draw (its
    budget, or less where less is there), and what its own members bring counts besides. `planned` are the
    parts of the plan. Where all of them are covered they are the answer. Otherwise it is the best of
    a few quick sets; one that may settle in part may then settle more than was planned, never less
    than its minimum. A link to an instruction that is not in the queue any more keeps back whoever needs it.
    """
    queue = _without_the_lost(queue)
    problem, classes = problem_of(queue), weights_of(queue.instructions, objective)
    plan = _as_it_may(problem, [planned.get(each.id, 0) for each in queue.instructions])
    best = plan
    if violations(problem, plan):
        best = _best_of(problem, classes, plan)
        wrong = violations(problem, best)
        if wrong:
            raise Broken(f"a set that cannot settle: {wrong[:3]}")
    return {each.id: int(part) for each, part in zip(queue.instructions, best, strict=True) if part}


def _without_the_lost(queue: Queue) -> Queue:
    there = {each.id for each in queue.instructions}
    kept, stopped = [], set()
    for link in queue.links:
        if link.instruction in there and link.linked in there:
            kept.append(link)
            continue
        if link.kind is not LinkKind.AFTER:
            stopped.add(link.linked)
        if link.kind is not LinkKind.BEFORE:
            stopped.add(link.instruction)
    instructions = tuple(
        replace(each, held=each.held or each.id in stopped) for each in queue.instructions
    )
    return replace(queue, instructions=instructions, links=tuple(kept))


def _best_of(problem: Problem, classes: list[Weights], plan: Ints) -> Ints:
    """The best of several quick sets, then with each of the dearest that it drops put in, if that is better."""
    keep, order = _keeping(problem, classes, plan)

    def worth(parts: Ints) -> Score:
        return score_of(problem, classes, parts)

    best = max(_sets(problem, plan, keep, order), key=worth)
    for n in order[best[order] == 0][:EXCHANGES].tolist():
        with_it, first = best.copy(), keep.copy()
        with_it[n], first[n] = plan[n], np.inf
        best = max(best, delete(problem, with_it, first, order, fitting=True), key=worth)
    return best


def _keeping(problem: Problem, classes: list[Weights], plan: Ints) -> tuple[Reals, Ints]:
    """How gladly each is kept, class before worth, and those planned in that order."""
    keep = np.zeros(problem.size)
    for number, weights in enumerate(reversed(classes), 1):
        total = weights.total()
        keep = np.where(total > 0, 4 * number + total / max(int(total.max(initial=0)), 1), keep)
    order = np.argsort(-keep, kind="stable")
    return keep, order[plan[order] > 0]


def _sets(problem: Problem, plan: Ints, keep: Reals, order: Ints) -> Iterator[Ints]:
    """The plan less some, in several orders of leaving; and what is covered one after the other.

    Only by taking away from the whole plan is a ring of it kept. What is taken is in units of several assets,
    which serves to find a set: which is best of them is told by the objective.
    """
    taken: Reals = np.maximum(problem.amount, 0).sum(1) / max(int(problem.amount.max(initial=0)), 1)
    rank = np.floor(keep / 4) * 4
    later, chance = np.arange(problem.size) / max(problem.size, 1), np.random.default_rng(0)
    shuffled = [chance.permutation(later) for _ in range(SHUFFLES)]
    ways = (
        keep,
        rank + (keep - rank) / (taken + 1),
        rank - taken,
        rank - later,
        *(rank + each for each in shuffled),
    )
    for first in ways:
        for fitting in (False, True):
            yield delete(problem, plan, first, order, fitting=fitting)
    for each in (order, np.flatnonzero(plan)):
        yield add_back(problem, np.zeros(problem.size, np.int64), each)


def _as_it_may(problem: Problem, planned: list[int]) -> Ints:
    """What was planned, or the largest part below it that may settle of what is left."""
    part = np.minimum(np.array(planned, np.int64), problem.quantity)
    part -= np.where(part < problem.quantity, (part - problem.minimum) % problem.lot, 0)
    return np.where(problem.free & (part >= problem.minimum), part, 0)
