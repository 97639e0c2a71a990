"""How many items of a kind will come: from what is known to be on its way, and from what came before. Pure.

For each kind, and for each number of days ahead, arrivals are a linear function of what was known in the morning
of the drivers of that day and of the day before it, of the weekday, of the ends of the month and of how many came
lately. Its coefficients are fitted to the mornings before, each with what was known then, by least squares with a
penalty (ridge). Penalty and band both come from errors of mornings left out: of a linear smoother they are
e / (1 - h), so no second fit is needed (Allen's PRESS). Nothing here reads a fact: what is not among the arguments
cannot be known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

DAYS_AHEAD = 10  # business days, of which today is the first
LEVEL_DAYS = (5, 20)  # of which the level of late is the mean
LEAST_MORNINGS = 30  # below that the mean of what came is all that can be said
PENALTIES = np.geomspace(0.3, 3_000, 9)
BAND = (0.1, 0.9)  # quantiles of errors: four days of five are within
POISSON_BAND = 1.2816  # standard deviations to those quantiles


class Stream(NamedTuple):
    """Items of one kind in one queue."""

    queue: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known on a morning, and was on each morning before it, the earliest first.

    `days` are the business days of these mornings, today and those ahead, and one more. `arrivals` count the items
    of each kind and queue on every day before today, `so_far` on each day up to its morning, today included.
    `drivers` have a row for each morning: what was known then of the day before it, of itself and of those ahead.
    """

    days: Sequence[date]
    arrivals: Mapping[Stream, Sequence[int]]
    so_far: Mapping[Stream, Sequence[int]]
    drivers: Mapping[str, NDArray[np.int64]]

    @property
    def mornings(self) -> int:
        """How many came before today."""
        return len(self.days) - DAYS_AHEAD - 1


class Expected(NamedTuple):
    """Of one kind or queue and day: how many, and between which numbers four times of five."""

    number: float
    low: float
    high: float


class Fitted(NamedTuple):
    """What a fit says of the day asked about, and how wrong it is of days that it was not told of."""

    number: float
    errors: Numbers
    said: Numbers


def forecast(known: Known) -> dict[Stream, list[Fitted]]:
    """For each kind what to expect on each of the days ahead, today first."""
    return {
        kind: [_ahead(known, kind, ahead) for ahead in range(DAYS_AHEAD)] for kind in known.arrivals
    }


def together(fits: Sequence[Fitted]) -> Expected:
    """Kinds added up: their errors of one day belong together, so the band is of the sum.

    Errors grow with the root of what comes, as those of counts do.
    """
    number = max(sum(each.number for each in fits), 0.0)
    said = np.maximum(sum((each.said for each in fits), np.zeros(1)), 1.0)
    errors = sum((each.errors for each in fits), np.zeros(1)) / np.sqrt(said)
    low, high = np.quantile(errors, BAND) * np.sqrt(max(number, 1.0))
    return Expected(
        number, min(max(number + float(low), 0.0), number), max(number + float(high), number)
    )


def _ahead(known: Known, kind: Stream, ahead: int) -> Fitted:
    """A kind so many business days after today."""
    counts = np.asarray(known.arrivals[kind], dtype=np.float64)
    first, last = LEVEL_DAYS[-1], known.mornings - ahead
    least = float(known.so_far[kind][-1]) if ahead == 0 else 0.0
    if last - first < LEAST_MORNINGS:
        return _mean(counts, least)
    rows = [*range(first, last), known.mornings]
    found = _ridge(_features(known, kind, ahead, rows), counts[first + ahead : last + ahead])
    return found._replace(number=max(found.number, least))


def _mean(counts: Numbers, least: float) -> Fitted:
    """Without a history to learn from: as many as on the mean of days, and as wrong as that is of them."""
    number = float(counts.mean()) if counts.size else 0.0
    said = np.full(max(counts.size, 1), number)
    return Fitted(max(number, least), counts - number if counts.size else np.zeros(1), said)


def _features(known: Known, kind: Stream, ahead: int, mornings: Sequence[int]) -> Numbers:
    """A row for each morning: what was known then of the day so many ahead."""
    counts = np.asarray(known.arrivals[kind], dtype=np.float64)
    sums = np.concatenate(([0.0], np.cumsum(counts)))
    at = np.asarray(mornings)
    columns = [(sums[at] - sums[at - days]) / days for days in LEVEL_DAYS]
    for driver in known.drivers.values():
        columns += [driver[at, ahead], driver[at, ahead + 1]]
    if ahead == 0:
        columns.append(np.asarray(known.so_far[kind], dtype=np.float64)[at])
    columns += list(_of_calendar([known.days[morning + ahead] for morning in mornings], known.days))
    return np.column_stack(columns).astype(np.float64)


def _of_calendar(days: Sequence[date], around: Sequence[date]) -> Numbers:
    """Weekdays, and the first and last business days of a month, as ones and zeros; a row for each of these."""
    number = {day: n for n, day in enumerate(around)}
    rows = []
    for day in days:
        n = number[day]
        ends = (around[max(n - 1, 0)].month != day.month, around[n + 1].month != day.month)
        rows.append([*(day.weekday() == weekday for weekday in range(5)), *ends])
    return np.asarray(rows, dtype=np.float64).T


def _ridge(rows: Numbers, counts: Numbers) -> Fitted:
    """Fitted to all rows but the last, for which it answers, with the penalty of the least error of rows left out."""
    mean, spread = rows[:-1].mean(0), rows[:-1].std(0)
    scaled = (rows - mean)[:, spread > 0] / spread[spread > 0]
    left, singular, right = np.linalg.svd(scaled[:-1], full_matrices=False)
    level = counts.mean()
    turned = left.T @ (counts - level)
    best: Fitted | None = None
    for penalty in PENALTIES:
        kept = singular**2 / (singular**2 + penalty)
        said = level + left @ (kept * turned)
        leverage = 1 / len(counts) + (left**2) @ kept
        errors = (counts - said) / (1 - np.minimum(leverage, 0.99))
        if best is None or np.abs(errors).sum() < np.abs(best.errors).sum():
            weights = right.T @ (
                np.divide(kept, singular, where=singular > 1e-9, out=np.zeros_like(kept)) * turned
            )
            best = Fitted(float(level + scaled[-1] @ weights), errors, counts - errors)
    assert best is not None
    return best


def by_half_hour(number: float, came: Sequence[float]) -> list[Expected]:
    """A day's arrivals over its half hours, as they came on days before; the band is that of a Poisson count."""
    total = sum(came)
    shares = [count / total for count in came] if total else [0.0] * len(came)
    found = []
    for share in shares:
        expected = number * share
        spread = POISSON_BAND * expected**0.5
        found.append(Expected(expected, max(expected - spread, 0.0), expected + spread))
    return found
