"""What a run decides: over its whole queue at once, with no transaction open. Pure.

First in, first out with recycling is beside every answer, and no answer is worse. Nothing is searched
for where everything settles anyway.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from settlements.optimising.bounding import whole_bound
from settlements.optimising.greedy import delete, first_in_first_out
from settlements.optimising.model import Aim, Objective
from settlements.optimising.problem import Ints, Problem, Reals, problem_of
from settlements.optimising.relaxing import relax
from settlements.optimising.rows import Floor
from settlements.optimising.search import Found, search
from settlements.optimising.weighing import Weights, sum_of, weights_of
from settlements.running.integers import Counted
from settlements.running.objectives import Chosen
from settlements.running.state import RunObjective

PRICED_UP_TO = 30_000  # instructions of which the most value is found by a relaxation of its own


@dataclass(frozen=True, kw_only=True)
class Decided:
    """The set that settles (`parts`, in the queue's order), and what it is held against.

    `by_value` weighs by value alone, whatever was wanted: `worth` in it compares any two sets in money.
    `found` is empty where nothing had to be searched for.
    """

    counted: Counted
    problem: Problem
    parts: Ints
    fifo: Ints
    netted: Ints
    by_value: Weights
    bound: int
    found: Found | None
    seconds: float
    price: Reals | None = (
        None  # of one unit more at each holding, at most, to the class that counts most
    )

    def worth(self, parts: Ints) -> int:
        return sum_of(self.problem, self.by_value, parts)

    def penalties_saved(self) -> tuple[int, int]:
        """What the set saves, and what all of the queue would: in parts of PENALTY_PARTS."""
        (each,) = weights_of(self.counted.queue.instructions, Objective(aim=Aim.PENALTY))
        return sum_of(self.problem, each, self.parts), int(each.total().sum())

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.parts.astype("<i8").tobytes()).hexdigest()


def decide(counted: Counted, chosen: Chosen) -> Decided:
    """Raises ValueError for a queue whose sums are beyond 64 bits."""
    started = time.perf_counter()
    instructions = counted.queue.instructions
    problem = problem_of(counted.queue)
    (by_value,) = weights_of(instructions, Objective(aim=Aim.VALUE))
    fifo = first_in_first_out(problem)
    parts, netted, found = fifo, fifo, None
    if not takes_all(problem, fifo):
        netted = _netted(problem)
        if chosen.wanted != RunObjective.FIFO:
            found = search(problem, weights_of(instructions, chosen.objective))
            parts = found.parts
    price = _price(problem, weights_of(instructions, chosen.objective), found) if found else None
    bound = _most_value(problem, by_value, chosen, found, (parts, fifo, netted))
    return Decided(
        counted=counted, problem=problem, parts=parts, fifo=fifo, netted=netted, by_value=by_value,
        bound=bound, found=found, seconds=time.perf_counter() - started, price=price,
    )  # fmt: skip


def _price(problem: Problem, classes: Sequence[Weights], found: Found) -> Reals:
    """By the relaxation of everybody: the search leaves out who can never settle, and with more at hand some could."""
    largest = max(range(len(found.score)), key=lambda k: found.bound[k])
    floors = [Floor(classes[k], float(found.score[k])) for k in range(largest)]
    free = np.flatnonzero(problem.free)
    return relax(problem, classes[largest], free, problem.at_hand, floors).price


def takes_all(problem: Problem, parts: Ints) -> bool:
    """Whether everything that may settle does, whole."""
    return bool((parts[problem.free] == problem.quantity[problem.free]).all())


def _netted(problem: Problem) -> Ints:
    """First in, first out with everything settled at once: where something is short, the last to come go."""
    arrival = np.arange(problem.size)
    whole = np.where(problem.free, problem.quantity, 0)
    return delete(problem, whole, -arrival.astype(float), arrival)


def _most_value(
    problem: Problem,
    by_value: Weights,
    chosen: Chosen,
    found: Found | None,
    sets: Sequence[Ints],
) -> int:
    """A value that no set has more of."""
    everything = int(by_value.total()[problem.free].sum())
    if found is None and takes_all(problem, sets[0]):
        return everything
    if found is not None and chosen.objective.aim == Aim.VALUE:
        return int(found.bound[0])
    if problem.size > PRICED_UP_TO or not chosen.searched:
        return everything
    free = np.flatnonzero(problem.free)
    relaxed = relax(problem, by_value, free, problem.at_hand)
    known = max(sum_of(problem, by_value, each) for each in sets)
    return max(whole_bound(problem, by_value, relaxed.bound), known)
