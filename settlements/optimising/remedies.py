"""What exactly would let an instruction settle with nobody of the plan pushed out.

The plan stays; others that were left out may come along and bring what is lacking. Of all ways the
one whose money or securities are worth least is found by a programme, and what it needs is then
reckoned again in integers. Given that much, the instruction settles; one unit less, and it does not.
"""

from __future__ import annotations

from dataclasses import dataclass

import highspy
import numpy as np

from settlements.optimising.exact import amounts_of, take
from settlements.optimising.explaining import Explained, Shortage
from settlements.optimising.problem import GIVES, Flags, Ints, Problem
from settlements.optimising.programme import build
from settlements.optimising.rows import Block, roundings

MOST = 400  # who may come along; beyond it a remedy is one, but not proved to be the least
NODES = 500


@dataclass(frozen=True)
class Remedy:
    """What is to be brought, who then settles (the instruction among them), and what it is worth.

    `is_least` says that nothing cheaper exists; without it the remedy is enough, and may be too much:
    the search was cut short, or an amount of a part is rounded, which the solver does not know.
    """

    shortages: tuple[Shortage, ...]
    parts: tuple[tuple[int, int], ...]
    cost: int
    is_least: bool


def remedy(
    explained: Explained, n: int, unit_price: Ints, *, where: Flags | None = None
) -> Remedy | None:
    """The cheapest remedy that brings something only to holdings of `where`, all of them without it.

    `unit_price` is what one unit at each holding costs, at least 1. None where no such remedy is
    found: the instruction, or one that has to settle with it, is held, or others' holdings are short.
    """
    problem = explained.problem
    if explained.held_parents(n):
        return None
    index, is_whole = helpers(explained, n)
    may = problem.holding[index][:, GIVES].ravel()
    prices = {int(h): float(unit_price[h]) for h in np.unique(may) if where is None or where[h]}
    forced = (int(np.searchsorted(index, n)),)
    block = Block(
        problem, index, explained.slack, others=explained.parts, forced=forced, prices=prices
    )
    nothing = np.zeros(problem.size)
    programme = build(block, nothing, nothing, integer=True)
    programme.set(mip_rel_gap=0.0, mip_abs_gap=0.0, mip_max_nodes=NODES)
    programme.highs.run()
    parts = programme.parts()
    if parts is None or not parts[forced[0]]:
        return None
    is_best = programme.highs.getModelStatus() == highspy.HighsModelStatus.kOptimal
    is_exact = not roundings(problem, index[programme.apart]).any()
    told = _told(explained, index, parts, unit_price, is_least=is_whole and is_best and is_exact)
    if where is not None and not all(where[each.holding] for each in told.shortages):
        return None  # rounding up made it short where nothing may be brought
    return told


def _told(
    explained: Explained, index: Ints, parts: Ints, unit_price: Ints, *, is_least: bool
) -> Remedy:
    left = explained.slack.copy()
    take(explained.problem, left, index, amounts_of(explained.problem, index, parts))
    needed = tuple(Shortage(h, -int(left[h])) for h in np.flatnonzero(left < 0).tolist())
    return Remedy(
        needed,
        tuple((int(m), int(part)) for m, part in zip(index, parts, strict=True) if part),
        sum(each.amount * int(unit_price[each.holding]) for each in needed),
        is_least,
    )


def helpers(explained: Explained, n: int, most: int = MOST) -> tuple[Ints, bool]:
    """It and all those left out that could help it, and whether these are all.

    Who brings to a holding helps if the others together could overdraw it; a holding that they
    cannot overdraw needs nobody.
    """
    return gathered(
        explained.problem, n, explained.slack, explained.bringing, explained.parts, most
    )


def gathered(
    problem: Problem, n: int, slack: Ints, bringing: dict[int, list[int]], settled: Ints, most: int
) -> tuple[Ints, bool]:
    """Closed under: whom a member is linked to, and who brings where the members could overdraw."""
    members, waiting = {n}, [n]
    need: dict[int, int] = {}
    while waiting:
        member = waiting.pop(0)
        wanted = [p for p in problem.parents.get(member, ()) if not settled[p]]
        for column in GIVES:
            h = int(problem.holding[member, column])
            need[h] = need.get(h, 0) + int(problem.amount[member, column])
            if need[h] > slack[h]:
                wanted += bringing.get(h, [])
        for each in wanted:
            if each not in members and problem.free[each]:
                if len(members) >= most:
                    return np.array(sorted(members), np.int64), False
                members.add(each)
                waiting.append(each)
    return np.array(sorted(members), np.int64), True
