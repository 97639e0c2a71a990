"""The whole search: relaxation, first sets, passes over blocks, the whole, the bound. Deterministic.

It stops after a number of passes and nodes, or once the set is close enough to the bound, and never
by a clock: the same queue gives the same set on every machine. The best set seen is kept, so the
answer is never worse than first in, first out or any other first set.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from backoffice.kernel.errors import Broken
from settlements.optimising.blocks import Board, Tally, improve, sweep
from settlements.optimising.bounding import CARE, lagrangian, whole_bound
from settlements.optimising.effort import Effort, effort_for
from settlements.optimising.exact import slack_of, violations
from settlements.optimising.greedy import add_back, delete, first_in_first_out
from settlements.optimising.model import Objective, Queue
from settlements.optimising.problem import Flags, Ints, Problem, Reals, problem_of
from settlements.optimising.relaxing import (
    Relaxation,
    Relaxing,
    most_likely_first,
    worth_beyond_price,
)
from settlements.optimising.rows import Floor, rounded_worth, roundings
from settlements.optimising.sifting import sifted
from settlements.optimising.weighing import Score, Weights, score_of, sum_of, weights_of


@dataclass(frozen=True)
class Phase:
    """What one phase came to. Seconds are for people: nothing is decided by them."""

    name: str
    score: Score
    seconds: float = field(compare=False)


@dataclass(frozen=True)
class Found:
    """The set, what it is worth class by class, and the most that any set could be worth."""

    parts: Ints
    score: Score
    bound: Score
    phases: tuple[Phase, ...]
    relaxations: tuple[Relaxation, ...]
    tally: Tally

    @property
    def gap(self) -> float:
        """Of the bound, in the highest class that is not proved to be best."""
        for worth, most in zip(self.score, self.bound, strict=True):
            if most - worth > CARE * most:
                return (most - worth) / most
        return 0.0


@dataclass(frozen=True)
class Plan:
    """A search's answer about a queue: which instructions settle, and how much of each."""

    settled: Mapping[int, int]
    found: Found


def optimise(queue: Queue, objective: Objective, effort: Effort | None = None) -> Plan:
    problem = problem_of(queue)
    classes = weights_of(queue.instructions, objective)
    found = search(problem, classes, effort)
    ids = [each.id for each in queue.instructions]
    settled = {ids[n]: int(found.parts[n]) for n in np.flatnonzero(found.parts).tolist()}
    return Plan(settled, found)


def search(
    problem: Problem,
    classes: Sequence[Weights],
    effort: Effort | None = None,
    *,
    warm: Ints | None = None,
    pinned: Flags | None = None,
    proving: bool = True,
) -> Found:
    """Class by class, the highest first; a lower class moves only what costs a higher one nothing.

    `warm` is a set known before, of yesterday or of the last run; it may be no set any more. If it is one,
    the answer is no worse. `pinned` are instructions that come before everything else, as many of them as settle:
    all, if `warm` has all of them; the bounds are then of sets that have as many. Without `proving` the bound is
    the relaxation's alone: for who needs the set sooner than its proof. Raises Broken if the answer is
    not exact, which would be a defect.
    """
    above = 0 if pinned is None else 1
    if pinned is not None:
        zero = np.zeros(problem.size, np.int64)
        classes = [Weights((pinned & problem.free).astype(np.int64), zero), *classes]
    queue, problem = problem, sifted(problem)
    run = _Search(problem, classes, effort or effort_for(problem.size), proving, above)
    if warm is not None and not violations(problem, warm):
        run.offer("before", warm)
    run.offer("first in, first out", run.in_order)
    bounds, relaxations = [], []
    for number in range(len(classes)):
        relaxation, bound = run.improve_class(number)
        bounds.append(bound)
        relaxations.append(relaxation)
    wrong = violations(queue, run.best)
    if wrong:
        raise Broken(f"a set that cannot settle: {wrong[:3]}")
    phases = tuple(replace(phase, score=phase.score[above:]) for phase in run.phases)
    return Found(
        run.best, run.score[above:], tuple(bounds[above:]), phases, tuple(relaxations[above:]), run.tally
    )  # fmt: skip


