"""The played depository: both sides or nothing, parts after wholes, and reasons for what waits."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from backoffice.connectors.simulator.books import Books
from backoffice.connectors.simulator.terms import Account, Event, Instructed, Why


def instructed(
    number: int, *, delivers: bool = True, quantity: int = 10, **more: Any
) -> Instructed:
    values = {
        "reference": f"S-{number}", "party": "US", "counterparty": "THEY", "delivers": delivers,
        "asset": "GAZP", "money": "RUB", "left": Decimal(quantity),
        "amount_left": Decimal(quantity * 100),
    }  # fmt: skip
    return Instructed(**{**values, **more})


def books(**balances: int) -> Books:
    """`us_gazp=10` is what we hold of GAZP."""
    found = Books()
    for name, quantity in balances.items():
        party, asset = name.upper().split("_")
        found.balances[Account(party, asset)] = Decimal(quantity)
    return found


def test_both_sides_have_it_or_nothing_moves() -> None:
    place = books(us_gazp=10, they_rub=999)
    place.instruct(instructed(1))
    (advice,) = place.run_cycle()
    assert (advice.event, advice.reasons) == (Event.PENDING, (Why.CMON,))
    assert place.run_cycle() == []  # the same is not said again
    place.balances[Account("THEY", "RUB")] += 1
    (advice,) = place.run_cycle()
    assert (advice.event, advice.quantity) == (Event.SETTLED, Decimal(10))
    assert (place.has("US", "RUB"), place.has("THEY", "GAZP")) == (Decimal(1000), Decimal(10))
    assert place.has("US", "GAZP") == place.has("THEY", "RUB") == 0


def test_reasons_are_seen_from_who_instructed() -> None:
    place = books()
    place.instruct(instructed(1))
    place.instruct(instructed(2, delivers=False))
    reasons = {each.reference: each.reasons for each in place.run_cycle()}
    assert reasons == {"S-1": (Why.LACK, Why.CMON), "S-2": (Why.CLAC, Why.MONY)}


def test_what_settles_lets_the_next_settle_in_the_same_cycle() -> None:
    place = books(us_gazp=10, they_rub=1000, they_lkoh=10)
    place.instruct(instructed(1, delivers=False, asset="LKOH"))  # paid with what the second brings
    place.instruct(instructed(2))
    assert {each.reference for each in place.run_cycle()} == {"S-1", "S-2"}


def test_a_part_settles_where_it_may_and_the_last_takes_the_rest_of_the_money() -> None:
    """L2 (rules, section 2): 900 of 1,000 are there, parts are allowed from 500."""
    place = books(us_gazp=900, they_rub=10**6)
    each = instructed(
        1, quantity=1000, partial_allowed=True, minimum=Decimal(500), amount_left=Decimal("333.33")
    )
    place.instruct(each)
    (part, pending) = place.run_cycle()
    assert (part.event, part.quantity) == (Event.PART, Decimal(900))
    assert (pending.event, pending.reasons) == (Event.PENDING, (Why.LACK,))
    assert each.amount_left == Decimal("33.33")
    place.balances[Account("US", "GAZP")] = Decimal(100)
    (last,) = place.run_cycle()
    assert (last.event, last.quantity) == (Event.SETTLED, Decimal(100))
    assert place.has("US", "RUB") == Decimal("333.33")


def test_below_its_minimum_nothing_settles() -> None:
    """L3: at least 950."""
    place = books(us_gazp=900, they_rub=10**6)
    place.instruct(instructed(1, quantity=1000, partial_allowed=True, minimum=Decimal(950)))
    assert [each.event for each in place.run_cycle()] == [Event.PENDING]


def test_priority_goes_before_arrival() -> None:
    place = books(us_gazp=10, they_rub=10**6)
    place.instruct(instructed(1))
    place.instruct(instructed(2, priority=1))
    assert {e.reference: e.event for e in place.run_cycle()} == {
        "S-2": Event.SETTLED, "S-1": Event.PENDING,
    }  # fmt: skip


def test_at_its_cut_off_the_rest_is_failing_and_what_others_bring_comes_in_its_cycle() -> None:
    place = books(us_gazp=20, they_rub=1000)
    place.coming[1] = {Account("THEY", "RUB"): Decimal(500)}
    place.instruct(instructed(1))
    place.instruct(instructed(2, quantity=5))
    place.instruct(instructed(3, quantity=5))
    assert [e.event for e in place.run_cycle()] == [Event.SETTLED, Event.PENDING, Event.PENDING]
    events = {e.reference: e.event for e in place.run_cycle(is_last=True)}
    assert events == {"S-2": Event.SETTLED, "S-3": Event.FAILING}
    assert place.withdraw("S-3")
    assert not place.withdraw("S-2")
