"""Cutting a queue into blocks, so that whole holdings are free together. Deterministic by its seed."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from settlements.optimising.effort import Cut, Pass
from settlements.optimising.problem import Flags, Ints, Problem


def cut(problem: Problem, near: Flags, chosen: Pass, chance: np.random.Generator) -> Iterator[Ints]:
    """Blocks of about the size asked for: whole groups together, a large one cut where its sides change."""
    index = np.flatnonzero(near & problem.free)
    group, side = _keys(problem, index, chosen.cut, chance)
    order = np.lexsort((side, group))
    index, group, side = index[order], group[order], side[order]
    start, n, size = 0, len(index), chosen.size
    while start < n:
        end = min(n, start + size)
        if end < n:
            group_start, group_end = (
                int(np.searchsorted(group, group[end - 1], end_of)) for end_of in ("left", "right")
            )
            if group_end - start <= 1.5 * size:
                end = group_end
            elif group_start - start >= 0.3 * size:
                end = group_start
            else:
                while end < n and end - start < 1.3 * size and _same(group, side, end):
                    end += 1
        yield with_linked(problem, index[start:end])
        start = end


def _same(group: Ints, side: Ints, k: int) -> bool:
    return bool(group[k] == group[k - 1] and side[k] == side[k - 1])


def _keys(
    problem: Problem, index: Ints, cut: Cut, chance: np.random.Generator
) -> tuple[Ints, Ints]:
    giver, taker = (
        chance.permutation(int(each.max(initial=0)) + 1)[each[index]]
        for each in (problem.giver, problem.taker)
    )
    if cut is Cut.TAKERS:
        return taker, giver
    if cut is Cut.GIVERS:
        return giver, taker
    security = problem.security[index]
    count = np.bincount(security, minlength=1)
    order = chance.permutation(len(count))
    if cut is Cut.SMALLEST_SECURITIES:
        order = np.argsort(count, kind="stable")
    rank = np.empty(len(count), np.int64)
    rank[order] = np.arange(len(count))
    return rank[security], taker if cut is Cut.SECURITIES_BY_TAKER else giver


def with_linked(problem: Problem, index: Ints) -> Ints:
    """These and those linked to them directly, in ascending order."""
    parents = problem.parents
    if not parents:
        return np.sort(index)
    inside = set(index.tolist())
    near = {p for n in inside for p in parents.get(n, ())}
    near |= {child for child, of in parents.items() if inside.intersection(of)}
    return np.array(sorted(n for n in inside | near if problem.free[n]), np.int64)
