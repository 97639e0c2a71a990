"""The queue of a plan as bytes and back, so that it is explained from exactly what was decided over. Pure."""

from __future__ import annotations

import zlib

import msgspec
import numpy as np

from settlements.optimising.model import Aim, Holding, Instruction, Link, Objective, Queue
from settlements.optimising.problem import problem_of
from settlements.optimising.weighing import weights_of
from settlements.running.deciding import Decided
from settlements.running.integers import Counted


class Kept(msgspec.Struct, frozen=True):
    """A queue in whole numbers, and how much of each instruction the plan settles."""

    instructions: tuple[Instruction, ...]
    balances: tuple[tuple[Holding, int], ...]
    credit: tuple[tuple[Holding, int], ...]
    links: tuple[Link, ...]
    places: tuple[tuple[int, int], ...]
    decimals: dict[int, int]
    sha256: str
    parts: tuple[int, ...]


def kept(decided: Decided) -> bytes:
    """What has to be kept of a decision; twenty thousand instructions take less than a megabyte."""
    counted, queue = decided.counted, decided.counted.queue
    whole = Kept(
        instructions=queue.instructions, balances=tuple(sorted(queue.balances.items())),
        credit=tuple(sorted(queue.credit.items())), links=queue.links, places=counted.places,
        decimals=dict(counted.decimals), sha256=counted.sha256, parts=tuple(decided.parts.tolist()),
    )  # fmt: skip
    return zlib.compress(msgspec.msgpack.encode(whole), 1)


def decided_of(body: bytes) -> Decided:
    """The decision again: its problem and its set. What it was held against is kept with the plan."""
    whole = msgspec.msgpack.decode(zlib.decompress(body), type=Kept)
    queue = Queue(
        instructions=whole.instructions, balances=dict(whole.balances), credit=dict(whole.credit),
        links=whole.links,
    )  # fmt: skip
    counted = Counted(queue, whole.places, whole.decimals, whole.sha256)
    parts = np.array(whole.parts, np.int64)
    (by_value,) = weights_of(whole.instructions, Objective(aim=Aim.VALUE))
    return Decided(
        counted=counted, problem=problem_of(queue), parts=parts, fifo=parts, netted=parts,
        by_value=by_value, bound=0, found=None, seconds=0.0,
    )  # fmt: skip
