"""Why an instruction was left out: what is short, the chain it waits for, and what can never settle. Pure.

Everything here is exact arithmetic on the plan; what needs a search is in `remedies`.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from settlements.optimising.exact import amounts_of, slack_of
from settlements.optimising.problem import BRINGS, GIVES, Flags, Ints, Problem, Reals
from settlements.optimising.sifting import possible


class Shortage(NamedTuple):
    """So much more is needed at a holding, with everything else as it is."""

    holding: int
    amount: int


class Chain(NamedTuple):
    """Whom an instruction waits for, one after the other, and whether they wait for each other.

    In a ring the last one waits for one that is named before, `back_to`.
    """

    members: tuple[int, ...]
    holdings: tuple[int, ...]  # where each of them is short
    is_ring: bool
    back_to: int | None = None


@dataclass(frozen=True)
class Explained:
    """A plan with what is needed to say why each instruction is not in it.

    `unit_value` is what one unit at each holding is worth in the currency of comparison, to tell which of
    two shortages is the larger: 1 for money, a price for a security.
    """

    problem: Problem
    parts: Ints
    unit_value: Reals

    @cached_property
    def slack(self) -> Ints:
        return slack_of(self.problem, self.parts)

    @cached_property
    def left_out(self) -> Ints:
        """Instructions that might have settled and do not, in the order of arrival."""
        return np.flatnonzero(self.problem.free & (self.parts == 0))

    @cached_property
    def possible(self) -> Flags:
        """Who settles in some set for all that `sifting` knows: nobody else does in any."""
        return possible(self.problem)

    @cached_property
    def bringing(self) -> dict[int, list[int]]:
        """For each holding, who is left out and would bring something there."""
        found: dict[int, list[int]] = defaultdict(list)
        for column in BRINGS:
            holdings = self.problem.holding[self.left_out, column].tolist()
            amounts = self.problem.amount[self.left_out, column].tolist()
            for n, h, amount in zip(self.left_out.tolist(), holdings, amounts, strict=True):
                if amount:
                    found[h].append(n)
        return found

    @cached_property
    def taking(self) -> dict[int, list[int]]:
        """For each holding, who settles and takes from it."""
        found: dict[int, list[int]] = defaultdict(list)
        settled = np.flatnonzero(self.parts)
        for column in GIVES:
            holdings = self.problem.holding[settled, column].tolist()
            amounts = self.problem.amount[settled, column].tolist()
            for n, h, amount in zip(settled.tolist(), holdings, amounts, strict=True):
                if amount:
                    found[h].append(n)
        return found

    def least(self, n: int) -> Ints:
        """What the smallest part of an instruction takes and brings, of which the whole is one."""
        amount: Ints = self.problem.amount[n]
        quantity = int(self.problem.quantity[n])
        least = int(self.problem.minimum[n])
        if least == quantity:
            return amount
        cut = [(2 * abs(int(a)) * least + quantity) // (2 * quantity) for a in amount]
        return np.array([c if a >= 0 else -c for c, a in zip(cut, amount.tolist(), strict=True)])

    def shortages(self, n: int) -> list[Shortage]:
        """What stops the smallest part of it, exactly; nothing, where only a link or its parent does."""
        need = self.least(n)
        return [
            Shortage(h, int(need[column]) - int(self.slack[h]))
            for column in GIVES
            if int(need[column]) > int(self.slack[h := int(self.problem.holding[n, column])])
        ]

    def shortages_of_rest(self, n: int) -> list[Shortage]:
        """What stops all that is left of one that settles in part."""
        index = np.array([n])
        rest = self.problem.amount[n] - amounts_of(self.problem, index, self.parts[index])[0]
        return [
            Shortage(h, int(rest[column]) - int(self.slack[h]))
            for column in GIVES
            if int(rest[column]) > int(self.slack[h := int(self.problem.holding[n, column])])
        ]

    def never(self, n: int) -> list[Shortage]:
        """What would be short even if all that brings settled and nobody else took: a proof.

        Of the parents of a linked instruction too: it settles with them or not at all.
        """
        found, seen, waiting = [], {n}, [n]
        while waiting:
            member = waiting.pop()
            need = self.least(member)
            for column in GIVES:
                h = int(self.problem.holding[member, column])
                most = int(self.problem.at_hand[h]) + int(self._inflow[h])
                if need[column] > most:
                    found.append(Shortage(h, int(need[column]) - most))
            for parent in self.problem.parents.get(member, ()):
                if parent not in seen:
                    seen.add(parent)
                    waiting.append(parent)
        return found

    def held_parents(self, n: int) -> list[int]:
        """Who is held and has to settle with it, directly or through others."""
        seen, waiting = {n}, [n]
        while waiting:
            for parent in self.problem.parents.get(waiting.pop(), ()):
                if parent not in seen:
                    seen.add(parent)
                    waiting.append(parent)
        return sorted(member for member in seen if not self.problem.free[member])

    @cached_property
    def _inflow(self) -> Ints:
        found = np.zeros(len(self.problem.at_hand), np.int64)
        free = self.problem.free
        for column in BRINGS:
            amounts = np.where(free, -self.problem.amount[:, column], 0)
            np.add.at(found, self.problem.holding[:, column], amounts)
        return found

    def chain(self, n: int) -> Chain:
        """From it to the largest of those who would bring what it lacks most, and on, to a root or a ring."""
        members: list[int] = []
        holdings: list[int] = []
        following: int | None = n
        while following is not None and following not in members:
            members.append(following)
            lacking = self.shortages(following)
            if not lacking:
                return Chain(tuple(members), tuple(holdings), False)
            worst = max(
                lacking,
                key=lambda each: (each.amount * self.unit_value[each.holding], -each.holding),
            )
            holdings.append(worst.holding)
            following = self._largest(self.bringing.get(worst.holding, []), worst.holding)
        return Chain(tuple(members), tuple(holdings), following is not None, following)

    def _largest(self, candidates: list[int], holding: int) -> int | None:
        def brought(n: int) -> int:
            row = self.problem.holding[n] == holding
            return -int(self.problem.amount[n][row].sum())

        return max(candidates, key=lambda n: (brought(n), -n), default=None)
