"""What is released: nothing is spent twice or in advance, and what lets others go goes before."""

from __future__ import annotations

from collections import Counter
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
from settlements.releasing.chances import Owes, chance_of, chances_today
from settlements.releasing.choosing import choose
from settlements.releasing.model import Outlook, Wait, Why
from tests.settlements.releasing.market import (
    FAMILIES,
    everything_at_once,
    first_in_first_out,
    make,
    optimised,
    play,
)
from tests.sizes import SOAK

MONEY, SHARE, BOND = (Holding(1, 1, asset) for asset in (0, 1, 2))
VALUE = Objective(aim=Aim.VALUE)


def delivery(id: int, quantity: int, amount: int, of: Holding = SHARE, **more: Any) -> Instruction:
    return Instruction(
        id=id, quantity=quantity, value=amount, delivery=Movement(of, None, quantity),
        payment=Movement(None, MONEY, amount), **more,
    )  # fmt: skip


def receipt(id: int, quantity: int, amount: int, of: Holding = SHARE, **more: Any) -> Instruction:
    return Instruction(
        id=id, quantity=quantity, value=amount, delivery=Movement(None, of, quantity),
        payment=Movement(MONEY, None, amount), **more,
    )  # fmt: skip


def outlook(*instructions: Instruction, balances: dict[Holding, int], **more: Any) -> Outlook:
    links = more.pop("links", ())
    queue = Queue(instructions=instructions, balances=balances, links=links)
    return Outlook(queue=queue, **{"objective": VALUE, **more})


def ids(found: Any) -> list[int]:
    return [each.id for each in found]


def test_what_comes_in_is_not_spent_before_it_is_there() -> None:
    found = choose(outlook(delivery(1, 10, 500), receipt(2, 5, 500), balances={SHARE: 10}))
    assert ids(found.released) == [1]
    assert [(w.id, w.why, w.holding, w.short) for w in found.waiting] == [
        (2, Wait.SHORT, MONEY, 500)
    ]


def test_what_was_sent_and_is_not_final_is_not_at_hand() -> None:
    sent = [delivery(9, 8, 400)]
    found = choose(outlook(delivery(1, 10, 500), balances={SHARE: 10}, sent=sent))
    assert ids(found.released) == []
    assert found.waiting[0].short == 8


def test_what_lets_another_go_goes_before_what_is_worth_the_same() -> None:
    """Money for one of two receipts; with the bonds of the second a delivery can go."""
    queue = [receipt(1, 5, 500), receipt(2, 5, 500, of=BOND), delivery(3, 5, 600, of=BOND)]
    assert ids(choose(outlook(*queue, balances={MONEY: 500})).released) == [2]


def test_what_is_likely_goes_before_what_is_worth_little_more() -> None:
    queue = [delivery(1, 10, 1000), delivery(2, 10, 900)]
    sure = outlook(*queue, balances={SHARE: 10})
    assert ids(choose(sure).released) == [1]
    assert ids(choose(replace(sure, chances={1: 300, 2: 950})).released) == [2]


def test_what_the_best_waits_for_is_kept_for_it() -> None:
    """400 is there and 600 is likely to come: a receipt of 1,000 is waited for, not a small one made."""
    queue = [delivery(1, 10, 600), receipt(2, 5, 1000, of=BOND), receipt(3, 1, 50, of=BOND)]
    found = choose(outlook(*queue, balances={SHARE: 10, MONEY: 400}))
    assert ids(found.released) == [1]
    assert {w.id: w.why for w in found.waiting} == {2: Wait.SHORT, 3: Wait.KEPT}


def test_in_the_last_cycle_all_of_ours_goes_in_the_order_of_value() -> None:
    queue = [
        delivery(1, 10, 500), delivery(2, 10, 900), receipt(3, 1, 700, of=BOND),
        delivery(4, 10, 800, client=True),
    ]  # fmt: skip
    found = choose(outlook(*queue, balances={SHARE: 10}, is_last=True))
    assert [(each.id, each.why) for each in found.released] == [
        (2, Why.WANTED), (3, Why.LAST), (1, Why.LAST),
    ]  # fmt: skip
    assert ids(found.waiting) == [4]  # a client's goes only where the client has it


def test_linked_ones_go_together_or_wait_together() -> None:
    link = (Link(LinkKind.WITH, 1, 2),)
    queue = [delivery(1, 10, 500), delivery(2, 10, 400, of=BOND)]
    short = outlook(*queue, balances={SHARE: 10}, links=link)
    assert [(w.id, w.why) for w in choose(short).waiting] == [(1, Wait.LINKED), (2, Wait.SHORT)]
    assert ids(choose(outlook(*queue, balances={SHARE: 10, BOND: 10}, links=link)).released) == [
        1,
        2,
    ]


def test_a_part_goes_where_parts_are_allowed() -> None:
    queue = [delivery(1, 1000, 5000, minimum=500)]
    found = choose(outlook(*queue, balances={SHARE: 900}))
    assert [(each.id, each.quantity) for each in found.released] == [(1, 900)]
    assert choose(outlook(*queue, balances={SHARE: 400})).released == ()


@pytest.mark.parametrize(("fee", "borrowed"), [(20_000, 4), (60_000, 0)])
def test_a_security_is_borrowed_where_it_earns_more_than_its_fee(fee: int, borrowed: int) -> None:
    """Ten to deliver against 500, six at hand in parts: a share is worth 50 and costs 20, or 60."""
    queue = [delivery(1, 10, 500, minimum=1)]
    found = choose(outlook(*queue, balances={SHARE: 6}, fees={SHARE.asset: fee}))
    assert [each.quantity for each in found.borrow] == ([borrowed] if borrowed else [])
    assert [(each.gain, each.fee) for each in found.borrow] == ([(200, 80)] if borrowed else [])


def test_chances_come_from_what_became_of_earlier_ones() -> None:
    assert chance_of(0, 0) == 800
    assert (chance_of(1_000, 1_000), chance_of(1_000, 0)) == (999, 3)
    history = {"A": (5, 4), "B": (5, 4)}
    owes = {1: Owes("A", "RUB", 900), 2: Owes("A", "GAZP", 9), 3: Owes("B", "RUB", 900)}
    assert chances_today(owes, history) == {1: 800, 2: 800, 3: 800}
    lacked = [Owes("A", "RUB", 1_000), Owes("A", "RUB", 2_000)]
    owes = {1: Owes("A", "RUB", 1_500), 2: Owes("A", "RUB", 250), 3: Owes("A", "GAZP", 9)}
    assert chances_today(owes, history, lacked) == {1: 80, 2: 600, 3: 800}


@pytest.mark.parametrize("name", FAMILIES if SOAK else ["short of cash"])
def test_over_twenty_days_more_settles_than_at_once_or_in_order(name: str) -> None:
    """The place's books decide. The others' balances are seen by nobody, so one day may go either way."""
    policies = (optimised, everything_at_once, first_in_first_out)
    total: Counter[str] = Counter()
    for seed in range(20):
        day = make(seed, FAMILIES[name])
        for policy in policies:
            total[policy.__name__] += play(day, policy)
    best = total.pop("optimised")
    assert best > max(total.values()), total


def test_the_same_outlook_gives_the_same_choice() -> None:
    day = make(3, FAMILIES["short of cash"])
    assert list(optimised(day, 0)) == list(optimised(day, 0))
