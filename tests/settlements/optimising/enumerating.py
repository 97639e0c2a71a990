"""Every set of a small queue, enumerated: what the search has to equal. Knows the queue, not the arrays."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np

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
    """What a part takes from holdings, and (below zero) brings; whole prices only."""
    found = []
    for movement in (each.delivery, each.payment):
        if movement:
            amount = parts * (movement.amount // each.quantity)
            assert movement.amount % each.quantity == 0
            found += [
                (h, sign * amount) for h, sign in ((movement.source, 1), (movement.target, -1)) if h
            ]
    return found


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


def feasible_sets(queue: Queue) -> Any:
    """[sets, instructions]: the quantities of every set that may settle."""
    sets = linked_sets(queue)
    fits = np.ones(len(sets), bool)
    for short in lacking(queue, sets).values():
        fits &= short == 0
    return sets[fits]
