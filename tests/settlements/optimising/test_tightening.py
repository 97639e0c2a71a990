"""What is left out before the search, and rows for whole instructions: no set is lost by either, by enumeration."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from benchmarks.queues import MONEY
from settlements.optimising.bounding import lagrangian
from settlements.optimising.model import Aim, Holding, Instruction, Movement, Objective, Queue
from settlements.optimising.problem import problem_of
from settlements.optimising.relaxing import Relaxing
from settlements.optimising.sifting import possible, sifted
from settlements.optimising.weighing import weights_of
from tests.settlements.optimising.enumerating import feasible_sets, is_small, uneven
from tests.settlements.optimising.test_search import small_queues

VALUE = Objective(aim=Aim.VALUE)


def scarce(seed: int, size: int = 12) -> Queue:
    """Three holders, two securities, whole instructions, and little of everything."""
    chance = np.random.default_rng(seed)
    instructions, used = [], set()
    for n in range(size):
        seller, security, quantity = (int(chance.integers(most)) for most in (3, 2, 90))
        buyer = (seller + 1 + int(chance.integers(2))) % 3
        worth = (quantity + 10) * (security + 2)
        paper = Movement(Holding(0, seller, security), Holding(0, buyer, security), quantity + 10)
        money = Movement(Holding(0, buyer, MONEY), Holding(0, seller, MONEY), worth)
        used |= {paper.source, money.source}
        instructions.append(
            Instruction(id=n, quantity=quantity + 10, delivery=paper, payment=money, value=worth)
        )
    balances = {each: int(chance.integers(150)) for each in sorted(filter(None, used))}
    return Queue(instructions=tuple(instructions), balances=balances)


def test_who_is_left_out_settles_in_no_set() -> None:
    left_out = 0
    queues: list[Queue] = [*small_queues(150, first=20_000), *map(uneven, range(80))]
    for queue in filter(is_small, queues):
        never = ~possible(problem_of(queue))
        assert not (feasible_sets(queue)[:, never] > 0).any()
        left_out += sum(never) - sum(each.held for each in queue.instructions)
    assert left_out > 50


def test_a_chain_without_a_beginning_is_left_out_whole() -> None:
    """Each would bring what the next has to give, and the first has nothing."""
    one, two, three, four = (Holding(0, place, 0) for place in range(4))
    steps = ((one, two), (two, three), (three, four))
    instructions = tuple(
        Instruction(id=n, quantity=10, delivery=Movement(giver, taker, 10), value=1)
        for n, (giver, taker) in enumerate(steps)
    )
    queue = Queue(instructions=instructions, balances={one: 9})
    assert not possible(problem_of(queue)).any()
    assert possible(problem_of(replace(queue, balances={one: 10}))).all()


def checked(queue: Queue) -> tuple[int, bool]:
    """That no set is lost by its rows; how many there were, and whether the bound fell."""
    problem = sifted(problem_of(queue))
    (weights,) = weights_of(queue.instructions, VALUE)
    index = np.flatnonzero(problem.free)
    relaxing = Relaxing(problem, weights, index, problem.at_hand)
    before, after = relaxing.relaxation().bound, relaxing.tightened(3)
    sets = feasible_sets(queue)
    for row in relaxing.cuts:
        settled = sets[:, index[row.columns]] > 0
        assert (settled @ row.values).max() <= row.most + 1e-9
    best = int((sets @ (weights.whole // problem.quantity)).max())
    priced = lagrangian(problem, weights, after.price, after.money_toll, after.money_tolls)
    assert min(after.bound, priced) >= best * (1 - 1e-9)
    return len(relaxing.cuts), after.bound < before * (1 - 1e-6)


def test_rows_for_whole_instructions_keep_every_set_and_lower_the_bound() -> None:
    found = [checked(scarce(seed)) for seed in range(60)]
    assert sum(rows for rows, _ in found) > 100
    assert sum(is_lower for _, is_lower in found) > 30


def test_rows_of_rich_queues_keep_every_set() -> None:
    assert sum(checked(queue)[0] for queue in small_queues(150, first=30_000)) > 20
