"""A what-if finds in both queues what enumeration finds, and tells of whom more or less settles."""

from __future__ import annotations

from dataclasses import replace

from benchmarks.queues import rich
from settlements.optimising.model import Aim, Objective, Queue
from settlements.running.integers import Counted
from settlements.running.objectives import Chosen
from settlements.running.state import RunObjective
from settlements.trying.rules import tried
from tests.settlements.optimising.enumerating import feasible_sets, is_small, worth_of

CHOSEN = Chosen(RunObjective.VALUE, Objective(aim=Aim.VALUE), "")


def richer(queue: Queue) -> Queue:
    """With half as much again at every other holding, and nobody held."""
    more = {h: amount + amount // 2 + 1 for h, amount in list(queue.balances.items())[::2]}
    free = tuple(replace(each, held=False) for each in queue.instructions)
    return replace(queue, balances={**queue.balances, **more}, instructions=free)


def counted(queue: Queue) -> Counted:
    return Counted(queue, (), {}, "")


def test_both_answers_are_what_enumeration_finds_and_the_same_twice() -> None:
    unlocked = 0
    for seed in range(25):
        before = rich(4 + seed % 8, seed, largest=4, dearest=30)
        after = richer(before)
        if not is_small(after):
            continue

        found = tried(counted(before), counted(after), CHOSEN)

        for worth, queue in ((found.worth_before, before), (found.worth_after, after)):
            assert worth == int(worth_of(queue, feasible_sets(queue)).max())
        assert found == tried(counted(before), counted(after), CHOSEN)
        assert {each.settlement_id for each in found.besides}.isdisjoint(
            each.settlement_id for each in found.no_longer
        )
        unlocked += found.difference > 0
    assert unlocked > 5


def test_what_makes_no_difference_changes_nothing() -> None:
    queue = rich(10, 1, largest=4, dearest=30)
    assert tried(counted(queue), counted(queue), CHOSEN).moved == ()
