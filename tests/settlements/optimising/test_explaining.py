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
from settlements.optimising.model import Aim, Holding, Instruction, Movement, Objective, Queue
from settlements.optimising.problem import Ints, Problem, problem_of
from settlements.optimising.remedies import Remedy, helpers, remedy
from settlements.optimising.search import optimise, search
from settlements.optimising.weighing import Weights, sum_of, weights_of
from tests.settlements.optimising.enumerating import (
    feasible_sets,
    is_small,
    lacking,
    linked_sets,
    uneven,
    worth_of,
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


SHARE, PLACE = 1, 1


def of_a_part(
    id: int, source: Holding, *, quantity: int, value: int, part: bool = True, money: int = 1
) -> Instruction:
    """Paid by holder 9 for a few units of money, to somebody outside."""
    return Instruction(
        id=id, quantity=quantity, value=value, minimum=1 if part else None,
        delivery=Movement(source, Holding(2, PLACE, SHARE), quantity),
        payment=Movement(Holding(9, PLACE, MONEY), None, money),
    )  # fmt: skip


def test_a_part_whose_money_is_rounded_to_nothing_is_not_called_impossible() -> None:
    """One of three costs 1/3 of the smallest unit, which is nothing: it settles without any money."""
    shares = Holding(1, PLACE, SHARE)
    first = of_a_part(0, shares, quantity=3, value=3)
    other = replace(of_a_part(1, shares, quantity=3, value=900, part=False), payment=None)
    problem = problem_of(Queue(instructions=(first, other), balances={shares: 3}))
    weights = weights_of((first, other), VALUE)[0]
    explained = Explained(problem, np.array([0, 3]), np.ones(len(problem.at_hand)))

    found = displacement(explained, 0, weights)

    assert (found.verdict, found.changes) == (Verdict.FOUND, ((0, 0, 1), (1, 3, 0)))
    assert (found.loss, found.is_least) == (899, False)


def test_a_remedy_that_rounding_makes_short_elsewhere_is_none() -> None:
    """Two halves of one unit are one to the solver; each is rounded up, and two are paid."""
    shares, seller, payer = (
        Holding(owner, PLACE, asset) for owner, asset in ((1, SHARE), (2, SHARE), (9, MONEY))
    )
    bringing = of_a_part(0, shares, quantity=2, value=1)
    asked = replace(of_a_part(1, seller, quantity=2, value=1), delivery=Movement(seller, None, 2))
    queue = Queue(instructions=(bringing, asked), balances={shares: 1, payer: 1})
    problem = problem_of(queue)
    explained = Explained(problem, np.zeros(2, np.int64), np.ones(len(problem.at_hand)))
    prices = np.ones(len(problem.at_hand), np.int64)

    free = remedy(explained, 1, prices)
    nowhere = remedy(explained, 1, prices, where=np.zeros(len(problem.at_hand), bool))

    assert nowhere is None
    assert free is not None
    assert not free.is_least


def test_where_money_is_rounded_what_is_called_least_or_never_is_so_by_enumeration() -> None:
    decided = dict.fromkeys(Verdict, 0)
    for seed in range(150):
        queue = uneven(seed)
        if not is_small(queue):
            continue
        problem, weights = problem_of(queue), weights_of(queue.instructions, VALUE)[0]
        plan = optimise(queue, VALUE).found
        sets, all_sets = feasible_sets(queue), linked_sets(queue)
        worth, short = worth_of(queue, sets), lacking(queue, all_sets)
        best = int(worth_of(queue, plan.parts[None])[0])

        assert best == plan.score[0] <= worth.max() <= plan.bound[0]
        prices = prices_of(problem)
        cost = sum(
            short[h] * int(price) for h, price in zip(problem.holdings, prices, strict=False)
        )
        stays = ((all_sets == plan.parts) | (plan.parts == 0)).all(1)
        explained = Explained(problem, plan.parts, prices.astype(float))
        for n in explained.left_out.tolist():
            possible = worth[sets[:, n] > 0]
            found = displacement(explained, n, weights)

            decided[found.verdict] += 1
            assert found.verdict != Verdict.NEVER or len(possible) == 0
            if found.verdict == Verdict.FOUND:
                least = best - possible.max()
                assert found.loss == least if found.is_least else found.loss >= least
            helped = remedy(explained, n, prices)
            if helped:
                cheapest = cost[stays & (all_sets[:, n] > 0)].min()
                assert helped.cost == cheapest if helped.is_least else helped.cost >= cheapest
    assert decided[Verdict.FOUND] > 30
    assert decided[Verdict.NEVER] > 10


@pytest.mark.parametrize("family", ["ring", "normal"])
def test_in_larger_queues_a_remedy_is_enough_and_one_unit_less_is_not(family: str) -> None:
    problem, classes = plain(400, family, 9)
    plan = search(problem, classes, replace(THOROUGH, whole_up_to=0)).parts
    explained = Explained(problem, plan, np.ones(len(problem.at_hand)))
    prices = np.ones(len(problem.at_hand), np.int64)
    for n in explained.left_out[:12].tolist():
        found = remedy(explained, n, prices)
        assert found is not None
        given, settled = _given(explained, found), _with(plan, found)

        assert violations(replace(problem, at_hand=given), settled) == []
        for h, _ in found.shortages if found.is_least else ():
            less = given.copy()
            less[h] -= 1
            again = remedy(
                Explained(replace(problem, at_hand=less), plan, explained.unit_value), n, prices
            )
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
        members, holdings, is_ring, back_to = explained.chain(n)

        assert members[0] == n
        assert (back_to in members) == is_ring
        assert len(set(members)) == len(members)
        for member, following in pairwise(members):
            short = {each.holding for each in explained.shortages(member)}
            at = holdings[members.index(member)]
            assert at in short
            assert at in problem.holding[following, 2:].tolist()
        if not is_ring:
            assert not explained.bringing.get(holdings[-1])


def test_a_remedy_among_few_of_many_helpers_is_enough_and_is_not_called_least() -> None:
    """Solved again with more at hand, others come before the cut than did at first."""
    problem, classes = plain(400, "tight", 10)
    plan = search(
        problem, classes, replace(THOROUGH, passes=THOROUGH.passes[:2], whole_up_to=0)
    ).parts
    explained = Explained(problem, plan, np.ones(len(problem.at_hand)))
    prices = np.ones(len(problem.at_hand), np.int64)
    cut_off = [
        (n, most) for n in explained.left_out.tolist() for most in (2, 3, 4, 6, 8, 12)
        if not helpers(explained, n, most)[1]
    ]  # fmt: skip
    for n, most in cut_off:
        found = remedy(explained, n, prices, most=most)
        assert found is not None
        given, settled = _given(explained, found), _with(plan, found)

        assert len(found.parts) <= most
        assert not found.is_least
        assert violations(replace(problem, at_hand=given), settled) == []
    assert len(cut_off) > 500


def _given(explained: Explained, found: Remedy) -> Ints:
    given = explained.problem.at_hand.copy()
    for h, amount in found.shortages:
        given[h] += amount
    return given


def _with(plan: Ints, found: Remedy) -> Ints:
    parts = plan.copy()
    for n, part in found.parts:
        parts[n] = part
    return parts
