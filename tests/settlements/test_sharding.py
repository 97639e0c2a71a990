"""A plan cut into shards: whatever the plan and the order, nothing is drawn that is not there."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.queues import FAMILIES, plain, rich
from settlements.optimising.greedy import delete, first_in_first_out
from settlements.optimising.model import Holding, Instruction, Link, LinkKind, Movement, Queue
from settlements.optimising.problem import Ints, Problem, problem_of
from settlements.running.sharding import Shard, by_waves, shards_of
from settlements.running.sharding.plenty import cut_of_plenty

MONEY, PLACE = 9, 1


def taken(problem: Problem, parts: Ints, members: tuple[int, ...]) -> dict[int, int]:
    """What these take from each holding less what they bring, reckoned one by one."""
    found: dict[int, int] = defaultdict(int)
    for n in members:
        for h, amount in zip(problem.holding[n].tolist(), problem.amount[n].tolist(), strict=True):
            part, whole = int(parts[n]), int(problem.quantity[n])
            share = (2 * abs(amount) * part + whole) // (2 * whole)
            found[h] += share if amount > 0 else -share
    return found


def checked(problem: Problem, parts: Ints, shards: list[Shard], orders: int = 3) -> None:
    settled = [n for shard in shards for n in shard.members]
    assert sorted(settled) == np.flatnonzero(parts).tolist()
    assert len(set(settled)) == len(settled)
    assert [shard.number for shard in shards] == list(range(len(shards)))
    assert [shard.wave for shard in shards] == sorted(shard.wave for shard in shards)
    where = {n: shard.number for shard in shards for n in shard.members}
    for child, parents in problem.parents.items():
        assert all(where[child] == where[parent] for parent in parents if child in where)
    at_hand = dict(enumerate(problem.at_hand.tolist()))
    chance = np.random.default_rng(len(shards))
    for wave in range(shards[-1].wave + 1 if shards else 0):
        present = [shard for shard in shards if shard.wave == wave]
        assert present
        nets = {shard.number: taken(problem, parts, shard.members) for shard in present}
        drawn: Counter[int] = Counter()
        for shard in present:
            drawn.update(dict(shard.budgets))
            assert dict(shard.budgets) == {h: a for h, a in nets[shard.number].items() if a > 0}
        assert all(amount <= at_hand[h] for h, amount in drawn.items())
        for _ in range(orders):
            left = dict(at_hand)
            for shard in chance.permutation(np.array(present, object)):
                for h, amount in nets[shard.number].items():
                    left[h] -= amount
                assert min(left.values()) >= 0
        at_hand = left


def is_covered(
    problem: Problem, parts: Ints, members: tuple[int, ...], shards: list[Shard]
) -> bool:
    """Whether these alone are covered by what is at hand after these shards."""
    left = dict(enumerate(problem.at_hand.tolist()))
    for shard in shards:
        for h, amount in taken(problem, parts, shard.members).items():
            left[h] -= amount
    return all(amount <= left[h] for h, amount in taken(problem, parts, members).items())


holder = st.integers(0, 4)
sale = st.tuples(holder, holder, st.integers(0, 3), st.integers(1, 3), st.integers(0, 9))
links = st.lists(st.tuples(st.sampled_from(LinkKind), st.integers(0, 19), st.integers(0, 19)))


@st.composite
def plans(draw: st.DrawFn) -> tuple[Problem, Ints]:
    """All of them settle, from just what they need together and a little more: rings of every shape."""
    sales = draw(st.lists(sale, min_size=1, max_size=20))
    instructions = tuple(
        Instruction(
            id=n, quantity=quantity, value=1, minimum=1,
            delivery=Movement(Holding(giver, PLACE, security), Holding(taker, PLACE, security), quantity),
            payment=Movement(Holding(taker, PLACE, MONEY), Holding(giver, PLACE, MONEY), money) if money else None,
        )
        for n, (giver, taker, security, quantity, money) in enumerate(sales)
    )  # fmt: skip
    ties = draw(links.filter(lambda found: len(found) < 6))
    queue = Queue(
        instructions=instructions, balances={},
        links=tuple(Link(kind, a, b) for kind, a, b in ties if a != b and max(a, b) < len(sales)),
    )  # fmt: skip
    problem = problem_of(queue)
    parts = np.array([draw(st.integers(int(low), int(high)))
                      for low, high in zip(problem.minimum, problem.quantity, strict=True)])  # fmt: skip
    at_hand = problem.at_hand.copy()
    for h, amount in taken(problem, parts, tuple(range(len(sales)))).items():
        at_hand[h] = max(at_hand[h], amount + draw(st.integers(0, 2)), 0)
    return replace(problem, at_hand=at_hand), parts


@settings(max_examples=300, deadline=None)
@given(plan=plans(), most=st.integers(1, 25))
def test_no_order_of_a_waves_shards_draws_what_is_not_there(
    plan: tuple[Problem, Ints], most: int
) -> None:
    problem, parts = plan

    shards = shards_of(problem, parts, most=most)

    checked(problem, parts, shards)
    for shard in shards:
        if len(shard.members) > most:
            linked = problem.parents.keys() | {p for ps in problem.parents.values() for p in ps}
            before = [each for each in shards if each.wave < shard.wave]
            alone = [n for n in shard.members if n not in linked]
            assert not any(is_covered(problem, parts, (n,), before) for n in alone)


@settings(max_examples=200, deadline=None)
@given(plan=plans(), most=st.integers(1, 25))
def test_where_there_is_plenty_the_cut_is_that_of_going_one_by_one(
    plan: tuple[Problem, Ints], most: int
) -> None:
    problem = replace(plan[0], parents={}, at_hand=plan[0].at_hand + 1_000)

    assert cut_of_plenty(problem, plan[1], most) is not None
    assert shards_of(problem, plan[1], most=most) == by_waves(problem, plan[1], most)


@pytest.mark.parametrize("family", FAMILIES)
def test_plans_of_every_family_are_cut_into_shards_that_are_covered(family: str) -> None:
    problem, _ = plain(3_000, family, 31)
    everything = problem.quantity
    parts = delete(problem, everything, everything.astype(float), np.arange(problem.size))

    shards = shards_of(problem, parts, most=200)

    checked(problem, parts, shards)
    assert max(len(shard.members) for shard in shards) <= 200
    assert max(Counter(shard.wave for shard in shards).values()) > 1
    assert shards == shards_of(problem, parts, most=200)


def test_a_rich_plan_keeps_links_together_and_rounds_parts_as_settling_does() -> None:
    problem = problem_of(rich(2_000, 5))
    parts = first_in_first_out(problem)

    shards = shards_of(problem, parts, most=150)

    assert any(0 < part < whole for part, whole in zip(parts, problem.quantity, strict=True))
    checked(problem, parts, shards)


def paid(id: int, payer: int, payee: int, *, security: int, money: int = 10) -> Instruction:
    """One share, which everybody has, against money."""
    return Instruction(
        id=id, quantity=1,
        delivery=Movement(Holding(payee, PLACE, security), Holding(payer, PLACE, security), 1),
        payment=Movement(Holding(payer, PLACE, MONEY), Holding(payee, PLACE, MONEY), money),
    )  # fmt: skip


def cut_of(
    instructions: list[Instruction], money: dict[int, int], most: int = 100
) -> list[list[list[int]]]:
    """Everything settles: the members of the shards of each wave."""
    balances = {Holding(holder, PLACE, MONEY): amount for holder, amount in money.items()}
    balances |= {
        each.delivery.source: 1_000
        for each in instructions
        if each.delivery and each.delivery.source
    }
    problem = problem_of(Queue(instructions=tuple(instructions), balances=balances))
    shards = shards_of(problem, problem.quantity, most=most)
    checked(problem, problem.quantity, shards)
    return [
        [list(shard.members) for shard in shards if shard.wave == wave]
        for wave in range(shards[-1].wave + 1)
    ]


def test_a_ring_through_money_across_three_securities_is_one_shard() -> None:
    ring = [paid(n, n, (n + 1) % 3, security=n) for n in range(3)]
    other = [paid(3, 5, 6, security=3)]

    assert cut_of(ring + other, {5: 10}, most=1) == [[[3]], [[0, 1, 2]]]
    assert cut_of(ring, {}, most=1) == [[[0, 1, 2]]]


def test_two_rings_that_do_not_need_each_other_are_two_shards() -> None:
    rings = [paid(n, n, n // 3 * 3 + (n + 1) % 3, security=n % 3) for n in range(6)]

    assert cut_of(rings, {}, most=1) == [[[0, 1, 2]], [[3, 4, 5]]]


def test_a_chain_through_money_settles_wave_after_wave_where_it_does_not_fit_one_shard() -> None:
    chain = [paid(n, n, n + 1, security=n) for n in range(4)]

    assert cut_of(chain, {0: 10}, most=1) == [[[0]], [[1]], [[2]], [[3]]]
    assert cut_of(chain, {0: 10}) == [[[0, 1, 2, 3]]]


def test_one_large_security_is_cut_by_payer_and_all_of_it_settles_in_one_wave() -> None:
    sales = [paid(n, n % 2, 2, security=0) for n in range(8)]

    assert cut_of(sales, {0: 40, 1: 40}, most=4) == [[[0, 2, 4, 6], [1, 3, 5, 7]]]


def test_securities_that_one_payer_pays_for_share_a_shard() -> None:
    sales = [paid(n, n % 2, 2, security=n) for n in range(8)]

    assert cut_of(sales, {0: 40, 1: 40}, most=4) == [[[0, 2, 4, 6], [1, 3, 5, 7]]]


def test_what_cannot_settle_together_is_refused() -> None:
    problem = problem_of(Queue(instructions=(paid(0, 0, 1, security=0),), balances={}))
    with pytest.raises(ValueError, match="overdrawn"):
        shards_of(problem, problem.quantity)


def test_nothing_that_settles_is_no_shard() -> None:
    problem = problem_of(Queue(instructions=(paid(0, 0, 1, security=0),), balances={}))
    assert shards_of(problem, problem.quantity * 0) == []
