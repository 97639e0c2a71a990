"""What of a shard still settles when something of it fell away: exact, quick, and no worse than one by one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.queues import rich
from settlements.optimising.effort import THOROUGH
from settlements.optimising.exact import slack_of, violations
from settlements.optimising.greedy import first_in_first_out
from settlements.optimising.model import (
    Aim,
    Holding,
    Instruction,
    Link,
    LinkKind,
    Movement,
    Objective,
    Queue,
)
from settlements.optimising.problem import problem_of
from settlements.optimising.search import optimise
from settlements.optimising.weighing import score_of, weights_of
from settlements.running.redeciding import redecided
from tests.settlements.optimising.enumerating import feasible_sets, is_small, worth_of

QUICK = replace(THOROUGH, passes=(), whole_up_to=0, exact_up_to=0)
VALUE = Objective(aim=Aim.VALUE)
MONEY, PLACE = 9, 1


def reduced(queue: Queue, planned: dict[int, int], chance: np.random.Generator) -> Queue:
    """The planned ones without a few of them; at hand is what they drew together, here and there less."""
    problem = problem_of(queue)
    parts = np.array([planned.get(each.id, 0) for each in queue.instructions])
    drawn = problem.at_hand - slack_of(problem, parts)
    budgets = {
        h: int(amount) - (int(chance.integers(amount + 1)) if chance.random() < 0.1 else 0)
        for h, amount in zip(problem.holdings, drawn, strict=False)
        if amount > 0
    }
    kept = tuple(
        each for each in queue.instructions if each.id in planned and chance.random() < 0.9
    )
    return replace(queue, instructions=kept, balances=budgets, credit={})


@pytest.mark.parametrize("objective", [VALUE, Objective()])
def test_what_is_left_is_exact_and_no_worse_than_one_after_the_other(objective: Objective) -> None:
    better = 0
    for seed in range(12):
        queue = rich(150, seed)
        planned = dict(optimise(queue, objective, QUICK).settled)
        left = reduced(queue, planned, np.random.default_rng(seed))

        found = redecided(left, planned, objective)

        there = {each.id for each in left.instructions}
        for link in queue.links:
            if link.kind is not LinkKind.AFTER:
                assert link.linked not in found or link.instruction in found
            if link.kind is not LinkKind.BEFORE:
                assert link.instruction not in found or link.linked in found
        inside = replace(
            left, links=tuple(x for x in left.links if {x.instruction, x.linked} <= there)
        )
        problem, classes = problem_of(inside), weights_of(inside.instructions, objective)
        parts = np.array([found.get(each.id, 0) for each in inside.instructions])
        assert violations(problem, parts) == []
        lost = {
            x.linked
            for x in left.links
            if x.instruction not in there and x.kind is not LinkKind.AFTER
        }
        lost |= {
            x.instruction
            for x in left.links
            if x.linked not in there and x.kind is not LinkKind.BEFORE
        }
        kept = replace(
            problem, free=np.array([each.id not in lost for each in inside.instructions])
        )
        score = score_of(problem, classes, parts)
        fifo = score_of(problem, classes, first_in_first_out(kept))
        assert score >= fifo
        better += score > fifo
        assert redecided(left, planned, objective) == found
    assert better > 6


def test_the_plan_stays_as_it_is_where_all_of_it_is_covered() -> None:
    for seed in range(10):
        queue = rich(60, seed)
        planned = dict(optimise(queue, VALUE, QUICK).settled)
        whole = replace(queue, instructions=tuple(x for x in queue.instructions if x.id in planned))

        assert redecided(whole, planned, VALUE) == planned


def test_small_shards_keep_most_of_what_enumeration_finds_best() -> None:
    kept = possible = 0
    for seed in range(80):
        queue = rich(4 + seed % 9, seed, largest=5, dearest=30)
        planned = dict(optimise(queue, VALUE, QUICK).settled)
        left = reduced(queue, planned, np.random.default_rng(seed))
        left = replace(left, links=())
        if is_small(left) and left.instructions:
            parts = np.array(
                [[redecided(left, planned, VALUE).get(x.id, 0) for x in left.instructions]]
            )
            kept += int(worth_of(left, parts)[0])
            sets = feasible_sets(left)
            within = sets[(sets <= [planned[x.id] for x in left.instructions]).all(1)]
            possible += int(worth_of(left, within).max())
    assert kept >= possible * 0.85  # with so few, one ring missed is much


def test_where_little_falls_away_nearly_all_that_a_search_finds_is_kept() -> None:
    queue = rich(500, 2)
    planned = dict(optimise(queue, VALUE, QUICK).settled)
    whole = replace(queue, links=())
    problem = problem_of(whole)
    parts = np.array([planned.get(each.id, 0) for each in queue.instructions])
    drawn = problem.at_hand - slack_of(problem, parts)
    budgets = {h: max(int(a), 0) for h, a in zip(problem.holdings, drawn, strict=False)}
    kept = [each for each in queue.instructions if each.id in planned and each.id % 50]
    left = replace(whole, instructions=tuple(kept), balances=budgets, credit={})

    found = redecided(left, planned, VALUE)

    settled = np.array([[found.get(each.id, 0) for each in kept]])
    assert worth_of(left, settled)[0] >= 0.93 * optimise(left, VALUE).found.score[0]


def paid(id: int, payer: int, payee: int, *, money: int = 10) -> Instruction:
    return Instruction(
        id=id, quantity=1, value=money,
        delivery=Movement(Holding(payee, PLACE, 0), Holding(payer, PLACE, 0), 1),
        payment=Movement(Holding(payer, PLACE, MONEY), Holding(payee, PLACE, MONEY), money),
    )  # fmt: skip


SHARES = {Holding(holder, PLACE, 0): 9 for holder in range(9)}


def test_a_ring_without_money_stays_when_another_falls_away() -> None:
    ring, other = [paid(n, n, (n + 1) % 3) for n in range(3)], [paid(3, 4, 5), paid(4, 5, 6)]
    queue = Queue(instructions=(*ring, other[1]), balances=SHARES)

    assert redecided(queue, dict.fromkeys(range(5), 1), VALUE) == {0: 1, 1: 1, 2: 1}
    assert redecided(replace(queue, instructions=(*ring[:2], *other)), {}, VALUE) == {}


@pytest.mark.parametrize(
    ("kind", "expected"), [(LinkKind.WITH, {}), (LinkKind.BEFORE, {1: 1}), (LinkKind.AFTER, {})]
)
def test_who_needs_what_fell_away_is_kept_back(kind: LinkKind, expected: dict[int, int]) -> None:
    queue = Queue(
        instructions=(paid(1, 4, 5),), balances=SHARES | {Holding(4, PLACE, MONEY): 10},
        links=(Link(kind, 1, 2),),
    )  # fmt: skip

    assert redecided(queue, {1: 1, 2: 1}, VALUE) == expected


def test_a_part_that_is_not_all_there_any_more_is_cut_to_whole_lots() -> None:
    each = replace(paid(1, 4, 5, money=90), quantity=9, minimum=3, lot=2)
    movement = Movement(Holding(5, PLACE, 0), Holding(4, PLACE, 0), 9)
    queue = Queue(
        instructions=(replace(each, delivery=movement),),
        balances={Holding(5, PLACE, 0): 6, Holding(4, PLACE, MONEY): 90},
    )

    assert redecided(queue, {1: 9}, VALUE) == {1: 5}
    assert redecided(queue, {1: 6}, VALUE) == {1: 5}
