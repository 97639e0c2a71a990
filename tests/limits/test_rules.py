"""Allotting room under limits: never more than there is, all of a request or nothing of it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limits.rules import Headroom, LimitRequest, Need, allot, presettlement_amount, total_position

LIMITS = (1, 2, 3)
amounts = st.integers(0, 50).map(Decimal)
needs = st.dictionaries(st.sampled_from(LIMITS), amounts, max_size=3).map(
    lambda found: [Need(id, amount) for id, amount in sorted(found.items())]
)
requests = st.lists(st.builds(LimitRequest, needs, binding=st.booleans()), max_size=25)
rooms = st.fixed_dictionaries({id: st.integers(-20, 120).map(Decimal) for id in LIMITS})


@given(rooms, requests)
def test_what_is_left_is_what_was_there_less_what_was_granted(
    available: dict[int, Decimal], asked: list[LimitRequest]
) -> None:
    headrooms = {id: Headroom(amount) for id, amount in available.items()}
    outcomes = allot(headrooms, asked)
    for id, room in headrooms.items():
        granted = sum(
            (
                need.amount
                for request, outcome in zip(asked, outcomes, strict=True)
                for need in request.needs
                if outcome.granted and need.limit_id == id
            ),
            Decimal(0),
        )
        assert room.taken == granted
        assert room.available == available[id] - granted
        assert room.excess >= 0
        assert granted <= max(available[id], Decimal(0)) + room.excess


@given(rooms, requests)
def test_each_request_is_decided_as_if_it_came_alone_after_those_before(
    available: dict[int, Decimal], asked: list[LimitRequest]
) -> None:
    """The rule written a second time, over a plain dictionary."""
    left = dict(available)
    expected = []
    for request in asked:
        fits = all(need.amount <= left[need.limit_id] for need in request.needs)
        expected.append(fits or request.binding)
        if expected[-1]:
            for need in request.needs:
                left[need.limit_id] -= need.amount
    headrooms = {id: Headroom(amount) for id, amount in available.items()}
    assert [outcome.granted for outcome in allot(headrooms, asked)] == expected


@given(rooms, requests)
def test_without_binding_requests_no_limit_goes_beyond_its_room(
    available: dict[int, Decimal], asked: list[LimitRequest]
) -> None:
    headrooms = {id: Headroom(amount) for id, amount in available.items()}
    allot(headrooms, [LimitRequest(request.needs) for request in asked])
    for id, room in headrooms.items():
        assert room.excess == 0
        assert room.taken <= max(available[id], Decimal(0))


def test_a_refused_request_leaves_its_room_to_the_next() -> None:
    headrooms = {1: Headroom(Decimal(100)), 2: Headroom(Decimal(10))}

    def asked(one: Any, two: Any) -> LimitRequest:
        return LimitRequest([Need(1, Decimal(one)), Need(2, Decimal(two))])

    outcomes = allot(headrooms, [asked(90, 11), asked(100, 10), asked(0, 0), asked(1, 0)])
    assert [outcome.granted for outcome in outcomes] == [False, True, True, False]
    assert outcomes[0].short == {2: Decimal(1)}
    assert outcomes[3].short == {1: Decimal(1)}


def test_six_per_cent_of_the_sample_is_its_add_on() -> None:
    rate = Decimal("0.06")
    assert presettlement_amount(Decimal("312450.00"), rate=rate, minor_unit=2) == Decimal("18747")
    assert presettlement_amount(Decimal("0.08"), rate=rate, minor_unit=2) == Decimal("0.00")
    assert presettlement_amount(Decimal("0.09"), rate=rate, minor_unit=2) == Decimal("0.01")


def test_what_needs_nothing_goes_beyond_no_limit() -> None:
    """A share that rounds to nothing is no breach, however far beyond its cap the limit is already."""
    headrooms = {1: Headroom(Decimal(-50))}
    needs = [Need(1, Decimal(0)), Need(1, Decimal("0.01"))]
    nothing, little = allot(headrooms, [LimitRequest([need], binding=True) for need in needs])
    assert nothing.short == {}
    assert little.short == {1: Decimal("0.01")}
    assert headrooms[1].excess == Decimal("0.01")


@pytest.mark.parametrize(
    ("positions", "total"),
    [
        # The worked example of the shorthand method: Basel Framework, MAR40 (long 300, short 200, gold 35).
        ({"JPY": 50, "EUR": 100, "GBP": 150, "CAD": -20, "USD": -180, "XAU": -35}, 335),
        # Central Bank of Bahrain, rulebook CA-6.5.2 (long 300, short 200, gold 20).
        ({"GBP": 100, "EUR": 150, "SAR": 50, "USD": -180, "JPY": -20, "XAU": -20}, 320),
        ({"EUR": -100, "USD": 60}, 100),
        ({"XAU": 5}, 5),
        ({}, 0),
    ],
)
def test_the_total_is_the_larger_of_what_is_long_and_what_is_short(
    positions: dict[str, int], total: int
) -> None:
    signed = {code: Decimal(amount) for code, amount in positions.items()}
    assert total_position(signed, gold="XAU") == total


def test_what_turned_out_to_be_too_much_is_given_back_with_its_excess() -> None:
    room = Headroom(Decimal(-30), taken=Decimal(130), excess=Decimal(30))
    room.relieve(Decimal(50))
    assert (room.available, room.taken, room.excess) == (Decimal(20), Decimal(80), Decimal(0))
