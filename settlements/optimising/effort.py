"""How far a search goes: passes, how blocks are cut for each, and nodes. Never seconds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum


class Cut(StrEnum):
    """What stands together in a block, and by whom a large group is cut."""

    SMALLEST_SECURITIES = "smallest securities first, by giver"
    SECURITIES_BY_GIVER = "random securities, by giver"
    SECURITIES_BY_TAKER = "random securities, by taker"
    TAKERS = "takers, by giver"
    GIVERS = "givers, by taker"


EVERY = 1e9  # everything is near; no end
NOBODY = -1.0  # is near


@dataclass(frozen=True)
class Pass:
    """One pass: the share of money's price that counts, the cut, instructions in a block, and who is in one.

    In a block are those that the relaxation settles in part or that it decides otherwise than the set does,
    and who is as `near` to its price, of its weight.
    """

    price: float
    cut: Cut
    size: int
    near: float = EVERY
    gap: float = 1e-2  # of a block, to what the solver proves


@dataclass(frozen=True)
class Effort:
    """How far a search goes, in passes, iterations and nodes."""

    passes: tuple[Pass, ...]
    enough: float  # of the bound
    rounds: int = 0  # of rows for whole instructions in the relaxation
    good_start: float = 1.0  # of the bound: with less, other first sets are tried as well
    hard: float = 0.0  # of the bound: a queue is hard if first in, first out has less
    if_hard: Effort | None = None  # how far a search of a hard one goes
    times: float = EVERY  # as much work as the relaxation was may blocks be,
    work: float = 0.0  # and this much beside, for so many instructions as it was
    measured: int = 1  # with
    nodes: int = 1
    whole_up_to: int = 1_500  # instructions that are searched as one block at the end
    whole_gap: float = 1e-4
    whole_nodes: int = 200
    exact_up_to: int = 64  # instructions that are searched at once until nothing better can exist


THOROUGH = Effort(
    passes=(
        Pass(1.0, Cut.SMALLEST_SECURITIES, 1_000, gap=5e-3), Pass(0.2, Cut.SECURITIES_BY_TAKER, 1_500, gap=5e-3),
        Pass(0.5, Cut.TAKERS, 1_500, gap=5e-3), Pass(0.0, Cut.SECURITIES_BY_GIVER, 1_500, gap=5e-3),
        Pass(0.2, Cut.GIVERS, 1_500, gap=5e-3), Pass(0.0, Cut.TAKERS, 1_500, gap=5e-3),
    ),
    enough=0.999, rounds=3, times=0.0, work=5.0, measured=5_000,
)  # fmt: skip
TIGHT = Effort(
    passes=(
        Pass(1.0, Cut.SMALLEST_SECURITIES, 1_000, NOBODY), Pass(1.0, Cut.SMALLEST_SECURITIES, 1_000, 0.1),
        Pass(0.5, Cut.TAKERS, 1_500, NOBODY, 3e-3), Pass(0.8, Cut.SECURITIES_BY_GIVER, 1_500, 0.0),
        Pass(0.5, Cut.GIVERS, 1_500, 0.02),
    ),
    enough=0.985, rounds=2, good_start=0.7, times=2.8,
)  # fmt: skip
LARGE = Effort(
    passes=(
        Pass(1.0, Cut.SMALLEST_SECURITIES, 350, 0.2, 2e-2), Pass(0.5, Cut.TAKERS, 350, 0.2, 2e-2),
        Pass(0.3, Cut.SECURITIES_BY_TAKER, 350, 0.2, 2e-2), Pass(0.3, Cut.GIVERS, 350, 0.2, 2e-2),
    ),
    enough=0.98, good_start=0.85, hard=0.75, if_hard=TIGHT, times=0.0, work=0.65, measured=100_000,
)  # fmt: skip
MANY = 30_000  # instructions from which on a search is LARGE


def effort_for(size: int) -> Effort:
    """Twice as many instructions need twice the work."""
    effort = THOROUGH if size <= MANY else LARGE
    return replace(effort, work=effort.work * max(size / effort.measured, 1.0))


def work_of(iterations: int, rows: int) -> float:
    """What a relaxation was, in seconds of a machine of 2024: an iteration goes through its rows."""
    return iterations * rows * 2e-8


def block_work_of(iterations: int, instructions: int) -> float:
    """What a block was, in the same: its iterations with cuts and trials, and what building it takes."""
    return iterations / 5_800 + instructions / 65_000
