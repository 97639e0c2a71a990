"""Sets found without a solver: adding what is covered, deleting what is not. Pure and exact.

`first_in_first_out` is what a run does that does not choose; every other answer is measured by it.
"""

from __future__ import annotations

from collections import defaultdict, deque

import numpy as np

from settlements.optimising.exact import amount_of, amounts_of, slack_of
from settlements.optimising.problem import BRINGS, GIVES, Ints, Problem, Reals

_DONE, _NEVER = -1, -2


def first_in_first_out(problem: Problem) -> Ints:
    """In the order of arrival, with recycling: who was not covered is tried again when it may be."""
    return add_back(problem, np.zeros(problem.size, np.int64), np.arange(problem.size))


def add_back(problem: Problem, parts: Ints, order: Ints, slack: Ints | None = None) -> Ints:
    """The set, and what else is covered, taken in this order; nothing is taken out.

    An instruction that is not covered waits at the holding that is short, until something arrives
    there. Linked ones are tried together.
    """
    filling = _Filling(problem, parts, slack_of(problem, parts) if slack is None else slack)
    filling.run(order)
    return np.array(filling.parts, np.int64)


class _Filling:
    """Works on lists of its own."""

    def __init__(self, problem: Problem, parts: Ints, slack: Ints) -> None:
        self.problem = problem
        self.parts: list[int] = parts.tolist()
        self.slack: list[int] = slack.tolist()
        self.holding, self.amount, self.quantity, self.special = problem.columns
        self.waiting: dict[int, list[int]] = defaultdict(list)
        self.todo: deque[int] = deque()

    def run(self, order: Ints) -> None:
        """Go through them once, and again through those for whom something arrived meanwhile."""
        (giver, payer, taker, payee), (gives, pays, takes, earns) = self.holding, self.amount
        slack, parts, waiting, special = self.slack, self.parts, self.waiting, self.special
        quantity = self.quantity
        open_ones = self.problem.free & (np.array(parts) < self.problem.quantity)
        todo = self.todo = deque(order[open_ones[order]].tolist())
        while todo:
            n = todo.popleft()
            if n in special:
                self._special(n)
            elif parts[n]:
                continue
            elif slack[giver[n]] < gives[n]:
                waiting[giver[n]].append(n)
            elif slack[payer[n]] < pays[n]:
                waiting[payer[n]].append(n)
            else:
                slack[giver[n]] -= gives[n]
                slack[payer[n]] -= pays[n]
                slack[taker[n]] -= takes[n]
                slack[payee[n]] -= earns[n]
                parts[n] = quantity[n]
                if taker[n] in waiting:
                    todo.extend(waiting.pop(taker[n]))
                if payee[n] in waiting:
                    todo.extend(waiting.pop(payee[n]))

    def _arrived(self, n: int) -> None:
        for column in BRINGS:
            h = self.holding[column][n]
            if h in self.waiting:
                self.todo.extend(self.waiting.pop(h))

    def _special(self, n: int) -> None:
        before = self.parts[n]
        if before == self.quantity[n]:
            return
        if n in self.problem.parents:
            settled, short = self._together(n)
        else:
            settled, short = [n], self._in_part(n)
        if short >= 0:
            self.waiting[short].append(n)
        if self.parts[n] > before:
            for member in settled:
                self._arrived(member)

    def _together(self, n: int) -> tuple[list[int], int]:
        """The instruction with all that it needs, as one: what they bring each other counts."""
        members, waiting = {n}, [n]
        while waiting:
            for parent in self.problem.parents.get(waiting.pop(), ()):
                if parent not in members and not self.parts[parent]:
                    members.add(parent)
                    waiting.append(parent)
        if not all(self.problem.free[member] for member in members):
            return [], _NEVER
        need: dict[int, int] = defaultdict(int)
        for member in sorted(members):
            for h, a in zip(self.holding, self.amount, strict=True):
                need[h[member]] += a[member]
        for short, amount in need.items():
            if amount > self.slack[short]:
                return [], short
        for where, amount in need.items():
            self.slack[where] -= amount
        for member in members:
            self.parts[member] = self.quantity[member]
        return sorted(members), _DONE

    def _in_part(self, n: int) -> int:
        """As much of it as is covered, from its minimum; more than it has already, or nothing."""
        part, short = self.quantity[n], _DONE
        for column in GIVES:
            h = self.holding[column][n]
            most = self._most(n, column, self.slack[h] + self._amount(n, column, self.parts[n]))
            if most < part:
                part, short = most, h
        if part > self.parts[n]:
            for column in range(4):
                more = self._amount(n, column, part) - self._amount(n, column, self.parts[n])
                self.slack[self.holding[column][n]] -= more
            self.parts[n] = part
        return short

    def _amount(self, n: int, column: int, part: int) -> int:
        return amount_of(self.problem, n, column, part) if part else 0

    def _most(self, n: int, column: int, available: int) -> int:
        """The largest part whose amount is available: whole, or the minimum and whole lots."""
        whole, amount = self.quantity[n], self.amount[column][n]
        if amount <= available:
            return whole
        minimum, lot = int(self.problem.minimum[n]), int(self.problem.lot[n])
        fits = ((2 * available + 1) * whole - 1) // (2 * amount)  # rounded half up it still fits
        part = minimum + (fits - minimum) // lot * lot
        return part if part >= minimum else 0


