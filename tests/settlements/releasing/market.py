"""A day at an outside place: our queue, balances of others that we do not see, and policies of releasing.

What a policy sees is our own: instructions, our balances, what the place told us, and how often each
counterparty delivered before.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from decimal import Decimal

from backoffice.connectors.simulator.books import Books
from backoffice.connectors.simulator.terms import Account, Advice, Instructed
from settlements.optimising.effort import Effort
from settlements.optimising.model import (
    Aim,
    Holding,
    Instruction,
    Movement,
    Objective,
    Queue,
)
from settlements.releasing.chances import Owes, chances_today
from settlements.releasing.choosing import choose
from settlements.releasing.model import Outlook

OURS, MONEY, PLACE = "US", "RUB", 1
CYCLES = 12


@dataclass(frozen=True, kw_only=True)
class Family:
    """How tight a day is: shares of what each side has to give that it has in the morning."""

    cash: float
    securities: float
    theirs: float
    late: float = 0.3  # of what others have, comes in later cycles
    size: int = 100
    parts: float = 0.0


FAMILIES = {
    "short of cash": Family(cash=0.15, securities=0.8, theirs=0.8),
    "short of securities": Family(cash=0.6, securities=0.25, theirs=0.8),
    "turning over": Family(cash=0.05, securities=0.1, theirs=0.9),
    "in parts": Family(cash=0.3, securities=0.4, theirs=0.6, parts=0.5),
}


@dataclass
class Day:
    """What stands at the place in the morning, what we want to settle, and what is known of the others."""

    books: Books
    wanted: dict[str, Instructed]
    history: dict[str, tuple[int, int]]  # of each counterparty: sent, and settled of them
    told: dict[str, Advice] = field(default_factory=dict)


def make(seed: int, family: Family, *, securities: int = 12, others: int = 20) -> Day:
    """A day by its seed."""
    chance = random.Random(seed)
    names = [f"SEC-{n}" for n in range(securities)]
    price = {each: chance.randint(20, 900) for each in names}
    parties = [f"CP-{n}" for n in range(others)]
    reliable = {
        each: min(max(family.theirs * chance.uniform(0.4, 1.4), 0.05), 1.0) for each in parties
    }
    wanted: dict[str, Instructed] = {}
    for n in range(family.size):
        asset = names[min(int(chance.expovariate(0.3)), securities - 1)]
        quantity = max(int(chance.lognormvariate(4, 0.9)), 1)
        reference = f"S-{n + 1}"
        wanted[reference] = Instructed(
            reference=reference, party=OURS, counterparty=chance.choice(parties),
            delivers=chance.random() < 0.5, asset=asset, money=MONEY, left=Decimal(quantity),
            amount_left=Decimal(quantity * price[asset] * chance.randint(95, 105) // 100),
            partial_allowed=chance.random() < family.parts, lot=Decimal(1),
            minimum=Decimal(max(quantity // 5, 1)),
        )  # fmt: skip
    books = Books()
    _fund(books, wanted, family, reliable, chance)
    history = {}
    for each in parties:
        sent = chance.randint(5, 40)
        history[each] = (sent, sum(chance.random() < reliable[each] for _ in range(sent)))
    return Day(books, wanted, history)


def _fund(
    books: Books, wanted: Mapping[str, Instructed], family: Family,
    reliable: Mapping[str, float], chance: random.Random,
) -> None:  # fmt: skip
    need: dict[Account, int] = {}
    for each in wanted.values():
        giver, _, payer, _ = each.sides()
        for account, amount in (
            (Account(giver, each.asset), each.left), (Account(payer, MONEY), each.amount_left),
        ):  # fmt: skip
            need[account] = need.get(account, 0) + int(amount)
    for account, needed in sorted(need.items()):
        if account.party == OURS:
            share = family.cash if account.asset == MONEY else family.securities
            books.balances[account] = Decimal(int(needed * share * chance.uniform(0.7, 1.3)))
            continue
        have = int(needed * min(reliable[account.party] * chance.uniform(0.6, 1.4), 1.2))
        late = int(have * family.late * chance.random())
        books.balances[account] = Decimal(have - late)
        if late:
            cycle = chance.randint(1, CYCLES - 1)
            books.coming.setdefault(cycle, {})[account] = Decimal(late)


QUICK = Effort(passes=(), enough=0.99, whole_gap=1e-3, whole_nodes=20)
Policy = Callable[[Day, int], Sequence[str]]


def play(day: Day, policy: Policy, cycles: int = CYCLES) -> int:
    """The value settled by the end of the day: money of ours that moved against securities."""
    day = deepcopy(day)
    whole = {reference: each.amount_left for reference, each in day.wanted.items()}
    for cycle in range(cycles):
        for reference in policy(day, cycle):
            day.books.instruct(day.wanted[reference])
        for advice in day.books.run_cycle(is_last=cycle == cycles - 1):
            day.told[advice.reference] = advice
        assert all(amount >= 0 for amount in day.books.balances.values())
    return int(sum(whole[r] - day.wanted[r].amount_left for r in whole))


def everything_at_once(day: Day, cycle: int) -> Sequence[str]:
    return list(day.wanted) if cycle == 0 else []


def first_in_first_out(day: Day, cycle: int) -> Sequence[str]:
    """In the order of arrival what is covered by what is neither used nor sent."""
    hand = dict(day.books.balances)
    for each in day.books.waiting.values():
        account, amount = _needs(each)
        hand[account] = hand.get(account, Decimal(0)) - amount
    going = []
    for reference, each in day.wanted.items():
        if reference in day.books.waiting or not each.left:
            continue
        account, amount = _needs(each)
        if hand.get(account, Decimal(0)) >= amount:
            hand[account] -= amount
            going.append(reference)
    return going


def first_then_all(day: Day, cycle: int) -> Sequence[str]:
    """The same, and in the last cycle everything that is left: a stronger rival than either."""
    going = list(first_in_first_out(day, cycle))
    if cycle == CYCLES - 1:
        gone = set(going)
        going += [
            r for r, e in day.wanted.items()
            if e.left and r not in day.books.waiting and r not in gone
        ]  # fmt: skip
    return going


def _needs(each: Instructed) -> tuple[Account, Decimal]:
    if each.delivers:
        return Account(OURS, each.asset), each.left
    return Account(OURS, MONEY), each.amount_left


def optimised(day: Day, cycle: int, cycles: int = CYCLES) -> Sequence[str]:
    waiting = [e for r, e in day.wanted.items() if e.left and r not in day.books.waiting]
    sent = list(day.books.waiting.values())
    lacked = [
        _owes(each)
        for each in day.wanted.values()
        if each.left and each.reference in day.told
        and {"CLAC", "CMON"} & set(day.told[each.reference].reasons)
    ]  # fmt: skip
    owes = {int(each.reference[2:]): _owes(each) for each in [*waiting, *sent]}
    likely = chances_today(owes, day.history, lacked)
    queue = Queue(
        instructions=tuple(_instruction(e) for e in waiting),
        balances={
            _holding(account.asset): int(amount)
            for account, amount in day.books.balances.items() if account.party == OURS
        },
    )  # fmt: skip
    outlook = Outlook(
        queue=queue, objective=Objective(aim=Aim.VALUE), sent=[_instruction(e) for e in sent],
        chances=likely, is_last=cycle == cycles - 1,
    )  # fmt: skip
    return [f"S-{each.id}" for each in choose(outlook, QUICK).released]


def _owes(each: Instructed) -> Owes:
    if each.delivers:
        return Owes(each.counterparty, each.money, int(each.amount_left))
    return Owes(each.counterparty, each.asset, int(each.left))


def _holding(asset: str) -> Holding:
    return Holding(1, PLACE, 0 if asset == MONEY else 1 + int(asset[4:]))


def _instruction(each: Instructed) -> Instruction:
    ours: tuple[Holding | None, Holding | None] = (_holding(each.asset), None)
    paid: tuple[Holding | None, Holding | None] = (None, _holding(MONEY))
    if not each.delivers:
        ours, paid = ours[::-1], paid[::-1]
    return Instruction(
        id=int(each.reference[2:]), quantity=int(each.left), value=int(each.amount_left),
        delivery=Movement(*ours, int(each.left)), payment=Movement(*paid, int(each.amount_left)),
    )  # fmt: skip