class _Search:
    def __init__(
        self,
        problem: Problem,
        classes: Sequence[Weights],
        effort: Effort,
        proving: bool,
        above: int,
    ) -> None:
        self.problem, self.classes, self.effort, self.proving = problem, classes, effort, proving
        self.above = above  # classes of instructions that are pinned
        self.free = np.flatnonzero(problem.free)
        self.best: Ints = np.zeros(problem.size, np.int64)
        self.score = score_of(problem, classes, self.best)
        self.phases: list[Phase] = []
        self.tally = Tally()
        self.in_order = first_in_first_out(problem)
        self.started = time.perf_counter()

    def offer(self, name: str, parts: Ints) -> None:
        """A set that is exact: kept if it is the best so far."""
        score = score_of(self.problem, self.classes, parts)
        self.phases.append(Phase(name, score, time.perf_counter() - self.started))
        if score > self.score:
            self.best, self.score = parts.copy(), score

    def improve_class(self, number: int) -> tuple[Relaxation, int]:
        problem, weights = self.problem, self.classes[number]
        floors = tuple(
            Floor(each, float(self.score[k])) for k, each in enumerate(self.classes[:number])
        )
        relaxing = Relaxing(problem, weights, self.free, problem.at_hand, floors)
        relaxation, order, effort = self._begun(number, relaxing)
        most = whole_bound(problem, weights, relaxation.bound)
        if self._worth(number) < most and len(self.free) > self.effort.exact_up_to:
            self._passes(number, effort, relaxation, order, most)
        proved = relaxation.bound
        if self._worth(number) < most:
            proved = min(proved, self._whole(number, order))
        if self.proving and self._worth(number) < whole_bound(problem, weights, proved):
            priced = lagrangian(
                problem, weights, relaxation.price, relaxation.money_toll, relaxation.money_tolls,
                tally=self.tally,
            )  # fmt: skip
            proved = min(proved, priced)
        return relaxation, max(whole_bound(problem, weights, proved), self._worth(number))

    def _worth(self, number: int) -> int:
        return sum_of(self.problem, self.classes[number], self.best)

    def _begun(self, number: int, relaxing: Relaxing) -> tuple[Relaxation, Ints, Effort]:
        """How to go on, and the first sets: for a hard queue the relaxation is no guide, and made a better one."""
        effort, weights = self.effort, self.classes[number]
        relaxation = relaxing.relaxation()
        in_order = sum_of(self.problem, weights, self.in_order)
        if effort.if_hard and in_order < effort.hard * relaxation.bound:
            effort = effort.if_hard
        if effort.rounds:
            relaxation = relaxing.tightened(effort.rounds)
        order = most_likely_first(weights, relaxation)
        if number <= self.above:
            self._first_sets(number, effort.good_start, relaxation, order)
        return relaxation, order, effort

    def _first_sets(
        self, number: int, good_start: float, relaxation: Relaxation, order: Ints
    ) -> None:
        """Rounding is mostly the best of them: the others are tried where it is not good enough by far."""
        p, of = self.problem, self.classes[number]
        weights = of.total().astype(float)
        none, scale = np.zeros(p.size, np.int64), max(weights.max(initial=0), 1.0)
        whole = np.where(p.free, p.quantity, 0)
        by_share: Reals = relaxation.share * 1e6 + weights / scale
        likely = np.where(relaxation.share > 0.5, whole, 0)
        self.offer("relaxation, rounded", delete(p, likely, by_share, order))
        if self._worth(number) >= good_start * relaxation.bound:
            return
        self.offer("largest first", add_back(p, none, np.argsort(-weights, kind="stable")))
        worth = worth_beyond_price(p, of, relaxation)
        self.offer("all, deleted by price", delete(p, whole, relaxation.share + worth, order))

    def _passes(
        self, number: int, effort: Effort, relaxation: Relaxation, order: Ints, most: int
    ) -> None:
        p = self.problem
        board = self._board(number)
        whole, in_part = relaxation.share > 0.5, relaxation.fractional()
        worth = np.abs(worth_beyond_price(p, self.classes[number], relaxation))
        ending = self.tally.work + effort.times * relaxation.work + effort.work
        for seed, each in enumerate(effort.passes):
            each = replace(each, size=min(each.size, len(self.free) // 2 + 1))
            near: Flags = in_part | ((board.parts > 0) != whole) | (worth <= each.near)
            sweep(
                board, each, near, relaxation.price,
                seed=seed, nodes=effort.nodes, most=ending,
            )  # fmt: skip
            board.parts = add_back(p, board.parts, order, board.slack)
            board.slack = slack_of(p, board.parts)
            self.offer(f"pass {seed + 1}, {each.cut}", board.parts)
            if self._worth(number) >= effort.enough * most or self.tally.work >= ending:
                break

    def _whole(self, number: int, order: Ints) -> float:
        """The whole queue as one block, where it is small enough; the solver's bound on it."""
        size, effort = len(self.free), self.effort
        if size > effort.whole_up_to:
            return float("inf")
        exact = size <= effort.exact_up_to
        board, weights = self._board(number), self.classes[number]
        bound = improve(
            board, self.free, weights.once.astype(float), weights.whole.astype(float),
            gap=0.0 if exact else effort.whole_gap, nodes=2**31 - 1 if exact else effort.whole_nodes,
        )  # fmt: skip
        self.offer("the whole", add_back(self.problem, board.parts, order, board.slack))
        # The solver knows no rounding: with any, what it proves is not about the exact amounts.
        parts, higher = self.problem.in_parts(), self.classes[:number]
        rounded = roundings(self.problem, parts).any() or any(
            rounded_worth(self.problem, each, parts) for each in higher
        )
        return float("inf") if rounded else bound

    def _board(self, number: int) -> Board:
        parts = self.best.copy()
        slack = slack_of(self.problem, parts)
        return Board(self.problem, self.classes[: number + 1], parts, slack, self.tally)
