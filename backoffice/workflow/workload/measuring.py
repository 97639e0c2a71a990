"""What was forecast against what happened, beside what anybody could have said without a model. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from backoffice.workflow.workload.forecasting import (
    DAYS_AHEAD,
    LEVEL_DAYS,
    Known,
    Stream,
    forecast,
    together,
)

Counts = Mapping[Stream, Mapping[date, int]]  # by day


class Said(NamedTuple):
    """Of one kind and day, so many business days ahead: forecasts, and what came."""

    ahead: int
    ours: float
    low: float
    high: float
    naive: float  # as on the same weekday last
    level: float  # the mean of the last days
    came: int


class Verdict(NamedTuple):
    """Errors as shares of what came (WAPE), and how often that was within the band."""

    ours: float
    naive: float
    level: float
    within: float
    days: int
    items: int

    @property
    def better(self) -> float:
        """By which share of it our error is below that of the seasonal naive forecast."""
        return 1 - self.ours / self.naive if self.naive else 0.0


def said_on(known: Known, came: Counts) -> list[Said]:
    """What a morning says of each kind and day ahead, beside what came; days that have not been are left out."""
    found = []
    for kind, fits in forecast(known).items():
        for ahead, fit in enumerate(fits):
            day = known.days[known.mornings + ahead]
            if day in came[kind]:
                expected = together([fit])
                found.append(
                    Said(ahead, *expected, naive(known, kind, ahead), level(known, kind), came[kind][day])
                )  # fmt: skip
    return found


def naive(known: Known, kind: Stream, ahead: int) -> float:
    """As many as on the last day of the same weekday that is over."""
    weekday = known.days[known.mornings + ahead].weekday()
    past = zip(reversed(known.days[: known.mornings]), reversed(known.arrivals[kind]), strict=True)
    return float(next((count for day, count in past if day.weekday() == weekday), 0))


def level(known: Known, kind: Stream) -> float:
    """As many as on the mean of the last weeks."""
    last = known.arrivals[kind][-LEVEL_DAYS[-1] :]
    return sum(last) / len(last) if last else 0.0


def verdict(said: Iterable[Said]) -> Verdict:
    """All of it together; by how many days ahead it was is for the caller to choose."""
    rows = list(said)
    items = sum(row.came for row in rows)

    def wape(numbers: Sequence[float]) -> float:
        errors = sum(abs(n - row.came) for n, row in zip(numbers, rows, strict=True))
        return errors / items if items else 0.0

    within = sum(row.low <= row.came <= row.high for row in rows)
    return Verdict(
        wape([row.ours for row in rows]), wape([row.naive for row in rows]),
        wape([row.level for row in rows]), within / len(rows) if rows else 0.0, len(rows), items,
    )  # fmt: skip


def by_days_ahead(said: Sequence[Said]) -> list[Verdict]:
    """The verdict on each number of days ahead, today first."""
    return [verdict(row for row in said if row.ahead == ahead) for ahead in range(DAYS_AHEAD)]
