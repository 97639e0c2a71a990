"""The cut where everything is covered by what is at hand, whatever anybody brings: one wave, in one pass. Pure.

It is the cut that going through them one by one makes (`waves`): by security, several small ones to a shard.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from settlements.optimising.exact import amounts_of
from settlements.optimising.problem import Ints, Problem
from settlements.running.sharding.steps import main_payers


def cut_of_plenty(
    problem: Problem, parts: Ints, most: int
) -> list[tuple[Ints, dict[int, int]]] | None:
    """The shards, each with its instructions and what it draws beyond what it brings; None where it is not so.

    Of linked instructions nothing is said here: None.
    """
    index = np.flatnonzero(parts)
    if not len(index) or problem.parents:
        return None
    amounts = amounts_of(problem, index, parts[index])
    if not _is_plenty(problem, index, amounts):
        return None
    main = main_payers(problem, index)
    payer, security = problem.holding[index, 1], problem.security[index]
    order = np.lexsort((index, payer, security, main[security]))
    ends = (
        np.flatnonzero(np.diff(security[order])) + 1
    )  # a security has one main payer: its rows are together
    found = []
    for rows in _filled(np.split(order, ends), most):
        net = np.zeros(len(problem.at_hand), np.int64)
        np.add.at(net, problem.holding[index[rows]].ravel(), amounts[rows].ravel())
        draws = {h: int(net[h]) for h in np.flatnonzero(net > 0).tolist()}
        found.append((np.sort(index[rows]), draws))
    return found


def _is_plenty(problem: Problem, index: Ints, amounts: Ints) -> bool:
    taken = np.zeros(len(problem.at_hand), np.int64)
    np.add.at(taken, problem.holding[index].ravel(), np.maximum(amounts, 0).ravel())
    return bool((taken <= problem.at_hand).all())


def _filled(groups: list[Ints], most: int) -> Iterator[Ints]:
    """A security stays together as long as it fits one shard; one that does not is cut."""
    now: list[Ints] = []
    rows = 0
    for group in groups:
        rest = group
        while len(rest):
            is_cut = len(rest) > most
            if rows and (rows >= most or not (is_cut or rows + len(rest) <= most)):
                yield np.concatenate(now)
                now, rows = [], 0
            taken, rest = rest[: most - rows], rest[most - rows :]
            now.append(taken)
            rows += len(taken)
    if now:
        yield np.concatenate(now)
