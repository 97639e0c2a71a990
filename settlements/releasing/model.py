"""What is known before a cycle of an outside place, and what is chosen for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from settlements.optimising.model import Holding, Instruction, Objective, Queue


class Why(StrEnum):
    """Why something goes now."""

    WANTED = "WANTED"  # it belongs to the best that can settle by the end of the day
    SPARE = "SPARE"  # nothing that belongs to the best waits for what it takes
    LAST = "LAST"  # the last cycle: what it takes may not be at hand, but would stay unused


class Wait(StrEnum):
    """Why something waits."""

    SHORT = "SHORT"  # what it takes is not at hand
    KEPT = "KEPT"  # what it takes is kept for what is worth more
    LINKED = "LINKED"  # only another one, without which it does not go, stops it


class Released(NamedTuple):
    """One that goes now, how much of it, and why; in the order in which they go."""

    id: int
    quantity: int
    why: Why


class Waits(NamedTuple):
    """One that waits: for which holding, and how much of it is short."""

    id: int
    why: Wait
    holding: Holding | None
    short: int


class Borrow(NamedTuple):
    """So much of a security that would earn more than its fee were it at hand: `gain` is at most that."""

    holding: Holding
    quantity: int
    gain: int
    fee: int


@dataclass(frozen=True, kw_only=True)
class Outlook:
    """What is known before a cycle.

    The other side of each instruction is outside (None). `queue.balances` are ours as the place has them;
    `sent` is what was released before, cannot be called back and is not final: what it takes is not at hand.
    Where that is taken off already, `coming` says what is under way to us, by how likely it comes.
    `chances` say, per mille, how likely the other side of an instruction delivers or pays today (absent:
    certain). `fees` are what one unit of a security costs to borrow, in thousandths of the unit of value.
    """

    queue: Queue
    objective: Objective = field(default_factory=Objective)
    sent: Sequence[Instruction] = ()
    coming: Mapping[Holding, int] = field(default_factory=dict)
    chances: Mapping[int, int] = field(default_factory=dict)
    fees: Mapping[int, int] = field(default_factory=dict)
    is_last: bool = False


@dataclass(frozen=True)
class Choice:
    """What goes, in order; what waits; and what is worth borrowing, the most first."""

    released: tuple[Released, ...]
    waiting: tuple[Waits, ...]
    borrow: tuple[Borrow, ...]
