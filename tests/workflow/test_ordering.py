"""The order of a queue: by what passing an item over costs, and never much older than first in, first out."""

from __future__ import annotations

import math
import random
from decimal import Decimal

import pytest

from backoffice.workflow.ordering import (
    Terms,
    Waiting,
    cost_of_waiting,
    in_order,
    made,
    missed_by_turn,
    oldest_in_turn,
)

DAY = 540.0


def waiting(key: int, **more: float) -> Waiting:
    """A hundred for each cut-off, twenty minutes of work, due in an hour, just come."""
    about = {"minutes": 20.0, "spread": 5.0, "left": 60.0, "age": 0.0} | more
    cost = Decimal(str(about.pop("cost", 100)))
    return Waiting(key=key, cost=cost, **about)


def order(
    *items: Waiting, oldest: float = 10_000, people: int = 1, ahead: float = 0.5
) -> list[int]:
    terms = Terms(people=people, ahead=ahead, oldest=oldest, day=DAY)
    return [placed.key for placed in in_order(items, terms, count=len(items))]


class TestInOrder:
    def test_nothing_has_no_order(self) -> None:
        assert order() == []

    def test_what_costs_more_comes_first(self) -> None:
        assert order(waiting(1), waiting(2, cost=101)) == [2, 1]

    def test_what_is_quicker_comes_first(self) -> None:
        assert order(waiting(1), waiting(2, minutes=10)) == [2, 1]

    def test_what_is_due_sooner_comes_first_of_two_that_cost_the_same(self) -> None:
        assert order(waiting(1, left=90), waiting(2, left=60)) == [2, 1]

    def test_what_certainly_misses_its_cut_off_is_not_chased(self) -> None:
        """Ten times as dear, but it takes twenty minutes and has five."""
        assert order(waiting(1, cost=1000, left=5, spread=1), waiting(2)) == [2, 1]

    def test_something_dear_that_can_wait_lets_something_cheap_go_first(self) -> None:
        assert order(waiting(1, cost=1000, left=500), waiting(2)) == [2, 1]

    def test_what_costs_nothing_comes_before_it_is_too_old(self) -> None:
        free = waiting(1, cost=0, age=175)
        assert order(free, waiting(2), oldest=10_000) == [2, 1]
        assert order(free, waiting(2), oldest=200) == [1, 2]

    def test_an_older_one_gives_way_to_what_is_worth_it(self) -> None:
        """It needs 25 minutes, the other twenty, missed by a chance of e^-2 if it waits: by (Ue/L)^z L/e worth the
        first three quarters of what is kept, 0.15 of the bound. Nothing else waits that would be dearer.
        """
        old, dear = waiting(1, cost=0, age=100), waiting(2, cost=1000)
        assert order(old, dear, oldest=152) == [2, 1]
        assert order(old, dear, oldest=150) == [1, 2]
        assert order(old, waiting(2, cost=1000, left=500), oldest=152) == [1, 2]

    def test_it_says_when_age_put_it_there(self) -> None:
        terms = Terms(people=1, ahead=0.5, oldest=100, day=DAY)
        placed = in_order([waiting(1, cost=0, age=100), waiting(2)], terms, count=2)
        assert [(each.key, each.aged) for each in placed] == [(1, True), (2, False)]

    @pytest.mark.parametrize("seed", range(20))
    def test_whoever_could_be_in_time_oldest_first_stays_so(self, seed: int) -> None:
        """Work all off in this order: none becomes older than the bound that oldest first would have kept."""
        chance = random.Random(seed)
        items = [
            waiting(n, cost=chance.choice([0, 1, 100, 10_000]), minutes=chance.uniform(5, 40),
                    spread=0, left=chance.uniform(5, 900), age=chance.uniform(0, 400))
            for n in range(40)
        ]  # fmt: skip
        by_key = {item.key: item for item in items}

        def ages(keys: list[int]) -> float:
            now = worst = 0.0
            for key in keys:
                now += by_key[key].minutes
                worst = max(worst, by_key[key].age + now)
            return worst

        bound = ages([item.key for item in sorted(items, key=lambda item: -item.age)]) + 1
        assert ages(order(*items, oldest=bound)) <= bound + 1e-6
        assert ages(order(*items)) > bound  # without the bound it would not

    def test_a_part_is_the_beginning_of_the_whole(self) -> None:
        items = [waiting(n, cost=n % 7, left=30 + 11 * n % 200) for n in range(30)]
        terms = Terms(people=3, ahead=0.1, oldest=100, day=DAY)
        assert in_order(items, terms, count=30)[:5] == in_order(items, terms, count=5)


class TestChances:
    def test_done_in_time_is_even_at_the_mean(self) -> None:
        assert made(20, 20, 5) == pytest.approx(0.5)
        assert (made(20, 20, 0), made(19.9, 20, 0)) == (1, 0)

    @pytest.mark.parametrize(
        ("left", "minutes", "spread", "turn"), [(60, 20, 5, 30), (25, 20, 8, 10), (15, 20, 8, 60)]
    )
    def test_the_chance_to_miss_is_what_drawing_lots_gives(
        self, left: float, minutes: float, spread: float, turn: float
    ) -> None:
        chance = random.Random(7)
        draws = 200_000
        missed = sum(
            (handling := chance.gauss(minutes, spread)) <= left
            and handling + chance.expovariate(1 / turn) > left
            for _ in range(draws)
        )
        assert missed_by_turn(left, minutes, spread, turn) == pytest.approx(
            missed / draws, abs=0.005
        )

    def test_without_spread_it_is_the_exponential_of_apparent_tardiness_cost(self) -> None:
        assert missed_by_turn(80, 20, 0, 30) == pytest.approx(math.exp(-2), abs=1e-4)

    def test_it_holds_at_the_edges(self) -> None:
        for left in (-1e6, -1.0, 0.0, 1.0, 1e6):
            for spread in (0.0, 1e-9, 1.0, 1e6):
                for turn in (1e-6, 1.0, 1e6):
                    assert 0 <= missed_by_turn(left, 20, spread, turn) <= 1

    def test_an_hour_costs_the_cut_off_it_misses(self) -> None:
        item = waiting(1, spread=0, left=79)
        assert cost_of_waiting(item, minutes=60, day=DAY) == 100
        assert cost_of_waiting(waiting(1, spread=0, left=80), minutes=60, day=DAY) == 0


class TestOldestInTurn:
    def test_it_is_the_work_that_stands_before_the_last_one(self) -> None:
        assert oldest_in_turn([(0, 30), (10, 30), (100, 10)], people=1) == 50

    def test_two_work_it_off_in_half_the_time(self) -> None:
        assert oldest_in_turn([(0, 30), (10, 30)], people=2) == 20

    def test_nothing_came_and_nothing_is_old(self) -> None:
        assert oldest_in_turn([], people=3) == 0
