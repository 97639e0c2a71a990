"""The play of `make bench ONLY=work.order`: its bill is reckoned by hand, and the order is held to its claim."""

from __future__ import annotations

import pytest

from benchmarks.work_order import (
    BUSY,
    DAY,
    Item,
    compared,
    earliest_deadline,
    first_in_first_out,
    missed,
    month_of,
    play,
)


def item(number: int, at: float, due: float, penalty: float, took: float) -> Item:
    return Item(number, at, due, penalty, minutes=took, spread=1, took=took)


class TestPlay:
    def test_a_cut_off_is_missed_the_minute_after_it_and_again_each_day(self) -> None:
        assert [missed(100, done) for done in (99, 100, 101)] == [0, 0, 1]
        assert [missed(100, done) for done in (100 + DAY - 1, 100 + DAY)] == [1, 2]

    def test_the_bill_and_the_oldest_are_those_worked_by_hand(self) -> None:
        month = [item(0, 0, 50, 7, 30), item(1, 10, 45, 5, 30), item(2, 20, 600, 3, 30)]

        in_turn = play(month, 1, first_in_first_out)
        by_deadline = play(month, 1, earliest_deadline)

        assert in_turn.penalties == 5  # the second is done at 60
        assert in_turn.oldest == 70  # the third, done at 90
        assert by_deadline == in_turn  # nobody is there yet when the first is taken

    def test_two_take_one_each(self) -> None:
        month = [item(0, 0, 50, 7, 30), item(1, 0, 50, 5, 30), item(2, 0, 50, 3, 30)]
        assert play(month, 2, earliest_deadline).penalties == 3

    def test_a_month_is_its_seed_s_and_another_s_is_another(self) -> None:
        first, again, other = (month_of(seed, people=2, load=BUSY, days=2) for seed in (4, 4, 5))
        assert first == again
        assert first != other


class TestOurs:
    @pytest.mark.parametrize("seed", [5, 6])
    def test_late_work_costs_less_and_nothing_becomes_too_old(self, seed: int) -> None:
        """Small months of developing; what is reported comes from seeds that nobody has seen."""
        found = compared(seed, people=2, load=1.1, days=8)

        assert found.edf.penalties > 0
        assert found.ours.penalties <= 0.9 * found.edf.penalties
        assert found.ours.oldest <= 1.5 * found.fifo.oldest
