"""The forecast as a function of what is known: exact where the world is, honest where it is not."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from backoffice.workflow.workload.forecasting import (
    DAYS_AHEAD,
    LEAST_MORNINGS,
    LEVEL_DAYS,
    Fitted,
    Known,
    Stream,
    forecast,
    together,
)
from backoffice.workflow.workload.measuring import naive, said_on, verdict

FAILING = Stream("clerk", "failing")
MONDAY = date(2026, 1, 5)


def weekdays(count: int) -> list[date]:
    return [MONDAY + timedelta(days=7 * (n // 5) + n % 5) for n in range(count)]


def world(mornings: int, *, share: float = 0.1, seed: int = 7) -> tuple[Known, dict[date, int]]:
    """A tenth of what falls due fails, and what falls due is known ten days before."""
    days = weekdays(mornings + DAYS_AHEAD + 1)
    due = np.random.default_rng(seed).integers(50, 400, len(days))
    came = {day: round(share * int(n)) for day, n in zip(days, due, strict=True)}
    drivers = np.zeros((mornings + 1, DAYS_AHEAD + 1), dtype=np.int64)
    for morning in range(1, mornings + 1):
        drivers[morning] = due[morning - 1 : morning + DAYS_AHEAD]
    arrivals = [came[day] for day in days[:mornings]]
    known = Known(
        days=days, arrivals={FAILING: arrivals}, so_far={FAILING: [0] * (mornings + 1)}, drivers={"due": drivers}
    )  # fmt: skip
    return known, came


class TestForecast:
    def test_what_follows_from_the_pipeline_is_told(self) -> None:
        known, came = world(110)
        told = [together([fit]).number for fit in forecast(known)[FAILING]]
        wanted = [came[day] for day in known.days[110 : 110 + DAYS_AHEAD]]
        assert told == pytest.approx(wanted, abs=1.0)

    def test_the_same_weekday_last_knows_nothing_of_it(self) -> None:
        known, came = world(110)
        found = verdict(said_on(known, {FAILING: came}))
        assert found.ours < 0.05
        assert found.naive > 0.3
        assert found.better > 0.8

    def test_with_little_history_it_is_the_mean(self) -> None:
        few = LEAST_MORNINGS + LEVEL_DAYS[-1] - 1
        known, _ = world(few)
        (today, *_) = forecast(known)[FAILING]
        assert today.number == pytest.approx(np.mean(known.arrivals[FAILING]))

    def test_without_any_history_nothing_is_expected(self) -> None:
        known, _ = world(0)
        assert together(forecast(known)[FAILING][:1]) == (0.0, 0.0, 0.0)

    def test_no_less_than_has_come_today(self) -> None:
        known, _ = world(110, share=0.0)
        so_far = {FAILING: [*known.so_far[FAILING][:-1], 17]}
        today = forecast(
            Known(days=known.days, arrivals=known.arrivals, so_far=so_far, drivers=known.drivers)
        )
        assert today[FAILING][0].number == 17


class TestTogether:
    def test_errors_that_offset_each_other_make_a_narrow_band(self) -> None:
        up, said = np.array([-4.0, 4.0] * 20), np.full(40, 100.0)
        one, other = Fitted(100.0, up, said), Fitted(100.0, -up, said)
        assert together([one]) == pytest.approx((100.0, 96.0, 104.0))
        assert together([one, other]) == (200.0, 200.0, 200.0)

    def test_nobody_expects_less_than_nothing(self) -> None:
        told = together([Fitted(-3.0, np.array([-9.0, 9.0] * 20), np.full(40, 1.0))])
        assert (told.number, told.low) == (0.0, 0.0)


def test_naive_is_the_same_weekday_of_last_week_also_beyond_one() -> None:
    known, came = world(7)  # the eighth day is a Wednesday
    assert naive(known, FAILING, 0) == came[known.days[2]]
    assert naive(known, FAILING, 5) == came[known.days[2]]
