"""A queue of instructions over what is at hand: the question that an optimiser answers.

Quantities and amounts are integers, in the smallest unit of their asset. Everything chosen settles
at once, so what one instruction brings another may use, in a ring too; a balance is only looked at
after all of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple


class Holding(NamedTuple):
    """What one owner holds of one asset (a security or a currency) at one place.

    The owner is part of it: what clients hold is another holding than the firm's, and nothing here
    lets one stand in for the other.
    """

    owner: int
    place: int
    asset: int


class Movement(NamedTuple):
    """So much leaves one holding for another; None is outside our books, where nothing is checked."""

    source: Holding | None
    target: Holding | None
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Instruction:
    """Securities against money (DVP), securities alone (FOP) or money alone (PFOD).

    `quantity` is what may settle now: of a held instruction, the part that was released. A part of
    it settles if `minimum` is below it: at least that, and whole `lot`s beyond. Money of a part is
    in proportion, rounded half up. `value` is what it is worth in the currency of comparison, `penalty`
    what settling it saves a day. `days` it has waited since its due date, and `skipped` runs.
    """

    id: int
    quantity: int
    delivery: Movement | None = None
    payment: Movement | None = None
    minimum: int | None = None
    lot: int = 1
    value: int = 0
    penalty: int = 0
    priority: int = 0
    client: bool = False
    days: int = 0
    skipped: int = 0
    held: bool = False


class LinkKind(StrEnum):
    BEFORE = "BEFORE"  # the instruction settles before the linked one: that one only with it
    AFTER = "AFTER"  # the instruction settles after the linked one: only with it
    WITH = "WITH"  # both or neither


class Link(NamedTuple):
    """A tie between two instructions of the queue, which then settle whole or not at all."""

    kind: LinkKind
    instruction: int
    linked: int


class Aim(StrEnum):
    """What the chosen set has most of."""

    VALUE = "VALUE"
    COUNT = "COUNT"
    PENALTY = "PENALTY"
    PRIORITY = "PRIORITY"


@dataclass(frozen=True, slots=True, kw_only=True)
class Objective:
    """What is best. PRIORITY goes class by class: no lower class takes anything from a higher one.

    Within a class it is value, raised by `client_percent` for a client's instruction and by
    `day_percent` for each day that it waited, of at most `most_days`. Every `skipped_runs` runs
    that left an instruction out raise it by one class, so that none starves. The percents are the
    firm's, dated and approved: they are no constants of this module.
    """

    aim: Aim = Aim.PRIORITY
    client_percent: int = 10
    day_percent: int = 2
    most_days: int = 30
    skipped_runs: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """Instructions in the order of arrival, what is at hand, and how far below zero it may go.

    `balances` are free to use: settled, neither blocked nor pledged. A holding that is not named
    has nothing.
    """

    instructions: tuple[Instruction, ...]
    balances: Mapping[Holding, int]
    credit: Mapping[Holding, int] = field(default_factory=dict)
    links: tuple[Link, ...] = ()
