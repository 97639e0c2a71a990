"""`settle.optimise`: which instructions to settle, beside FIFO and the bare linear programme. No database.

Seeds are fresh for each run unless BENCH_SEED names one; the line says which they were.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from benchmarks.measure import Result, measured, own_peak_rss_mb
from benchmarks.queues import FAMILIES, plain, rich
from settlements.optimising.bounding import lagrangian, whole_bound
from settlements.optimising.displacing import Verdict, displacement
from settlements.optimising.exact import violations
from settlements.optimising.explaining import Explained
from settlements.optimising.greedy import delete, first_in_first_out
from settlements.optimising.model import Objective
from settlements.optimising.problem import Ints, Problem, problem_of
from settlements.optimising.programme import build
from settlements.optimising.relaxing import Relaxation, relax
from settlements.optimising.remedies import Remedy, remedy
from settlements.optimising.rows import Block
from settlements.optimising.search import Found, search
from settlements.optimising.sifting import sifted
from settlements.optimising.weighing import Weights, score_of, sum_of, weights_of
from settlements.running.sharding import shards_of


def fresh_seed() -> int:
    return int(os.environ.get("BENCH_SEED") or np.random.SeedSequence().entropy % 10**6)  # type: ignore[operator]


def run(sizes: tuple[int, ...]) -> list[Result]:
    seed = fresh_seed()
    return [_measure(size, family, seed) for family in FAMILIES for size in sizes]


def _measure(size: int, family: str, seed: int) -> Result:
    problem, classes = plain(size, family, seed)
    found: list[Found] = []
    bare: list[float] = []

    def ours() -> float:
        started = time.perf_counter()
        found.append(search(problem, classes, proving=False))
        return time.perf_counter() - started

    def reference() -> float:
        started = time.perf_counter()
        bare.append(relax(problem, classes[0], np.arange(size), problem.at_hand).bound)
        return time.perf_counter() - started

    result = measured(
        name=f"settle.optimise.{family}", size=size, unit="s", rounds=3 if size <= 5_000 else 1,
        reference_name="HiGHS LP, dual simplex, one thread", reference=reference, ours=ours,
        peak_rss_mb=lambda: _memory_of(size, family, seed),
    )  # fmt: skip
    assert len({one.score for one in found}) == 1  # the same queue, the same answer
    fifo = score_of(problem, classes, first_in_first_out(problem))[0]
    assert found[0].score[0] >= fifo
    proof = time.perf_counter()
    bound = min(found[0].bound[0], _proved(problem, classes[0], found[0].relaxations[0]))
    result.more["proof_s"] = round(time.perf_counter() - proof, 2)
    gross = int(classes[0].total().sum())
    result.more |= _told(found[0], bound, bare[0], fifo, gross, seed)
    result.more |= _gains(problem, classes, fifo, found[0].score[0], gross)
    result.more |= _cut(problem, found[0])
    if os.environ.get("BENCH_MILP") and (size == 5_000 or (size, family) == (20_000, "ring")):
        result.more |= _plain_solver(problem, classes[0], found[0].score[0])
    return result


def _proved(problem: Problem, weights: Weights, relaxation: Relaxation) -> int:
    price, toll, tolls = relaxation.price, relaxation.money_toll, relaxation.money_tolls
    return whole_bound(problem, weights, lagrangian(sifted(problem), weights, price, toll, tolls))


def _gains(
    problem: Problem, classes: list[Weights], fifo: int, chosen: int, gross: int
) -> dict[str, object]:
    """What settling net brings where nobody chooses (the latest leave, if that is better); and what choosing brings."""
    arrival = np.arange(problem.size)
    net = delete(problem, problem.quantity, -arrival.astype(float), arrival)
    netted = max(score_of(problem, classes, net)[0], fifo)
    return {
        "gain_netting": round((netted - fifo) / gross, 4),
        "gain_choosing": round((chosen - netted) / gross, 4),
    }


def _cut(problem: Problem, found: Found) -> dict[str, object]:
    started = time.perf_counter()
    shards = shards_of(problem, found.parts)
    seconds = time.perf_counter() - started
    return {"shards": len(shards), "waves": shards[-1].wave + 1, "shards_s": round(seconds, 2)}


def _plain_solver(problem: Problem, weights: Weights, ours: int) -> dict[str, object]:
    """The whole as one mixed-integer programme, begun at first in, first out, for a minute."""
    block = Block(problem, np.arange(problem.size), problem.at_hand)
    whole = weights.whole.astype(float)
    programme = build(block, weights.once.astype(float), whole, integer=True)
    programme.set(mip_rel_gap=1e-4, time_limit=60.0)
    programme.start(first_in_first_out(problem))
    started = time.perf_counter()
    programme.highs.run()
    seconds = time.perf_counter() - started
    parts = programme.parts()
    theirs = 0 if parts is None or violations(problem, parts) else sum_of(problem, weights, parts)
    return {"of_milp": round(ours / max(theirs, 1), 4), "milp_s": round(seconds, 1)}


def _told(
    found: Found, bound: int, relaxed: float, fifo: int, gross: int, seed: int
) -> dict[str, object]:
    """Shares of the gross value, of the bare relaxation and of the best bound; seconds of the phases."""
    value = found.score[0]
    return {
        "seed": seed, "value": round(value / gross, 4), "fifo": round(fifo / gross, 4),
        "bound": round(bound / gross, 4), "lp_bound": round(relaxed / gross, 4),
        "of_lp": round(value / relaxed, 4), "gap": round((bound - value) / bound, 4),
        "phases": {p.name: [round(p.score[0] / gross, 4), round(p.seconds, 3)] for p in found.phases},
        "solved": found.tally.solved, "refused": found.tally.refused, "struck": found.tally.struck,
    }  # fmt: skip


def _memory_of(size: int, family: str, seed: int) -> int:
    """The most that a process of its own takes for one search."""
    command = [sys.executable, "-m", "benchmarks.optimise", str(size), family, str(seed)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return int(done.stdout.split()[-1])


def run_explained(sizes: tuple[int, ...]) -> list[Result]:
    """Remedy and displacement of up to 200 instructions that a plan leaves out, each checked again."""
    seed, results = fresh_seed(), []
    for size, family in [(size, family) for family in FAMILIES[::2] for size in sizes]:
        problem, classes = plain(size, family, seed)
        plan = search(problem, classes, proving=False).parts
        explained = Explained(problem, plan, np.ones(len(problem.at_hand)))
        chosen = np.random.default_rng(seed).permutation(explained.left_out)[:200].tolist()
        told = _explain(explained, chosen, classes[0])
        results.append(
            measured(
                name=f"settle.explain.{family}", size=size, unit="s", rounds=1,
                reference_name="HiGHS LP, dual simplex, one thread",
                reference=lambda: _relax_seconds(problem, classes[0]),  # noqa: B023
                ours=lambda: told["remedy_ms"] / 1000,  # noqa: B023
            )
        )  # fmt: skip
        results[-1].more |= {"seed": seed, "sample": len(chosen), **told}
    return results


def _relax_seconds(problem: Problem, weights: Weights) -> float:
    started = time.perf_counter()
    relax(problem, weights, np.flatnonzero(problem.free), problem.at_hand)
    return time.perf_counter() - started


def _explain(explained: Explained, chosen: list[int], weights: Weights) -> dict[str, float]:
    price = np.ones(len(explained.problem.at_hand), np.int64)
    started = time.perf_counter()
    remedies = [remedy(explained, n, price) for n in chosen]
    middle = time.perf_counter()
    displaced = [displacement(explained, n, weights) for n in chosen]
    seconds = time.perf_counter() - middle
    resolved = 0
    for n, found in zip(chosen, remedies, strict=True):
        assert found is not None
        assert _is_enough(explained, found)
        if found.is_least:  # the others say that they are not proved to be the least
            assert _is_least(explained, n, found)
            resolved += len(found.shortages)
    count = max(len(chosen), 1)
    verdicts = [each.verdict for each in displaced]
    return {
        "remedy_ms": round((middle - started) / count * 1000, 1), "displacement_ms": round(seconds / count * 1000, 1),
        "least": sum(each is not None and each.is_least for each in remedies),
        "one_less_solved_again": resolved, "undecided_share": round(verdicts.count(Verdict.UNDECIDED) / count, 3),
        **{f"{v.value.lower()}": verdicts.count(v) for v in Verdict},
    }  # fmt: skip


def _is_enough(explained: Explained, found: Remedy) -> bool:
    """Given what it asks for, its set settles with the whole plan; with one unit less anywhere it does not."""
    problem, parts, given = explained.problem, explained.parts.copy(), _given(explained, found)
    for member, part in found.parts:
        parts[member] = part
    return not violations(replace(problem, at_hand=given), parts) and all(
        violations(replace(problem, at_hand=less), parts) for less in _one_less(given, found)
    )


def _is_least(explained: Explained, n: int, found: Remedy) -> bool:
    """With one unit less anywhere, no set whatever settles it with the whole plan: solved again."""
    return not any(
        _settles_for_nothing(explained, n, less)
        for less in _one_less(_given(explained, found), found)
    )


def _given(explained: Explained, found: Remedy) -> Ints:
    given = explained.problem.at_hand.copy()
    for h, amount in found.shortages:
        given[h] += amount
    return given


def _one_less(given: Ints, found: Remedy) -> Iterator[Ints]:
    for h, _ in found.shortages:
        less = given.copy()
        less[h] -= 1
        yield less


def _settles_for_nothing(explained: Explained, n: int, at_hand: Ints) -> bool:
    """Solved again with this at hand: whether it settles with the whole plan and nothing brought."""
    problem = explained.problem
    again = remedy(
        Explained(replace(problem, at_hand=at_hand), explained.parts, explained.unit_value),
        n, np.ones(len(at_hand), np.int64),
    )  # fmt: skip
    return again is not None and again.cost == 0


def run_rich(sizes: tuple[int, ...]) -> list[Result]:
    """Parts, links, holds, clients, credit lines and priorities, by the default objective."""
    seed, results = fresh_seed(), []
    for size in sizes:
        queue = rich(size, seed)
        problem, classes = problem_of(queue), weights_of(queue.instructions, Objective())
        free, found = np.flatnonzero(problem.free), []

        def ours() -> float:
            started = time.perf_counter()
            found.append(search(problem, classes))  # noqa: B023 - called before the next round
            return time.perf_counter() - started

        def reference() -> float:
            started = time.perf_counter()
            relax(problem, classes[0], free, problem.at_hand)  # noqa: B023
            return time.perf_counter() - started

        result = measured(
            name="settle.optimise.rich", size=size, unit="s", reference=reference, ours=ours, rounds=1,
            reference_name="HiGHS LP of the highest class",
        )  # fmt: skip
        fifo = score_of(problem, classes, first_in_first_out(problem))
        assert found[0].score >= fifo
        result.more |= {"seed": seed, "score": found[0].score, "fifo": fifo, "bound": found[0].bound,
                        "gap": round(found[0].gap, 4), "refused": found[0].tally.refused}  # fmt: skip
        results.append(result)
    return results


if __name__ == "__main__":
    asked = plain(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
    search(*asked)
    print(own_peak_rss_mb())
