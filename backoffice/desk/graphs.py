"""Small graphs that the server draws: settlements one below the other, and arcs for who waits for whom.

The picture is for those who see it; the same is said beside it in sentences, with links.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from settlements.explaining.around import Around, Because

WIDTH, HEIGHT, GAP = 340, 44, 14
LANE = 14  # between two arcs
LEFT = 62  # where the boxes begin: arcs have the room before it
LANES = 4


class Node(NamedTuple):
    """A settlement as a box: where it stands, and what is written in it."""

    y: int
    reference: str
    line: str
    tone: str  # of its state, as badges have it
    is_middle: bool


class Arc(NamedTuple):
    """From who waits to whom it waits for, along a lane of its own."""

    path: str
    dash: bool  # it is no link, but lacks something
    both: bool


class Drawn(NamedTuple):
    nodes: Sequence[Node]
    arcs: Sequence[Arc]
    width: int
    height: int

    @property
    def left(self) -> int:
        return LEFT

    @property
    def box(self) -> tuple[int, int]:
        return WIDTH - LEFT - 2, HEIGHT


def drawn(around: Around, written: Callable[[int], tuple[str, str, str]]) -> Drawn:
    """Draw a graph; `written(id)` gives the reference, the second line and the tone of a settlement."""
    top = {id: 2 + n * (HEIGHT + GAP) for n, id in enumerate(around.order)}
    nodes = []
    for id in around.order:
        reference, line, tone = written(id)
        nodes.append(Node(top[id], reference, line, tone, id == around.middle))
    arcs: list[Arc] = []
    taken: dict[int, list[tuple[int, int]]] = {}
    spans = sorted(around.edges, key=lambda e: abs(top[e.waiting] - top[e.awaited]))
    for edge in spans:
        start, end = top[edge.waiting] + HEIGHT // 2, top[edge.awaited] + HEIGHT // 2
        lane = _lane(taken, min(start, end), max(start, end))
        # Two arcs at one box leave it beside each other.
        turn = -4 if start > end else 4
        arcs.append(
            Arc(
                _path(start + turn, end - turn, lane),
                edge.because == Because.BRINGS,
                edge.because == Because.WITH,
            )
        )
    return Drawn(nodes, arcs, WIDTH, len(nodes) * (HEIGHT + GAP) - GAP + 4)


def _lane(taken: dict[int, list[tuple[int, int]]], low: int, high: int) -> int:
    """The first lane in which nothing crosses; the last one where all are taken."""
    for lane in range(LANES):
        if all(high <= one or low >= other for one, other in taken.get(lane, ())):
            break
    taken.setdefault(lane, []).append((low, high))
    return lane


def _path(start: int, end: int, lane: int) -> str:
    x = LEFT - 10 - LANE * (lane + 1) + 6
    bend = 6 if end > start else -6
    return (
        f"M{LEFT} {start} H{x + 6} Q{x} {start} {x} {start + bend}"
        f" V{end - bend} Q{x} {end} {x + 6} {end} H{LEFT - 4}"
    )
