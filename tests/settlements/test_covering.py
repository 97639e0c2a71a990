"""Which settlements are left when all of them together would take what is not there."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from settlements.rules import without_cover

D = Decimal
ANNA, BORIS, OWN = (1, 9), (2, 9), (3, 9)


def test_the_last_that_takes_what_is_missing_is_left() -> None:
    moves = {11: {ANNA: D(-6)}, 12: {ANNA: D(-5)}, 13: {BORIS: D(-5)}}
    assert without_cover(moves, {ANNA: D(10), BORIS: D(5)}) == {12: (ANNA, D(1))}


def test_one_unit_more_and_nothing_is_left() -> None:
    assert without_cover({11: {ANNA: D(-6)}, 12: {ANNA: D(-5)}}, {ANNA: D(11)}) == {}


def test_what_goes_round_stays_and_falls_together() -> None:
    ring = {11: {ANNA: D(-5), BORIS: D(5)}, 12: {BORIS: D(-5), OWN: D(5)},
            13: {OWN: D(-5), ANNA: D(5)}}  # fmt: skip
    nothing = dict.fromkeys((ANNA, BORIS, OWN), D(0))
    assert without_cover(ring, nothing) == {}
    assert set(without_cover({id: ring[id] for id in (11, 12)}, nothing)) == {11, 12}


def test_what_the_one_left_would_have_brought_is_missed() -> None:
    moves = {11: {BORIS: D(-3)}, 12: {ANNA: D(-8), BORIS: D(3)}}
    assert without_cover(moves, {ANNA: D(7), BORIS: D(0)}) == {12: (ANNA, D(1)), 11: (BORIS, D(3))}


_keys = st.sampled_from([ANNA, BORIS, OWN])
_moves = st.dictionaries(_keys, st.integers(-9, 9).map(D), max_size=3)


@given(
    st.lists(_moves, max_size=12),
    st.dictionaries(_keys, st.integers(0, 9).map(D), min_size=3, max_size=3),
)
def test_of_what_stays_nobody_is_below_zero_and_nobody_is_left_for_nothing(
    rows: list[dict[tuple[int, int], Decimal]], least: dict[tuple[int, int], Decimal]
) -> None:
    moves = dict(enumerate(rows))
    left = without_cover(moves, least)

    after = dict(least)
    for id in moves.keys() - left.keys():
        for key, change in moves[id].items():
            after[key] += change
    assert min(after.values()) >= 0
    assert all(moves[id][key] < 0 and short > 0 for id, (key, short) in left.items())
