"""Who is pinned settles first, and a search that begins at a set is no worse than it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.queues import plain, rich
from settlements.optimising.effort import THOROUGH
from settlements.optimising.exact import violations
from settlements.optimising.explaining import Explained
from settlements.optimising.model import Aim, Holding, Instruction, Movement, Objective, Queue
from settlements.optimising.problem import problem_of
from settlements.optimising.remedies import remedy
from settlements.optimising.search import optimise, search
from settlements.optimising.weighing import weights_of
from tests.settlements.optimising.enumerating import feasible_sets, is_small, worth_of

VALUE = Objective(aim=Aim.VALUE)
MONEY, SHARE, PLACE = 9, 0, 1
SELLER, BUYER = Holding(1, PLACE, SHARE), Holding(2, PLACE, MONEY)


def sale(id: int, quantity: int, *, held: bool = False) -> Instruction:
    return Instruction(
        id=id, quantity=quantity, value=quantity * 10, held=held,
        delivery=Movement(SELLER, Holding(2, PLACE, SHARE), quantity),
        payment=Movement(BUYER, Holding(1, PLACE, MONEY), quantity * 10),
    )  # fmt: skip


QUEUE = Queue(
    instructions=(sale(1, 100), sale(2, 60), sale(3, 30, held=True)),
    balances={SELLER: 130, BUYER: 1_000},
)


def test_who_is_pinned_settles_though_something_else_is_worth_more() -> None:
    problem, classes = problem_of(QUEUE), weights_of(QUEUE.instructions, VALUE)
    pinned = np.array([False, True, False])

    assert search(problem, classes).parts.tolist() == [100, 0, 0]
    assert search(problem, classes, pinned=pinned).parts.tolist() == [0, 60, 0]
    assert search(problem, classes, pinned=pinned).score == (600,)


def test_with_one_pinned_the_best_of_the_sets_that_have_it_is_found() -> None:
    checked = 0
    for seed in range(30):
        queue = rich(4 + seed % 8, seed, largest=4, dearest=30)
        if not is_small(queue):
            continue
        problem, classes = problem_of(queue), weights_of(queue.instructions, VALUE)
        sets = feasible_sets(queue)
        for n in range(0, problem.size, 3):
            having = sets[sets[:, n] > 0]
            found = search(problem, classes, pinned=np.arange(problem.size) == n)

            best = having if len(having) else sets
            assert found.score == (int(worth_of(queue, best).max()),)
            assert found.bound >= found.score
            checked += len(having) > 0
    assert checked > 20


@pytest.mark.parametrize("family", ["normal", "ring"])
def test_a_remedy_that_is_taken_and_pinned_will_settle_and_nothing_is_lost(family: str) -> None:
    problem, classes = plain(400, family, 9)
    effort = replace(THOROUGH, whole_up_to=0, passes=THOROUGH.passes[:2])
    plan = search(problem, classes, effort)
    explained = Explained(problem, plan.parts, np.ones(len(problem.at_hand)))
    for n in explained.left_out[:4].tolist():
        helped = remedy(explained, n, np.ones(len(problem.at_hand), np.int64))
        assert helped is not None
        given, warm = problem.at_hand.copy(), plan.parts.copy()
        for h, amount in helped.shortages:
            given[h] += amount
        for k, part in helped.parts:
            warm[k] = part
        richer = replace(problem, at_hand=given)

        found = search(richer, classes, effort, warm=warm, pinned=np.arange(problem.size) == n)

        assert found.parts[n] > 0
        assert violations(richer, found.parts) == []
        assert found.score > plan.score


def test_a_search_begun_at_a_set_is_no_worse_and_one_that_cannot_settle_is_passed_over() -> None:
    queue = rich(200, 3)
    effort = replace(THOROUGH, whole_up_to=0, passes=())
    good = optimise(queue, VALUE, replace(THOROUGH, whole_up_to=0)).found
    problem, classes = problem_of(queue), weights_of(queue.instructions, VALUE)

    assert search(problem, classes, effort).score < good.score
    assert search(problem, classes, effort, warm=good.parts).score == good.score
    everything = search(problem, classes, effort, warm=problem.quantity)
    assert everything.score == search(problem, classes, effort).score
