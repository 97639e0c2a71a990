"""Matching changes of a position with the lots they close, whatever the method. Pure.

A *change* adds to a position or takes from it. What finds nothing to close opens a lot: a purchase
a long one, a sale before any purchase a short one, which later purchases close. Every method gives
*pieces*: so much of one change closed so much of another. Each change is an axis from 0 to its
quantity, closed from the left; an amount of a change is cut along its axis where the pieces meet, every
cut rounded half up to the minor unit. The parts of a change therefore always sum to its amount, and
the last piece takes the residue: cost out + cost remaining = cost in, for every method.

Quantities and amounts are integers: units of the smallest quantity in play, and of the currency's
minor unit. They are of 64 bits where every product fits, and Python's own where one might not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[Any]  # int64, or object holding Python integers
Number = TypeVar("Number", int, Ints)
Flags = npt.NDArray[np.bool_]
BOUND = 2**62  # what an intermediate result of 64 bits may reach


@dataclass(frozen=True, slots=True)
class Pieces:
    """What closed what: indexes of changes, where on their axes, and how much.

    In the order of closing. The opening change always stands before the closing one.
    """

    opening: Ints
    closing: Ints
    opening_from: Ints
    closing_from: Ints
    quantity: Ints

    def __len__(self) -> int:
        return len(self.quantity)


def exact(*arrays: Ints, factor: int = 1) -> tuple[Ints, ...]:
    """The arrays as 64-bit integers if the product of their largest values and `factor` fits, else
    as Python integers: slower, and never wrong."""
    product = factor
    for array in arrays:
        product *= max(int(array.max(initial=0)), 1)
    if product < BOUND:
        return tuple(array.astype(np.int64, copy=False) for array in arrays)
    return tuple(array.astype(object) for array in arrays)


def shares(amounts: Ints, wholes: Ints, index: Ints, start: Ints, quantity: Ints) -> Ints:
    """What part of its change's amount belongs to each piece: cut along the axis, half up.

    `wholes` is the quantity of every change; `index`, `start` and `quantity` say of each piece which
    change, from where, how much. The parts of a change that is closed entirely sum to its amount.
    """
    amounts, wholes = exact(amounts, wholes, factor=4)
    start, quantity = start.astype(wholes.dtype), quantity.astype(wholes.dtype)
    amount, whole = amounts[index], wholes[index]
    upper = cut(amount, whole, start + quantity)
    lower = np.zeros_like(upper)
    if len(index) > 1:
        follows = np.concatenate(([False], (index[1:] == index[:-1]) & (start[1:] > 0)))
        np.copyto(lower[1:], upper[:-1], where=follows[1:])
        alone = np.flatnonzero(~follows & (start > 0))
    else:
        alone = np.flatnonzero(start > 0)
    lower[alone] = cut(amount[alone], whole[alone], start[alone])
    parts: Ints = upper - lower
    return parts


def cut(amount: Number, whole: Number, at: Number) -> Number:
    """The amount left of a point on the axis, half up: both are not negative."""
    found: Number = (2 * amount * at + whole) // (2 * whole)
    return found


def left_of(wholes: Ints, pieces: Pieces) -> Ints:
    """How much of each change's quantity the pieces leave open."""
    left, parts = wholes.copy(), pieces.quantity.astype(wholes.dtype)
    np.subtract.at(left, pieces.opening, parts)
    np.subtract.at(left, pieces.closing, parts)
    return left
