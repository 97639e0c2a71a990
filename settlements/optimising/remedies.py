"""What exactly would let an instruction settle with nobody of the plan pushed out.

The plan stays; others that were left out may come along and bring what is lacking. Of all ways the
one whose money or securities are worth least is found by a programme, and what it needs is then
reckoned again in integers. Given that much, the instruction settles; one unit less, and it does not:
that is solved again for each holding before a remedy is called the least.
"""

from __future__ import annotations

from dataclasses import dataclass

import highspy
import numpy as np

from settlements.optimising.exact import amounts_of, take
from settlements.optimising.explaining import Explained, Shortage
from settlements.optimising.problem import GIVES, Flags, Ints, Problem
from settlements.optimising.programme import Programme, build
from settlements.optimising.rows import Block, roundings

MOST = 400  # who may come along; beyond it a remedy is one, but not proved to be the least
NODES = 500
FINE = 1e-9  # of the largest amount of a holding: what the solver may overlook
CHECKS = 60  # solved again at most so often to see that no unit is too much


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
    explained: Explained,
    n: int,
    unit_price: Ints,
    *,
    where: Flags | None = None,
    most: int = MOST,
) -> Remedy | None:
    """The cheapest remedy that brings something only to holdings of `where`, all of them without it.

    `unit_price` is what one unit at each holding costs, at least 1; at most `most` may come along. None where
    no such remedy is found: the instruction, or one that has to settle with it, is held, or others' holdings
    are short.
    """
    problem = explained.problem
    if explained.held_parents(n):
        return None
    index, is_whole = helpers(explained, n, most)
    may = problem.holding[index][:, GIVES].ravel()
    prices = {int(h): float(unit_price[h]) for h in np.unique(may) if where is None or where[h]}
    asked = _Asked(explained, n, index, unit_price, prices)
    parts, is_best = asked.cheapest()
    if parts is None:
        return None
    parts, is_checked = asked.to_the_unit(asked.pruned(parts))
    needed = asked.needed(parts)
    if needed.keys() - prices.keys():
        return None  # rounding up made it short where nothing may be brought
    apart = index[problem.minimum[index] < problem.quantity[index]]
    is_exact = not roundings(problem, apart).any()
    return Remedy(
        tuple(Shortage(h, amount) for h, amount in needed.items()),
        tuple((int(m), int(part)) for m, part in zip(index, parts, strict=True) if part),
        asked.cost(needed),
        is_whole and is_best and is_checked and is_exact,
    )


@dataclass(frozen=True)
class _Asked:
    """What is asked of the solver, and how its answers are reckoned again in integers.

    It sees costs up to a millionth of the largest: beside millions of money, a few securities that
    somebody comes along with cost it nothing.
    """

    explained: Explained
    n: int
    index: Ints  # it and who may come along
    unit_price: Ints
    prices: dict[int, float]  # where something may be brought

    def cheapest(self) -> tuple[Ints | None, bool]:
        """Parts by the solver's word, and whether it says that they are the best."""
        programme = self._solved(self.explained.slack, self.index, self.prices)
        is_best = programme.highs.getModelStatus() == highspy.HighsModelStatus.kOptimal
        return self._parts_of(programme), is_best

    def _enough_with(self, slack: Ints) -> tuple[Ints | None, bool]:
        """Parts for which this is enough by the solver's word, and whether it says that there are none."""
        explained = self.explained
        # With more at hand fewer can help; where they were cut off, others may come before it than did then.
        index, _ = gathered(
            explained.problem, self.n, slack, explained.bringing, explained.parts, len(self.index)
        )
        programme = self._solved(slack, np.intersect1d(index, self.index), {})
        is_none = programme.highs.getModelStatus() == highspy.HighsModelStatus.kInfeasible
        return self._parts_of(programme), is_none

    def _solved(self, slack: Ints, index: Ints, prices: dict[int, float]) -> Programme:
        problem, settled = self.explained.problem, self.explained.parts
        forced = (int(np.searchsorted(index, self.n)),)
        block = Block(problem, index, slack, others=settled, forced=forced, prices=prices)
        nothing = np.zeros(problem.size)
        programme = build(block, nothing, nothing, integer=True)
        programme.set(mip_rel_gap=0.0, mip_abs_gap=0.0, mip_max_nodes=NODES)
        programme.set(mip_feasibility_tolerance=FINE, primal_feasibility_tolerance=FINE)
        programme.highs.run()
        return programme

    def _parts_of(self, programme: Programme) -> Ints | None:
        parts, index = programme.parts(), programme.block.index
        if parts is None or not parts[np.searchsorted(index, self.n)]:
            return None
        found = np.zeros(len(self.index), np.int64)
        found[np.searchsorted(self.index, index)] = parts
        return found

    def needed(self, parts: Ints) -> dict[int, int]:
        """What the plan and these lack at each holding, exactly."""
        problem, left = self.explained.problem, self.explained.slack.copy()
        take(problem, left, self.index, amounts_of(problem, self.index, parts))
        return {h: -int(left[h]) for h in np.flatnonzero(left < 0).tolist()}

    def may_be_brought(self, needed: dict[int, int]) -> bool:
        """Whether this is needed nowhere but where something may be brought."""
        return needed.keys() <= self.prices.keys()

    def cost(self, needed: dict[int, int]) -> int:
        return sum(amount * int(self.unit_price[h]) for h, amount in needed.items())

    def pruned(self, parts: Ints) -> Ints:
        """Without those who come along and cost more than they bring."""
        cost, before = self.cost(self.needed(parts)), -1
        while cost != before:
            before = cost
            for k in np.flatnonzero(parts).tolist():
                without = parts.copy()
                without[k] = 0
                if self.index[k] != self.n and self._links_hold(without):
                    needed = self.needed(without)
                    less = self.cost(needed)
                    if less < cost and self.may_be_brought(needed):
                        parts, cost = without, less
        return parts

    def _links_hold(self, parts: Ints) -> bool:
        settled = set(self.index[parts > 0].tolist())
        others, parents = self.explained.parts, self.explained.problem.parents
        return all(p in settled or others[p] for member in settled for p in parents.get(member, ()))

    def to_the_unit(self, parts: Ints) -> tuple[Ints, bool]:
        """Solved again with one unit less wherever something is brought; whether that is proved not to do."""
        left = CHECKS
        while True:
            needed = self.needed(parts)
            left -= len(needed)
            if left < 0:
                return parts, False
            better, is_proved = self._with_less(needed, self.cost(needed))
            if better is None:
                return parts, is_proved
            parts = better

    def _with_less(self, needed: dict[int, int], cost: int) -> tuple[Ints | None, bool]:
        given, proved = self.explained.slack.copy(), True
        for h, amount in needed.items():
            given[h] += amount
        for h in needed:
            given[h] -= 1
            parts, is_none = self._enough_with(given)
            given[h] += 1
            proved &= is_none
            if parts is not None:
                parts = self.pruned(parts)
                needed_then = self.needed(parts)
                if self.cost(needed_then) < cost and self.may_be_brought(needed_then):
                    return parts, False
        return None, proved


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
