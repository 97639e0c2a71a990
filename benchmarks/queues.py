"""Queues of instructions to settle, from a seed: three families of plain ones, and the rich model.

*normal*: holdings of 0 to 100 % of what would be delivered from them, cash of 10 to 60 %. *tight*: a
third of the sellers has nothing, cash of 2 to 25 %. *ring*: what each needs net is exactly there, and 5 % of
the securities holdings are halved, so that whole rings and chains hang on them.

The rich model has parts with minimums and lots, links, holds, priorities, clients, credit lines, deliveries
free of payment and payments free of delivery besides.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from settlements.optimising.model import Holding, Instruction, Link, LinkKind, Movement, Queue
from settlements.optimising.problem import ENOUGH, Ints, Problem
from settlements.optimising.weighing import Weights

FAMILIES = ("normal", "tight", "ring")
MONEY = -1  # the one currency; securities are numbered from 0


def plain(size: int, family: str, seed: int) -> tuple[Problem, list[Weights]]:
    """All or nothing, against payment, by value: made as arrays, for large sizes."""
    chance = np.random.default_rng(seed)
    many, securities, of_holder, of_security = _market(size, family, chance)
    seller = chance.choice(many, size, p=of_holder)
    buyer = (seller + 1 + chance.integers(0, many - 1, size)) % many
    security = chance.choice(securities, size, p=of_security)
    price = chance.integers(500, 50_000, securities)
    quantity = np.maximum(1, chance.lognormal(4.5, 1.2, size).astype(np.int64))
    value = quantity * price[security]
    given, taken = seller * securities + security, buyer * securities + security
    count = many * securities
    holdings, cash = _at_hand(
        family, chance, (given, taken, quantity, count), (buyer, seller, value, many)
    )
    used = np.unique(np.concatenate((given, taken)))
    number = np.full(count, -1)
    number[used] = np.arange(len(used))
    first = len(used)  # of the cash holdings
    problem = Problem(
        holding=np.stack((number[given], first + buyer, number[taken], first + seller), 1),
        amount=np.stack((quantity, value, -quantity, -value), 1),
        at_hand=np.concatenate((holdings[used], cash, [ENOUGH])),
        quantity=quantity, minimum=quantity, lot=np.ones(size, np.int64), free=np.ones(size, bool),
        parents={}, security=security, giver=seller, taker=buyer,
        cash=np.concatenate((np.zeros(first, bool), np.ones(many, bool), [False])),
    )  # fmt: skip
    return problem, [Weights(np.zeros(size, np.int64), value)]


def _market(size: int, family: str, chance: Any) -> tuple[int, int, Any, Any]:
    """How many holders and securities there are, and how often each is met."""
    if family == "ring":
        many, securities = max(10, min(100, size // 20)), max(10, min(200, size // 20))
        return many, securities, np.ones(many) / many, np.ones(securities) / securities
    many, securities = max(20, min(200, size // 50)), max(30, min(500, size // 40))
    holders, papers = chance.pareto(1.2, many) + 0.2, chance.pareto(1.0, securities) + 0.2
    return many, securities, holders / holders.sum(), papers / papers.sum()


def _at_hand(family: str, chance: Any, papers: Any, money: Any) -> tuple[Ints, Ints]:
    if family == "ring":
        holdings, cash = _net(*papers), _net(*money)
        return np.where(chance.random(len(holdings)) < 0.05, holdings // 2, holdings), cash
    shares, odds, of_cash = {
        "tight": ([0, 0.05, 0.3, 1.0], [0.35, 0.25, 0.25, 0.15], [0.02, 0.08, 0.25]),
        "normal": ([0, 0.3, 0.7, 1.0], [0.08, 0.12, 0.2, 0.6], [0.1, 0.25, 0.6]),
    }[family]
    holdings = _gross(*papers) * chance.choice(shares, papers[3], p=odds)
    cash = _gross(*money) * chance.choice(of_cash, money[3])
    return holdings.astype(np.int64), cash.astype(np.int64)


def _gross(gives: Ints, takes: Ints, amount: Ints, count: int) -> Ints:
    need = np.zeros(count, np.int64)
    np.add.at(need, gives, amount)
    return need


def _net(gives: Ints, takes: Ints, amount: Ints, count: int) -> Ints:
    need = _gross(gives, takes, amount, count)
    np.subtract.at(need, takes, amount)
    return np.maximum(need, 0)


def rich(size: int, seed: int, *, largest: int = 400, dearest: int = 40_000) -> Queue:
    """Everything that the model knows. Prices are whole, so that money of any part is."""
    chance = np.random.default_rng(seed)
    many, securities = max(3, min(200, size // 50)), max(2, min(500, size // 40))
    instructions = tuple(
        _instruction(n + 1, many, securities, largest, dearest, chance) for n in range(size)
    )
    return Queue(
        instructions=instructions, links=_links(size, chance), **_balances(instructions, chance)
    )


def _instruction(
    id: int, many: int, securities: int, largest: int, dearest: int, chance: Any
) -> Instruction:
    quantity, price = int(chance.integers(1, largest + 1)), int(chance.integers(1, dearest))
    seller = int(chance.integers(many))
    buyer = (seller + 1 + int(chance.integers(many - 1))) % many
    owner, security = int(chance.random() < 0.3), int(chance.integers(securities))
    kind = chance.random()
    in_parts = quantity > 1 and chance.random() < 0.3
    # A holder is a place of its own here; what its clients own there is another holding.
    paper = Movement(Holding(owner, seller, security), Holding(owner, buyer, security), quantity)
    money = Movement(Holding(0, buyer, MONEY), Holding(0, seller, MONEY), quantity * price)
    return Instruction(
        id=id, quantity=quantity, delivery=paper if kind < 0.95 else None,
        payment=money if kind > 0.08 else None,
        minimum=int(chance.integers(1, quantity + 1)) if in_parts else None,
        lot=int(chance.integers(1, 1 + max(1, quantity // 20))), value=quantity * price,
        penalty=quantity * int(chance.integers(1, 9)), priority=int(chance.integers(3)),
        client=owner == 1, days=int(chance.integers(5)), skipped=int(chance.integers(5)),
        held=bool(chance.random() < 0.06),
    )  # fmt: skip


def _links(size: int, chance: Any) -> tuple[Link, ...]:
    pairs = (
        [chance.choice(size, 2, replace=False) for _ in range(int(size * 0.12))] if size > 2 else []
    )
    kinds = list(LinkKind)
    return tuple(Link(kinds[int(chance.integers(3))], int(a) + 1, int(b) + 1) for a, b in pairs)


def _balances(instructions: tuple[Instruction, ...], chance: Any) -> dict[str, dict[Holding, int]]:
    need: dict[Holding, int] = {}
    for each in instructions:
        for movement in (each.delivery, each.payment):
            if movement and movement.source:
                need[movement.source] = need.get(movement.source, 0) + movement.amount
    balances, credit = {}, {}
    for holding, amount in need.items():
        shares = [0.05, 0.2, 0.5] if holding.asset == MONEY else [0, 0.3, 0.7, 1.0]
        balances[holding] = int(amount * float(chance.choice(shares)))
        if holding.asset == MONEY and chance.random() < 0.3:
            credit[holding] = amount // 10
    return {"balances": balances, "credit": credit}