def delete(
    problem: Problem, parts: Ints, score: Reals, order: Ints, *, fitting: bool = False
) -> Ints:
    """From a set that overdraws: at each overdrawn holding the lowest scores go, until none is.

    `fitting`, of those that are enough the lowest score goes, and if none is, who takes most: fewer go.
    What goes takes along what is linked to it, and may overdraw where it would have brought. Then
    what is covered is added back in the order given.
    """
    kept = np.where(problem.free, parts, 0)
    ranked = np.flatnonzero(kept)
    ranked = ranked[np.argsort(-score[ranked], kind="stable")]
    (_Fitting if fitting else _Deleting)(problem, kept, ranked).run()
    return add_back(problem, kept, order)


class _Deleting:
    """Works on the array it is given."""

    def __init__(self, problem: Problem, parts: Ints, ranked: Ints) -> None:
        self.problem, self.parts = problem, parts
        self.slack: list[int] = slack_of(problem, parts).tolist()
        self.takers: dict[int, list[int]] = defaultdict(list)  # the lowest score last
        for column in GIVES:
            for n, h in zip(ranked.tolist(), problem.holding[ranked, column].tolist(), strict=True):
                self.takers[h].append(n)
        amounts = amounts_of(problem, np.arange(problem.size), parts)
        moved = [
            (where, column.tolist())
            for where, column in zip(problem.columns.holding, amounts.T, strict=True)
        ]
        self.given, self.brought = [moved[c] for c in GIVES], [moved[c] for c in BRINGS]
        self.children = problem.children()
        self.gone = (parts == 0).tolist()

    def run(self) -> None:
        slack = self.slack
        short = [h for h, left in enumerate(slack) if left < 0]
        orphans = [c for c, ps in self.problem.parents.items() if any(self.gone[p] for p in ps)]
        for child in orphans:
            self._drop(child, short)
        while short:
            h = short.pop()
            while slack[h] < 0:
                self._drop(self._leaving(h), short)
        self.parts[np.array(self.gone, bool)] = 0

    def _leaving(self, h: int) -> int:
        return self.takers[h].pop()

    def _drop(self, n: int, short: list[int]) -> None:
        gone, slack = self.gone, self.slack
        if gone[n]:
            return
        gone[n] = True
        for where, amount in self.given:
            slack[where[n]] += amount[n]
        for where, amount in self.brought:
            h = where[n]
            slack[h] += amount[n]
            if slack[h] < 0:
                short.append(h)
        for child in self.children.get(n, ()):
            self._drop(child, short)


class _Fitting(_Deleting):
    """Looks through all who take from a holding: for sets of a few thousand."""

    def _leaving(self, h: int) -> int:
        most, largest = 0, -1
        self.takers[h] = [n for n in self.takers[h] if not self.gone[n]]
        for n in reversed(self.takers[h]):
            taken = sum(amount[n] for where, amount in self.given if where[n] == h)
            if taken >= -self.slack[h]:
                return n
            if taken > most:
                most, largest = taken, n
        return largest
