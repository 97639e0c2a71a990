"""The search against enumeration, against every heuristic, and on the rings that nothing else settles."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from benchmarks.queues import FAMILIES, plain, rich
from settlements.optimising.effort import THOROUGH
from settlements.optimising.exact import slack_of, violations
from settlements.optimising.greedy import first_in_first_out
from settlements.optimising.model import Aim, Holding, Instruction, Movement, Objective, Queue
from settlements.optimising.problem import problem_of
from settlements.optimising.search import optimise, search
from settlements.optimising.weighing import score_of, weights_of
from tests.settlements.optimising.enumerating import feasible_sets, is_small

CASES = 500
MONEY, PLACE = 9, 1


def small_queues(count: int, first: int = 0) -> list[Queue]:
    found: list[Queue] = []
    seed = first
    while len(found) < count:
        queue = rich(4 + seed % 13, seed, largest=5, dearest=30)
        seed += 1
        if is_small(queue):
            found.append(queue)
    return found


def best_score(queue: Queue, objective: Objective) -> tuple[int, ...]:
    """The best by enumeration, by the definition of each objective and not by its code."""
    sets = feasible_sets(queue)
    whole = np.array([each.quantity for each in queue.instructions])
    share_of: Any = {
        Aim.VALUE: [each.value for each in queue.instructions],
        Aim.PENALTY: [each.penalty for each in queue.instructions],
    }
    if objective.aim == Aim.COUNT:
        return (int((sets > 0).sum(1).max()),)
    if objective.aim in share_of:
        return (int((sets * (np.array(share_of[objective.aim]) // whole)).sum(1).max()),)
    best = []
    classes = [each.priority + each.skipped // 3 for each in queue.instructions]
    raised = [
        each.value * (100 + 10 * each.client + 2 * min(each.days, 30)) // each.quantity
        for each in queue.instructions
    ]
    for number in sorted(set(classes), reverse=True):
        worth = sets @ np.where(np.array(classes) == number, raised, 0)
        best.append(int(worth.max()))
        sets = sets[worth == worth.max()]
    return tuple(best)


def test_small_queues_settle_what_enumeration_finds_best_and_no_bound_is_below_it() -> None:
    aims = list(Aim)
    differing = []
    for number, queue in enumerate(small_queues(CASES)):
        objective = Objective(aim=aims[number % len(aims)])
        plan = optimise(queue, objective)

        best = best_score(queue, objective)

        if plan.found.score != best or any(
            b < s for b, s in zip(plan.found.bound, best, strict=True)
        ):
            differing.append((number, objective.aim, plan.found.score, best, plan.found.bound))
    assert differing == []


def test_small_queues_put_through_the_passes_alone_are_exact_and_no_worse_than_first_in_first_out() -> (
    None
):
    optimal = 0
    blocks_of_four = tuple(replace(each, size=4) for each in THOROUGH.passes)
    effort = replace(THOROUGH, whole_up_to=0, exact_up_to=0, passes=blocks_of_four)
    queues = small_queues(60, first=10_000)
    for queue in queues:
        problem, objective = problem_of(queue), Objective()
        classes = weights_of(queue.instructions, objective)
        found = search(problem, classes, effort)

        assert violations(problem, found.parts) == []
        assert found.score >= score_of(problem, classes, first_in_first_out(problem))
        optimal += found.score == best_score(queue, objective)
    assert optimal >= 45


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_beats_every_heuristic_and_overdraws_nothing(family: str) -> None:
    problem, classes = plain(500, family, 101)

    found = search(problem, classes, replace(THOROUGH, whole_up_to=0))

    assert int(slack_of(problem, found.parts).min()) >= 0
    assert all(found.score >= phase.score for phase in found.phases)
    assert found.score[0] <= found.bound[0]


def test_a_rich_queue_in_blocks_keeps_links_minimums_and_holds() -> None:
    queue = rich(600, 7)
    problem, classes = problem_of(queue), weights_of(queue.instructions, Objective())

    found = search(problem, classes, replace(THOROUGH, whole_up_to=0))

    assert violations(problem, found.parts) == []
    assert found.score > score_of(problem, classes, first_in_first_out(problem))
    assert any(0 < part < q for part, q in zip(found.parts, problem.quantity, strict=True))


def test_the_same_queue_gives_the_same_answer() -> None:
    problem, classes = plain(200, "tight", 5)
    effort = replace(THOROUGH, whole_nodes=5)

    one, other = (search(problem, classes, effort) for _ in range(2))

    assert one.parts.tolist() == other.parts.tolist()
    assert [phase.score for phase in one.phases] == [phase.score for phase in other.phases]


def ring_of_three() -> Queue:
    """A to B to C to A, 100 shares each for 100,000.00; everybody has the shares and nobody money."""
    instructions = tuple(
        Instruction(
            id=n, quantity=100, value=100_000_00,
            delivery=Movement(Holding(n, PLACE, n), Holding((n + 1) % 3, PLACE, n), 100),
            payment=Movement(Holding((n + 1) % 3, PLACE, MONEY), Holding(n, PLACE, MONEY), 100_000_00),
        )
        for n in range(3)
    )  # fmt: skip
    return Queue(instructions=instructions, balances={Holding(n, PLACE, n): 100 for n in range(3)})


def test_rules_11_gridlock_ring_of_three_without_money_settles_three_of_three() -> None:
    queue = ring_of_three()

    assert first_in_first_out(problem_of(queue)).tolist() == [0, 0, 0]
    assert optimise(queue, Objective()).settled == {0: 100, 1: 100, 2: 100}
