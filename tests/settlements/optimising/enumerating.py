"""Every set of a small queue, enumerated: what the search has to equal. Knows the queue, not the arrays."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import Any

import numpy as np

from benchmarks.queues import MONEY, rich
from settlements.optimising.model import Holding, Instruction, LinkKind, Queue

MOST = 2**16


def choices(queue: Queue) -> list[list[int]]:
    """The quantities that each instruction may settle."""
    linked = {n for link in queue.links for n in (link.instruction, link.linked)}
    found = []
    for each in queue.instructions:
        whole = each.id in linked or each.minimum is None
        least = each.quantity if whole or each.minimum is None else each.minimum
        least += (each.quantity - least) % each.lot
        parts = [] if each.held else list(range(least, each.quantity + 1, each.lot))
        found.append([0, *parts])
    return found


def is_small(queue: Queue) -> bool:
    count = 1
    for each in choices(queue):
        count *= len(each)
    return count <= MOST


def moved(each: Instruction, parts: Any) -> list[tuple[Holding, Any]]:
    """What a part takes from holdings, and (below zero) brings."""
    found = []
    for movement in (each.delivery, each.payment):
        if movement:
            amount = in_proportion(movement.amount, parts, each.quantity)
            found += [
                (h, sign * amount) for h, sign in ((movement.source, 1), (movement.target, -1)) if h
            ]
    return found


def in_proportion(amount: int, parts: Any, quantity: int) -> Any:
    """Of a part, rounded half up."""
    return (2 * amount * parts + quantity) // (2 * quantity)


def worth_of(queue: Queue, sets: Any) -> Any:
    """What each set is worth by value."""
    of_each = [in_proportion(each.value, sets[:, n], each.quantity)
               for n, each in enumerate(queue.instructions)]  # fmt: skip
    return np.sum(of_each, axis=0)


def linked_sets(queue: Queue) -> Any:
    """[sets, instructions]: the quantities of every set that breaks no link, covered or not."""
    parts = np.array(np.meshgrid(*choices(queue), indexing="ij"), np.int64)
    parts = parts.reshape(len(queue.instructions), -1).T
    place = {each.id: n for n, each in enumerate(queue.instructions)}
    good = np.ones(len(parts), bool)
    for link in queue.links:
        one, other = parts[:, place[link.instruction]] > 0, parts[:, place[link.linked]] > 0
        if link.kind != LinkKind.AFTER:
            good &= ~other | one
        if link.kind != LinkKind.BEFORE:
            good &= ~one | other
    return parts[good]


def lacking(queue: Queue, sets: Any) -> dict[Holding, Any]:
    """What each set is short of at each holding; 0 where it is covered."""
    used: dict[Holding, Any] = defaultdict(lambda: np.zeros(len(sets), np.int64))
    for n, each in enumerate(queue.instructions):
        for holding, amount in moved(each, sets[:, n]):
            used[holding] += amount
    at_hand = {h: queue.balances.get(h, 0) + queue.credit.get(h, 0) for h in used}
    return {h: np.maximum(amount - at_hand[h], 0) for h, amount in used.items()}


def uneven(seed: int) -> Queue:
    """Parts whose money does not divide, a few units for several, and little money at hand."""
    chance = np.random.default_rng(seed)
    queue = rich(4 + seed % 5, seed, largest=5, dearest=3)
    instructions = []
    for each in queue.instructions:
        amount = int(chance.integers(1, 2 * each.quantity + 1))
        payment = each.payment and each.payment._replace(amount=amount)
        minimum = 1 if chance.random() < 0.7 else None
        instructions.append(
            replace(each, payment=payment, value=amount * 7, minimum=minimum, lot=1)
        )
    balances = {
        h: int(chance.integers(3)) if h.asset == MONEY else amount
        for h, amount in queue.balances.items()
    }
    return Queue(instructions=tuple(instructions), balances=balances, links=queue.links)


def feasible_sets(queue: Queue) -> Any:
    """[sets, instructions]: the quantities of every set that may settle."""
    sets = linked_sets(queue)
    fits = np.ones(len(sets), bool)
    for short in lacking(queue, sets).values():
        fits &= short == 0
    return sets[fits]
