"""How wrong a forecast of work is: 60 mornings of markets that it was not made with, against the same weekday last.

No seconds: the number is the error as a share of what came (WAPE), ours and that of the seasonal naive forecast. A
market on which ours is no better ends the benchmark, and so does a median that is not better by 15 %.
"""

from __future__ import annotations

import statistics

from backoffice.simulation.history.judging import judge
from backoffice.simulation.history.worlds import UNSEEN, UNSEEN_SEEDS, World
from backoffice.workflow.workload.measuring import Verdict, verdict
from benchmarks.measure import Result, Round, own_peak_rss_mb
from benchmarks.stage import BASE, copy_of, use

LEAST_BETTER = 0.15  # in the median of all markets and seeds
FEW_SEEDS = 1  # of few mornings


def run(sizes: tuple[int, ...]) -> list[Result]:
    """Every market and seed for so many mornings."""
    (mornings,) = sizes
    seeds = UNSEEN_SEEDS if mornings >= 60 else UNSEEN_SEEDS[:FEW_SEEDS]
    found = [(world, seed, _judged(world, seed, mornings)) for world in UNSEEN for seed in seeds]
    better = [each.better for _, _, each in found]
    if min(better) <= 0 or statistics.median(better) < LEAST_BETTER:
        raise SystemExit(f"work.forecast: better by {[round(each, 3) for each in better]}")
    return [_result(world, seed, mornings, each) for world, seed, each in found]


def _judged(world: World, seed: int, mornings: int) -> Verdict:
    use(copy_of(BASE, "bench_forecast"))
    return verdict(judge(world, seed=seed, judged=mornings))


def _result(world: World, seed: int, mornings: int, found: Verdict) -> Result:
    more = {
        "market": world.name, "seed": seed, "better": round(found.better, 3), "of_level": round(found.level, 3),
        "within": round(found.within, 3), "items": found.items,
    }  # fmt: skip
    rounds = [Round(found.naive, found.ours, found.naive)]
    return Result(
        "work.forecast", mornings, "WAPE", "same weekday last", rounds, own_peak_rss_mb(), more=more
    )
