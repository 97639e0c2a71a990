"""What would settle if something were otherwise: more at hand, a hold lifted, a counterparty able to deliver. Pure.

Everything is the difference of two searches over a queue, the second begun at the first one's set. Nothing
is written, and the same question has the same answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from settlements.optimising.effort import Effort
from settlements.optimising.model import Holding, Instruction, Objective, Queue
from settlements.optimising.problem import Ints, Problem, problem_of
from settlements.optimising.relaxing import relax
from settlements.optimising.search import Found, search
from settlements.optimising.weighing import Score, Weights, share, weights_of


@dataclass(frozen=True, kw_only=True)
class Supposed:
    """What is otherwise than it is.

    `more` at holdings: money paid in, securities borrowed. `released`: by id, how much of a held instruction is
    released. `delivering`: owners who have everything that they are to deliver; of an owner whose holdings
    are outside our books that is so anyway.
    """

    more: Mapping[Holding, int] = field(default_factory=dict)
    released: Mapping[int, int] = field(default_factory=dict)
    delivering: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Outcome:
    """Two sets, what each is worth class by class, and by id what settles of whom before and after.

    The gain is at least the one told where the gap of `found` is not 0: a search may not find all that is unlocked.
    """

    before: Score
    after: Score
    changes: Mapping[int, tuple[int, int]]
    found: Found

    @property
    def gain(self) -> tuple[int, ...]:
        return tuple(a - b for a, b in zip(self.after, self.before, strict=True))


def what_if(
    queue: Queue,
    objective: Objective,
    supposed: Supposed,
    effort: Effort | None = None,
    *,
    plan: Mapping[int, int] | None = None,
) -> Outcome:
    """`plan` is what was found for the queue as it is, by id; without it that is searched first.

    Raises ValueError for a release of an instruction that is not in the queue or of more than it has.
    """  # fmt: skip
    problem, classes = problem_of(queue), weights_of(queue.instructions, objective)
    known = None if plan is None else _parts(queue, plan)
    before = search(problem, classes, effort, warm=known, proving=False)
    other = with_supposed(queue, supposed)
    found = search(
        problem_of(other), weights_of(other.instructions, objective), effort, warm=before.parts
    )
    changes = {
        each.id: (int(was), int(now))
        for each, was, now in zip(queue.instructions, before.parts, found.parts, strict=True)
        if was != now
    }
    return Outcome(before.score, found.score, changes, found)


def _parts(queue: Queue, plan: Mapping[int, int]) -> Ints:
    return np.array([plan.get(each.id, 0) for each in queue.instructions], np.int64)


def with_supposed(queue: Queue, supposed: Supposed) -> Queue:
    """The queue as it would be."""
    quantity = {each.id: each.quantity for each in queue.instructions}
    for id, released in supposed.released.items():
        if not 0 < released <= quantity.get(id, 0):
            raise ValueError(f"{released} of instruction {id} cannot be released")
    instructions = tuple(_released(each, supposed) for each in queue.instructions)
    balances = dict(queue.balances)
    for holding, amount in supposed.more.items():
        balances[holding] = balances.get(holding, 0) + amount
    needed: dict[Holding, int] = {}
    for each in instructions:
        source = each.delivery and each.delivery.source
        if each.delivery and source and source.owner in supposed.delivering and not each.held:
            needed[source] = needed.get(source, 0) + each.delivery.amount
    for holding, amount in needed.items():
        balances[holding] = max(balances.get(holding, 0), amount)
    return replace(queue, instructions=instructions, balances=balances)


def _released(each: Instruction, supposed: Supposed) -> Instruction:
    part = supposed.released.get(each.id)
    if part is None:
        return each
    if part == each.quantity:
        return replace(each, held=False)
    delivery, payment = (
        side and side._replace(amount=share(side.amount, part, each.quantity))
        for side in (each.delivery, each.payment)
    )
    return replace(
        each, held=False, quantity=part, delivery=delivery, payment=payment,
        minimum=None if each.minimum is None else min(each.minimum, part),
        value=share(each.value, part, each.quantity), penalty=share(each.penalty, part, each.quantity),
    )  # fmt: skip


@dataclass(frozen=True)
class Marginal:
    """What so much more at a holding is worth: at most by the relaxation, solved again; and in a set found so.

    `price` is the relaxation's for one unit, its dual: the next units are worth that or less.
    """

    amount: int
    price: float
    at_most: float
    gain: int


def marginal_value(
    problem: Problem,
    classes: Sequence[Weights],
    found: Found,
    holding: int,
    amount: int,
    effort: Effort | None = None,
) -> Marginal:
    """In the highest class. `found` is the search of the problem; `holding` an index of it."""  # fmt: skip
    at_hand = problem.at_hand.copy()
    at_hand[holding] += amount
    more, before = replace(problem, at_hand=at_hand), found.relaxations[0]
    relaxed = relax(more, classes[0], np.flatnonzero(problem.free), at_hand)
    after = search(more, classes[:1], effort, warm=found.parts, proving=False)
    return Marginal(
        amount, float(before.price[holding]), relaxed.bound - before.bound, after.score[0] - found.score[0]
    )  # fmt: skip
