"""Remedies and displacements against enumeration, and applied to larger queues."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import pairwise

import numpy as np
import pytest

from benchmarks.queues import MONEY, plain, rich
from settlements.optimising.displacing import Verdict, displacement
from settlements.optimising.effort import THOROUGH
from settlements.optimising.exact import violations
from settlements.optimising.explaining import Explained
from settlements.optimising.model import Aim, Objective, Queue
from settlements.optimising.problem import Ints, Problem, problem_of
from settlements.optimising.remedies import remedy
from settlements.optimising.search import optimise, search
from settlements.optimising.weighing import Weights, sum_of, weights_of
from tests.settlements.optimising.enumerating import (
    feasible_sets,
    is_small,
    lacking,
    linked_sets,
)

VALUE = Objective(aim=Aim.VALUE)


def prices_of(problem: Problem) -> Ints:
    """A unit of money is worth 1, of a security more: another price for each."""
    prices = [1 if h.asset == MONEY else 7 + h.asset for h in problem.holdings]
    return np.array([*prices, 1], np.int64)


@cache
def planned(count: int) -> tuple[tuple[Queue, Explained, Weights], ...]:
    found = []
    for seed in range(20_000, 20_000 + count):
        queue = rich(4 + seed % 9, seed, largest=4, dearest=30)
        if is_small(queue):
            problem, weights = problem_of(queue), weights_of(queue.instructions, VALUE)[0]
            plan = optimise(queue, VALUE).found.parts
            found.append(
                (queue, Explained(problem, plan, prices_of(problem).astype(float)), weights)
            )
    return tuple(found)


def test_a_remedy_costs_what_enumeration_finds_least_and_nobody_leaves() -> None:
    checked = cheaper = 0
    for queue, explained, _ in planned(120):
        sets = linked_sets(queue)
        short, problem = lacking(queue, sets), explained.problem
        prices = dict(zip(problem.holdings, prices_of(problem).tolist(), strict=False))
        cost = sum(amount * prices[h] for h, amount in short.items())
        stays = ((sets == explained.parts) | (explained.parts == 0)).all(1)
        for n in explained.left_out.tolist():
            possible = cost[stays & (sets[:, n] > 0)]
            found = remedy(explained, n, prices_of(problem))

            assert (found is None) == (len(possible) == 0)
            if found:
                assert found.is_least
                assert found.cost == possible.min()
                plain_cost = sum(
                    s.amount * int(prices_of(problem)[s.holding]) for s in explained.shortages(n)
                )
                cheaper += found.cost < plain_cost
                checked += 1
    assert checked > 300
    assert cheaper > 10


def test_a_displacement_loses_what_enumeration_finds_least_and_never_is_never() -> None:
    verdicts = dict.fromkeys(Verdict, 0)
    for queue, explained, weights in planned(120):
        sets = feasible_sets(queue)
        values = np.array([each.value // each.quantity for each in queue.instructions])
        best = int((explained.parts * values).sum())
        for n in explained.left_out.tolist():
            worth = (sets * values).sum(1)[sets[:, n] > 0]
            found = displacement(explained, n, weights)

            verdicts[found.verdict] += 1
            assert (found.verdict == Verdict.NEVER) == (len(worth) == 0)
            if found.verdict == Verdict.FOUND:
                assert found.is_least
                assert found.loss == best - worth.max()
    assert verdicts[Verdict.UNDECIDED] == 0
    assert min(verdicts[Verdict.FOUND], verdicts[Verdict.NEVER]) > 30


@pytest.mark.parametrize("family", ["ring", "normal"])
def test_in_larger_queues_a_remedy_is_enough_and_one_unit_less_is_not(family: str) -> None:
    problem, classes = plain(400, family, 9)
    plan = search(problem, classes, replace(THOROUGH, whole_up_to=0)).parts
    explained = Explained(problem, plan, np.ones(len(problem.at_hand)))
    prices = np.ones(len(problem.at_hand), np.int64)
    for n in explained.left_out[:12].tolist():
        found = remedy(explained, n, prices)
        assert found is not None
        given = problem.at_hand.copy()
        for h, amount in found.shortages:
            given[h] += amount
        settled = plan.copy()
        for k, part in found.parts:
            settled[k] = part

        assert violations(replace(problem, at_hand=given), settled) == []
        if found.is_least and found.shortages:
            given[found.shortages[0].holding] -= 1
            less = Explained(replace(problem, at_hand=given), plan, explained.unit_value)
            again = remedy(less, n, prices)
            assert again is not None
            assert again.cost == 1


@pytest.mark.parametrize("family", ["ring", "normal"])
def test_in_larger_queues_a_displacement_settles_and_most_are_decided(family: str) -> None:
    problem, classes = plain(400, family, 9)
    plan = search(problem, classes, replace(THOROUGH, whole_up_to=0)).parts
    explained = Explained(problem, plan, np.ones(len(problem.at_hand)))
    undecided = 0
    for n in explained.left_out[:12].tolist():
        found = displacement(explained, n, classes[0])
        undecided += found.verdict == Verdict.UNDECIDED
        if found.verdict == Verdict.FOUND:
            settled = plan.copy()
            for k, before, after in found.changes:
                assert plan[k] == before
                settled[k] = after
            assert settled[n] > 0
            assert violations(problem, settled) == []
            assert (
                sum_of(problem, classes[0], plan) - sum_of(problem, classes[0], settled)
                == found.loss
            )
    assert undecided == 0


def test_a_chain_ends_where_nobody_would_bring_or_returns_as_a_ring() -> None:
    problem, classes = plain(400, "normal", 9)
    plan = search(problem, classes, replace(THOROUGH, whole_up_to=0)).parts
    explained = Explained(problem, plan, np.ones(len(problem.at_hand)))
    for n in explained.left_out.tolist():
        members, holdings, is_ring = explained.chain(n)

        assert members[0] == n
        assert len(set(members)) == len(members)
        for member, following in pairwise(members):
            short = {each.holding for each in explained.shortages(member)}
            at = holdings[members.index(member)]
            assert at in short
            assert at in problem.holding[following, 2:].tolist()
        if not is_ring:
            assert not explained.bringing.get(holdings[-1])
