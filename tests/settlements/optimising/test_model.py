"""What may settle: parts, owners, credit, holds and links, each at its border."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

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

FIRM, CLIENT, OTHER = 1, 2, 3
SHARE, MONEY, PLACE = 10, 643, 1
ALL = Objective(aim=Aim.VALUE)


def sale(
    quantity: int,
    *,
    id: int = 1,
    owner: int = FIRM,
    minimum: int | None = None,
    price: int = 10,
    **more: Any,
) -> Instruction:
    """The owner sells to OTHER at a whole price."""
    return Instruction(
        id=id, quantity=quantity, minimum=minimum, value=quantity * price,
        delivery=Movement(Holding(owner, PLACE, SHARE), Holding(OTHER, PLACE, SHARE), quantity),
        payment=Movement(Holding(OTHER, PLACE, MONEY), Holding(owner, PLACE, MONEY), quantity * price),
        **more,
    )  # fmt: skip


def queue(
    *instructions: Instruction, shares: int = 0, money: int = 10**9, links: tuple[Link, ...] = ()
) -> Queue:
    balances = {Holding(FIRM, PLACE, SHARE): shares, Holding(OTHER, PLACE, MONEY): money}
    return Queue(instructions=instructions, balances=balances, links=links)


def settled(asked: Queue, objective: Objective = ALL) -> dict[int, int]:
    return dict(optimise(asked, objective).settled)


def test_rules_2_l2_a_position_short_by_100_of_1000_settles_900_from_a_minimum_of_500() -> None:
    assert settled(queue(sale(1_000, minimum=500), shares=900)) == {1: 900}


def test_rules_2_l3_with_a_minimum_of_950_nothing_settles() -> None:
    assert settled(queue(sale(1_000, minimum=950), shares=900)) == {}


@pytest.mark.parametrize(("money", "expected"), [(9_000, {1: 900}), (8_999, {1: 899}), (4_999, {})])
def test_money_cuts_a_part_too(money: int, expected: dict[int, int]) -> None:
    assert settled(queue(sale(1_000, minimum=500), shares=1_000, money=money)) == expected


@pytest.mark.parametrize(("money", "part"), [(333, 1), (332, 0), (667, 2), (666, 1), (1_000, 3)])
def test_money_of_a_part_is_in_proportion_rounded_half_up(money: int, part: int) -> None:
    each = sale(3, minimum=1)
    assert each.payment is not None
    each = replace(each, payment=each.payment._replace(amount=1_000), value=1_000)

    assert settled(queue(each, shares=3, money=money)) == ({1: part} if part else {})


def test_a_lot_is_not_broken() -> None:
    assert settled(queue(sale(1_000, minimum=200, lot=100), shares=950)) == {1: 900}


def test_what_a_client_holds_never_covers_the_firm_s_delivery() -> None:
    asked = queue(sale(100, owner=FIRM), sale(100, id=2, owner=CLIENT))
    asked = replace(asked, balances=dict(asked.balances) | {Holding(CLIENT, PLACE, SHARE): 1_000})

    assert settled(asked) == {2: 100}


def test_a_credit_line_is_used_to_its_last_unit_and_not_beyond() -> None:
    short = queue(sale(100), shares=100, money=900)

    assert settled(replace(short, credit={Holding(OTHER, PLACE, MONEY): 100})) == {1: 100}
    assert settled(replace(short, credit={Holding(OTHER, PLACE, MONEY): 99})) == {}


def test_what_is_below_zero_already_goes_no_lower() -> None:
    assert settled(queue(sale(100), shares=-5)) == {}


def test_what_is_held_stays() -> None:
    assert settled(queue(sale(100, held=True), sale(100, id=2), shares=200)) == {2: 100}


@pytest.mark.parametrize(
    ("kind", "expected"),
    [(LinkKind.WITH, {}), (LinkKind.BEFORE, {1: 60}), (LinkKind.AFTER, {})],
)
def test_a_link_to_one_that_cannot_settle(kind: LinkKind, expected: dict[int, int]) -> None:
    other = sale(100, id=2, owner=CLIENT)

    assert settled(queue(sale(60), other, shares=60, links=(Link(kind, 1, 2),))) == expected


def test_a_priority_takes_everything_that_a_lower_one_could_use() -> None:
    asked = queue(sale(100), sale(60, id=2, priority=1), shares=100)

    assert settled(asked, ALL) == {1: 100}
    assert settled(asked, Objective()) == {2: 60}


def test_a_client_goes_before_the_firm_and_age_before_youth_for_the_same_amount() -> None:
    young, old = sale(100), sale(100, id=2, days=1)

    assert settled(queue(young, old, shares=100), Objective()) == {2: 100}
    assert settled(queue(replace(young, client=True), old, shares=100), Objective()) == {1: 100}


def test_whom_three_runs_left_out_goes_before_more_value() -> None:
    more, less = sale(100), sale(60, id=2, skipped=2)

    assert settled(queue(more, less, shares=100), Objective()) == {1: 100}
    assert settled(queue(more, replace(less, skipped=3), shares=100), Objective()) == {2: 60}


def test_a_link_out_of_the_queue_is_refused() -> None:
    with pytest.raises(ValueError, match="out of the queue"):
        problem_of(queue(sale(1), links=(Link(LinkKind.WITH, 1, 7),)))


@pytest.mark.parametrize("aim", list(Aim))
def test_an_empty_queue_and_one_of_which_all_is_held_settle_nothing(aim: Aim) -> None:
    assert settled(Queue(instructions=(), balances={}), Objective(aim=aim)) == {}
    assert settled(queue(sale(5, held=True), shares=10), Objective(aim=aim)) == {}
