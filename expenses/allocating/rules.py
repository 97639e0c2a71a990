"""Sharing out the cost of centres, step by step. Pure.

The step-down method: centres are closed one after the other in the order of their keys; what a centre has by then, its
own cost and what it took from those before it, goes to everybody after it by its key, and nothing comes back to it.
Each step is split by the largest remainder, so that desks and what stays sum to what the centres cost, to the kopeck.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from backoffice.kernel.rounding import allocate

ZERO, CENT = Decimal(0), Decimal("0.01")
Target = tuple[str, int]  # ("centre", 3) or ("book", 7)


class Key(NamedTuple):
    """A centre with the weights of those it is shared out to."""

    centre: Target
    weights: Mapping[Target, Decimal]


class Moved(NamedTuple):
    """What one step gave to whom."""

    centre: Target
    target: Target
    weight: Decimal
    amount: Decimal


class Shared(NamedTuple):
    """What everybody has at the end, and by which steps; a centre without a key keeps what it has."""

    at: Mapping[Target, Decimal]
    moves: Sequence[Moved]


def step_down(costs: Mapping[Target, Decimal], keys: Sequence[Key], minor_unit: int) -> Shared:
    """Close the centres in the order of their keys. What nobody after a centre counts for stays with it."""
    at, moves, closed = dict(costs), list[Moved](), set[Target]()
    for key in keys:
        closed.add(key.centre)
        amount = at.get(key.centre, ZERO)
        takers = [
            (target, weight)
            for target, weight in sorted(key.weights.items())
            if weight > 0 and target not in closed
        ]
        if not amount or not takers:
            continue
        parts = allocate(amount, [weight for _target, weight in takers], minor_unit)
        at[key.centre] = ZERO
        for (target, weight), part in zip(takers, parts, strict=True):
            at[target] = at.get(target, ZERO) + part
            moves.append(Moved(key.centre, target, weight, part))
    return Shared({target: amount for target, amount in at.items() if amount}, moves)


def per_deal(amount: Decimal, deals: int) -> Decimal | None:
    """What a deal of a desk costs, to a hundredth, half up; of no deals there is none."""
    return (amount / deals).quantize(CENT, ROUND_HALF_UP) if deals else None
