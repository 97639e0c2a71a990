"""Charts that the server draws: bars as SVG, and the same numbers as a table for who cannot see them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

HEIGHT, WIDTH, GAP = 96, 16, 4


class Bar(NamedTuple):
    """A bar of the chart: where it stands, how high it is, and what it says."""

    x: int
    y: int
    height: int
    label: Any
    value: int
    strong: bool  # something began here


class Chart(NamedTuple):
    bars: Sequence[Bar]
    width: int
    height: int
    most: int

    @property
    def bar_width(self) -> int:
        return WIDTH

    @property
    def widest(self) -> int:
        """Few bars stay bars: drawn no more than twice as wide as they are thought of."""
        return self.width * 2


def bars(points: Sequence[tuple[Any, int, bool]]) -> Chart:
    """A bar for each (label, value, strong); the highest value takes the whole height."""
    most = max((value for _, value, _ in points), default=0)
    found = []
    for number, (label, value, strong) in enumerate(points):
        height = value * HEIGHT // most if most else 0
        x = number * (WIDTH + GAP)
        found.append(Bar(x, HEIGHT - height, height, label, value, strong))
    return Chart(found, max(len(points) * (WIDTH + GAP) - GAP, 0), HEIGHT, most)
