"""The day played by hand: who waits for whom, who brings nothing, and when money comes."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from settlements.running.at_hand import Candidate, Spot
from settlements.scenarios.rules import Due, Supposed, copies_of, more_of, play

D = Decimal
US, THEM, CENTRAL, SHARE, RUB = 1, 2, 3, 4, 5
SHARES, MONEY = Spot(1, US, CENTRAL, SHARE), Spot(1, US, CENTRAL, RUB)


def due(
    id: int, quantity: int, amount: int, *, delivers: bool = True, internal: bool = False, party: int = THEM,
    sent: bool = False, stopped: str = "", group: int = 0, after: tuple[int, ...] = (),
) -> Due:  # fmt: skip
    row = Candidate(
        id, 1, US, party, CENTRAL, internal, delivers, SHARE, D(quantity), RUB, D(amount), 5, 0,
        date(2026, 11, 30), client=False,
    )  # fmt: skip
    return Due(row, sent, stopped, group, after)


class TestPlay:
    def test_what_comes_in_is_delivered_on(self) -> None:
        """100 are bought for all our money and sold on; neither works before the other."""
        dues = [due(1, 100, 30_500), due(2, 100, 30_000, delivers=False)]
        found = play(dues, {MONEY: D(30_000)}, Supposed())
        assert (found.settled, found.fails) == ([2, 1], {})

    def test_a_party_that_brings_nothing_takes_down_what_waits_for_it(self) -> None:
        dues = [due(1, 100, 30_500, party=7), due(2, 100, 30_000, delivers=False)]
        found = play(dues, {MONEY: D(30_000)}, Supposed(silent={THEM}))
        assert (found.settled, found.fails) == ([], {2: "CLAC", 1: "LACK"})

    def test_what_we_deliver_free_needs_nothing_of_it(self) -> None:
        found = play([due(1, 100, 0)], {SHARES: D(100)}, Supposed(silent={THEM}))
        assert found.settled == [1]

    def test_what_is_sent_is_spoken_for(self) -> None:
        """The sent one waits for a party that does not pay; what it needs is not given to the next."""
        dues = [due(1, 100, 30_000, sent=True), due(2, 60, 18_000, party=7)]
        found = play(dues, {SHARES: D(100)}, Supposed(silent={THEM}))
        assert found.fails == {1: "CMON", 2: "LACK"}
        assert play(dues, {SHARES: D(160)}, Supposed(silent={THEM})).settled == [2]

    def test_to_the_cent(self) -> None:
        dues = [due(1, 1, 100, delivers=False)]
        assert play(dues, {MONEY: D("99.99")}, Supposed()).fails == {1: "MONY"}
        assert play(dues, {MONEY: D("100.00")}, Supposed()).settled == [1]

    def test_money_at_three_goes_to_what_is_left_by_then(self) -> None:
        dues = [due(1, 1, 100, delivers=False), due(2, 1, 40, delivers=False)]
        found = play(dues, {MONEY: D(50)}, Supposed(coming=({}, {MONEY: D(60)})))
        assert (found.settled, found.fails) == ([2], {1: "MONY"})
        found = play(dues, {MONEY: D(50)}, Supposed(coming=({MONEY: D(60)},)))
        assert (found.settled, found.fails) == ([1], {2: "MONY"})

    def test_those_of_a_group_go_together_or_not(self) -> None:
        dues = [due(1, 10, 0, group=1), due(2, 0, 500, delivers=False, group=1)]
        assert play(dues, {SHARES: D(10)}, Supposed()).fails == {1: "LAAW", 2: "MONY"}
        assert play(dues, {SHARES: D(10), MONEY: D(500)}, Supposed()).settled == [1, 2]

    def test_one_waits_for_another(self) -> None:
        dues = [due(1, 10, 0, after=(2,)), due(2, 5, 0)]
        assert play(dues, {SHARES: D(15)}, Supposed()).settled == [2, 1]
        assert play(dues, {SHARES: D(4)}, Supposed()).fails == {1: "LACK", 2: "LACK"}

    def test_what_is_stopped_fails_for_that(self) -> None:
        assert play([due(1, 1, 0, stopped="PREA")], {SHARES: D(1)}, Supposed()).fails == {1: "PREA"}

    def test_in_our_own_books_both_sides_have_to_have_it(self) -> None:
        theirs = Spot(1, THEM, CENTRAL, RUB)
        dues = [due(1, 10, 3_000, internal=True)]
        assert play(dues, {SHARES: D(10)}, Supposed()).fails == {1: "CMON"}
        assert play(dues, {SHARES: D(10), theirs: D(3_000)}, Supposed()).settled == [1]


@pytest.mark.parametrize(
    ("per_cent", "ids"), [("0", []), ("30", [4, 7, 10]), ("100", list(range(1, 11))), ("250", 25)]
)
def test_more_of_the_same_is_spread_over_the_queue(per_cent: str, ids: list[int] | int) -> None:
    found = [each.row.id for each in more_of([due(n, 1, 1) for n in range(1, 11)], D(per_cent))]
    assert (len(found) if isinstance(ids, int) else found) == ids


def test_copies_are_nobodys_reference() -> None:
    assert [each.row.id for each in copies_of([due(5, 1, 1, sent=True), due(5, 1, 1)])] == [-1, -2]
    assert not any(each.sent for each in copies_of([due(5, 1, 1, sent=True)]))
