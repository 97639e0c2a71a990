"""What-if against the simulated market: what it says would fail does, and it changes nothing."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import time
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from settlements.scenarios.answering import Foreseen
from settlements.scenarios.services import foresee
from settlements.scenarios.terms import Coming, ScenarioTerms
from tests.simulation.tight_day import (
    Day,
    beyond,
    failed,
    faults_of,
    live_through,
    open_day,
    whole_database,
)
from tests.sizes import SOAK, TIGHT_DEALS

pytestmark = [pytest.mark.usefixtures("own_database"), pytest.mark.slow]
LEAST = 0.95
PLAIN_SEEDS, CHANCES = (range(11, 16), range(21, 31)) if SOAK else ((11,), (21, 22))


@pytest.fixture
def own_folder(settings: Any, tmp_path: Path) -> Iterator[Path]:
    settings.VAR_DIR = tmp_path
    yield tmp_path
    shutil.rmtree(tmp_path, ignore_errors=True)


def foreseen(day: Day) -> Foreseen:
    """Of the day as it will be: who will bring nothing, and the money that comes at three."""
    scenario = ScenarioTerms(
        silent=day.silent,
        coming=(Coming(day.plan.code, day.late_at, "RUB", day.late_cash, after=time(15)),),
    )
    return foresee(
        scenario, business_date=day.plan.day, entity=day.plan.code, actor=day.people["manager"],
        at=timezone.now(),
    )  # fmt: skip


def hits(told: set[Any], was: set[Any]) -> tuple[float, float]:
    """Precision and recall."""
    return len(told & was) / len(told), len(told & was) / len(was)


@pytest.mark.parametrize("seed", PLAIN_SEEDS)
def test_without_chance_every_fail_and_breach_is_foreseen(seed: int, own_folder: Path) -> None:
    day = open_day(seed, TIGHT_DEALS, own_folder)
    before = dict(whole_database())
    found = foreseen(day)
    assert dict(whole_database()) == before
    live_through(day)
    was = failed(day)
    assert set(found.then.fails) == was
    assert {each.limit_id for each in found.then.beyond} == beyond(day)
    assert len(was) > TIGHT_DEALS // 10 < len(found.then.settled)
    assert set(found.now.fails) < was


def test_with_chance_nearly_all_are(own_folder: Path) -> None:
    told: set[tuple[str, int]] = set()
    was: set[tuple[str, int]] = set()
    for seed in CHANCES:
        day = open_day(seed, TIGHT_DEALS, own_folder)
        found = foreseen(day)
        live_through(day, faults=faults_of(seed))
        told |= {("fail", id) for id in found.then.fails}
        told |= {("breach", each.limit_id) for each in found.then.beyond}
        was |= {("fail", id) for id in failed(day)} | {("breach", id) for id in beyond(day)}
    precision, recall = hits(told, was)
    assert min(precision, recall) >= LEAST, (precision, recall)
