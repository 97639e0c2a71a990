"""Charts that the server draws: bars as SVG, and the same numbers as a table for who cannot see them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from reporting.formats.pictures import WHOLE, Drawn
from reporting.formats.pictures import Bar as Shown

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


# Of a picture by day: from day to day, the longest bar, and the line of days under it. It is as wide as the fewest days
# at least; of more days than are spelt only the first and the last are named.
STEP, TALL, FOOT = 44, 120, 16
FEWEST, SPELT = 10, 16


class DayBar(NamedTuple):
    """A day of a picture: where its bar stands, how much of it is filled, and whether its words are written out."""

    x: int
    y: int
    height: int
    filled_y: int
    filled: int
    spelt: bool
    bar: Shown

    @property
    def label_y(self) -> int:
        return self.y - 3


class DayPicture(NamedTuple):
    days: Sequence[DayBar]
    width: int
    height: int = TALL + FOOT * 2

    @property
    def foot(self) -> int:
        return self.height - 4

    @property
    def bar_width(self) -> int:
        return STEP - 14


def days_of(drawn: Drawn) -> DayPicture:
    """The bars of a picture by day, from the left to the right."""
    last, found = len(drawn.bars) - 1, []
    for number, bar in enumerate(drawn.bars):
        height, filled = (each * TALL // WHOLE for each in (bar.length, bar.filled))
        bottom = TALL + FOOT
        spelt = last < SPELT or number in (0, last)
        found.append(
            DayBar(number * STEP, bottom - height, height, bottom - filled, filled, spelt, bar)
        )
    return DayPicture(found, max(len(drawn.bars), FEWEST) * STEP)


class BandBar(NamedTuple):
    """A bar with the band in which it is expected to end, and a mark of what came."""

    x: int
    y: int
    height: int
    band_y: int
    band: int
    mark_y: int | None
    middle: int
    label: Any
    shown: str
    spelt: bool

    @property
    def label_y(self) -> int:
        return min(self.y, self.band_y) - 3


class BandPicture(NamedTuple):
    """As wide whatever the number of bars: many are narrow, and only some of them are spelt."""

    bars: Sequence[BandBar]
    bar_width: int
    width: int = FEWEST * STEP
    height: int = TALL + FOOT * 2

    @property
    def foot(self) -> int:
        return self.height - 4


class Banded(NamedTuple):
    """A number as it is drawn and as it is written, with its band; `came` where it is known."""

    label: Any
    shown: str
    number: float
    low: float
    high: float
    came: int | None = None


def banded(points: Sequence[Banded]) -> BandPicture:
    """Bars from the left to the right; the highest end of a band takes the whole height."""
    most = max((max(each.high, each.came or 0) for each in points), default=0.0) or 1.0
    step = min(FEWEST * STEP // max(len(points), 1), STEP)
    wide, spelt_each = step * 2 // 3, -(-STEP * 2 // 3 // step)

    def tall(value: float) -> int:
        return round(value * TALL / most)

    bottom, found = TALL + FOOT, []
    for number, each in enumerate(points):
        found.append(
            BandBar(
                number * step, bottom - tall(each.number), tall(each.number), bottom - tall(each.high),
                tall(each.high) - tall(each.low), None if each.came is None else bottom - tall(each.came),
                number * step + wide // 2, each.label, each.shown, number % spelt_each == 0,
            )
        )  # fmt: skip
    return BandPicture(found, wide)
