"""The search against enumeration, against every heuristic, and on the rings that nothing else settles."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from backoffice.kernel.errors import Broken
from benchmarks.queues import FAMILIES, plain, rich
from settlements.optimising.bounding import lagrangian, whole_bound
from settlements.optimising.effort import THOROUGH
from settlements.optimising.exact import slack_of, violations
from settlements.optimising.greedy import first_in_first_out
from settlements.optimising.model import Aim, Holding, Instruction, Movement, Objective, Queue
from settlements.optimising.problem import problem_of
from settlements.optimising.programme import build
from settlements.optimising.relaxing import relax
from settlements.optimising.rows import Block, Floor
from settlements.optimising.search import optimise, search
from settlements.optimising.weighing import Weights, score_of, weights_of
from tests.settlements.optimising.enumerating import feasible_sets, is_small
from tests.sizes import LARGE_QUEUE

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
    queue = rich(LARGE_QUEUE, 7)
    problem, classes = problem_of(queue), weights_of(queue.instructions, Objective())

    found = search(problem, classes, replace(THOROUGH, whole_up_to=0))

    assert violations(problem, found.parts) == []
    assert found.score > score_of(problem, classes, first_in_first_out(problem))
    assert any(0 < part < q for part, q in zip(found.parts, problem.quantity, strict=True))


def sold_in_parts(quantity: int, money: int, value: int) -> Queue:
    """As many shares as are asked for, and one unit of money to pay parts of them with."""
    each = Instruction(
        id=0, quantity=quantity, minimum=1, value=value,
        delivery=Movement(Holding(0, PLACE, 0), Holding(1, PLACE, 0), quantity),
        payment=Movement(Holding(1, PLACE, MONEY), None, money),
    )  # fmt: skip
    return Queue(
        instructions=(each,), balances={Holding(0, PLACE, 0): quantity, Holding(1, PLACE, MONEY): 1}
    )


def test_a_bound_by_prices_grants_the_rounding_of_parts() -> None:
    """A third of 4 is 1 by rounding, and 1.33 to the bound: at this price 75, while 100 settles."""
    queue = sold_in_parts(3, 4, 300)
    problem = problem_of(queue)
    (weights,) = weights_of(queue.instructions, Objective(aim=Aim.VALUE))
    price = np.where(problem.cash, 75.0, 0.0)

    bound = whole_bound(problem, weights, lagrangian(problem, weights, price))

    assert optimise(queue, Objective(aim=Aim.VALUE)).found.score == (100,)
    assert bound >= 100


def test_a_relaxation_without_an_answer_is_a_defect_and_no_bound() -> None:
    queue = sold_in_parts(3, 4, 300)
    problem = problem_of(queue)
    (weights,) = weights_of(queue.instructions, Objective(aim=Aim.VALUE))
    beyond = Floor(weights, 1_000.0)  # more than there is

    with pytest.raises(Broken, match="nfeasible"):
        relax(problem, weights, np.arange(1), problem.at_hand, (beyond,))


@pytest.mark.parametrize("integer", [True, False])
def test_a_programme_that_was_not_solved_bounds_nothing(integer: bool) -> None:
    problem, (weights,) = plain(500, "tight", 1)
    block = Block(problem, np.arange(500), problem.at_hand)
    programme = build(block, np.zeros(500), weights.whole.astype(float), integer=integer)
    assert (programme.objective(), programme.proved()) == (float("inf"), float("inf"))

    programme.set(time_limit=0.0)
    programme.highs.run()

    assert programme.was_struck()
    bound = programme.proved() if integer else programme.objective()
    assert bound >= relax(problem, weights, np.arange(500), problem.at_hand).bound * 0.999


def test_a_floor_of_a_higher_class_grants_the_rounding_of_its_parts() -> None:
    """Half of 3 counts 2 and is 1.5 to the relaxation, which would find no answer in the lower class."""
    part = sold_in_parts(2, 2, 3).instructions[0]
    low = replace(part, id=1, delivery=None, payment=None, priority=0, value=5, minimum=None)
    queue = sold_in_parts(2, 2, 3)
    queue = replace(queue, instructions=(replace(part, priority=1), low))
    objective = Objective(client_percent=0, day_percent=0)
    problem, classes = problem_of(queue), weights_of(queue.instructions, objective)
    odd = [Weights(each.once, each.whole // 100) for each in classes]

    found = search(problem, odd)

    assert found.score == (2, 5)
    assert all(b >= s for b, s in zip(found.bound, found.score, strict=True))


@pytest.mark.parametrize("aim", [Aim.VALUE, Aim.PENALTY, Aim.PRIORITY])
@pytest.mark.parametrize("each", [2**61, 2**64])
def test_weights_beyond_64_bits_are_refused(aim: Aim, each: int) -> None:
    one = replace(sold_in_parts(1, 1, each).instructions[0], penalty=each)
    with pytest.raises(ValueError, match="weights beyond 64 bits"):
        weights_of((one, one, one), Objective(aim=aim))


@pytest.mark.parametrize(("quantity", "money"), [(2**64, 1), (1, 2**64), (1, 2**62)])
def test_amounts_beyond_64_bits_are_refused(quantity: int, money: int) -> None:
    with pytest.raises(ValueError, match="beyond 64 bits"):
        problem_of(sold_in_parts(quantity, money, 1))


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
