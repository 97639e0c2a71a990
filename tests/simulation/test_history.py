"""Work as it is forecast in markets that forecasting was not made with, a day a transaction."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from backoffice.simulation.history.drawing import draw
from backoffice.simulation.history.judging import judge
from backoffice.simulation.history.worlds import (
    DEVELOPMENT,
    DEVELOPMENT_SEEDS,
    UNSEEN,
    UNSEEN_SEEDS,
    World,
)
from backoffice.workflow.workload.measuring import verdict
from tests.sizes import MORNINGS, SOAK

DATES = [date(2026, 1, 12) + timedelta(days=7 * (n // 5) + n % 5) for n in range(60)]
SEEDS = UNSEEN_SEEDS if SOAK else UNSEEN_SEEDS[:1]


def test_the_same_seed_is_the_same_history_and_another_is_another() -> None:
    first, again, other = (draw(DEVELOPMENT, seed=seed, dates=DATES) for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_markets_that_judge_are_not_those_of_development() -> None:
    assert DEVELOPMENT not in UNSEEN
    assert set(DEVELOPMENT_SEEDS).isdisjoint(UNSEEN_SEEDS)
    assert (len(UNSEEN), len(UNSEEN_SEEDS)) == (2, 5)


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("world", UNSEEN, ids=lambda world: world.name)
@pytest.mark.usefixtures("own_database")
def test_a_forecast_beats_the_same_weekday_last(world: World, seed: int) -> None:
    """At least by the 15 % that the median of all markets has to show."""
    found = verdict(judge(world, seed=seed, judged=MORNINGS))
    assert found.items > 100 * MORNINGS
    assert found.better > 0.15
    assert 0.7 < found.within < 0.9, "four days of five are to be within the band"
