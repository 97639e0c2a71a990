"""How far a search goes: passes, how blocks are cut for each, and nodes. Never seconds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Cut(StrEnum):
    """What stands together in a block, and by whom a large group is cut."""

    LARGEST_SECURITIES = "largest securities, by giver"
    SECURITIES_BY_GIVER = "random securities, by giver"
    SECURITIES_BY_TAKER = "random securities, by taker"
    TAKERS = "takers, by giver"
    GIVERS = "givers, by taker"


@dataclass(frozen=True)
class Pass:
    """One pass: the share of money's price that counts, the cut, and instructions in a block."""

    price: float
    cut: Cut
    size: int


@dataclass(frozen=True)
class Effort:
    """How far a search goes, in passes and nodes."""

    passes: tuple[Pass, ...]
    near: float  # of its weight, how far from its price an instruction may be to be looked at again
    enough: float  # of the bound
    good_start: float = 1.0  # of the bound: with less, other first sets are tried as well
    gap: float = 1e-2
    nodes: int = 1
    whole_up_to: int = 1_500  # instructions that are searched as one block at the end
    whole_gap: float = 1e-4
    whole_nodes: int = 200
    exact_up_to: int = 64  # instructions that are searched at once until nothing better can exist


EVERY = 1e9  # everything is near
THOROUGH = Effort(
    passes=(
        Pass(1.0, Cut.TAKERS, 1_500), Pass(0.8, Cut.SECURITIES_BY_TAKER, 1_500),
        Pass(0.5, Cut.GIVERS, 1_500), Pass(0.2, Cut.SECURITIES_BY_GIVER, 1_500),
        Pass(0.0, Cut.TAKERS, 1_500), Pass(0.0, Cut.SECURITIES_BY_TAKER, 2_000),
    ),
    near=EVERY, enough=0.999,
)  # fmt: skip
LARGE = Effort(
    passes=(
        Pass(1.0, Cut.LARGEST_SECURITIES, 600), Pass(0.9, Cut.GIVERS, 1_000),
        Pass(0.7, Cut.TAKERS, 1_000), Pass(0.4, Cut.GIVERS, 1_000),
    ),
    near=0.2, enough=0.97, good_start=0.85,
)  # fmt: skip
MANY = 30_000  # instructions from which on a search is LARGE


def effort_for(size: int) -> Effort:
    return THOROUGH if size <= MANY else LARGE
