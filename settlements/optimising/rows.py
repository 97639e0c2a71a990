"""A queue, or a block of one, as the rows and columns of a mixed-integer linear programme.

An instruction is a column of 0 or 1. One that may settle in part has a second: how many lots beyond
its minimum. Holdings that a block cannot overdraw have no row. Rows are scaled by their largest
amount, for a solver computes in doubles with tolerances.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import highspy
import numpy as np

from settlements.optimising.problem import Flags, Ints, Problem, Reals
from settlements.optimising.weighing import Weights

INFINITE = highspy.kHighsInf


@dataclass(frozen=True)
class Floor:
    """Of a higher class, a block keeps at least this."""

    weights: Weights
    least: float


@dataclass(frozen=True)
class Block:
    """Instructions to decide about, and what is at hand for them with all others as they are.

    `others` are the parts of all instructions, for links that leave the block; without it such
    links are forgotten, and the programme is a relaxation.
    """

    problem: Problem
    index: Ints
    slack: Ints
    others: Ints | None = None
    floors: tuple[Floor, ...] = ()
    forced: tuple[int, ...] = ()
    prices: dict[int, float] = field(default_factory=dict)  # of one unit more at a holding


class Rows:
    """The rows of a programme, gathered as triples and sorted by column at the end."""

    def __init__(self, block: Block, apart: Ints, kept: Ints, scale: Reals) -> None:
        self.block, self.apart, self.kept, self.scale = block, apart, kept, scale
        p, index = block.problem, block.index
        self.of = index[apart]
        self.lots = (p.quantity[self.of] - p.minimum[self.of]) // p.lot[self.of]
        self.least = np.ones(len(index))  # the share of the whole that the first column stands for
        self.least[apart] = p.minimum[self.of] / p.quantity[self.of]
        self.each = p.lot[self.of] / p.quantity[self.of]  # and one lot more
        self.upper: list[float] = []
        self.triples: list[tuple[Ints, Ints, Reals]] = []

    def by_column(self, once: Reals, whole: Reals) -> Reals:
        first = once[self.block.index] + whole[self.block.index] * self.least
        return np.concatenate((first, whole[self.of] * self.each))

    def _add(self, rows: Ints, columns: Ints, values: Reals) -> None:
        self.triples.append((rows, columns, values))

    def balances(self, topped_up: Sequence[int]) -> None:
        p, index = self.block.problem, self.block.index
        n = len(index)
        local = np.full(len(p.at_hand), -1)
        local[self.kept] = np.arange(len(self.kept))
        for of, share, first in ((index, self.least, 0), (self.of, self.each, n)):
            rows = local[p.holding[of]].ravel()
            values = (p.amount[of] * share[:, None] / self.scale[p.holding[of]]).ravel()
            columns = np.repeat(np.arange(first, first + len(of)), 4)
            some = (rows >= 0) & (values != 0)
            self._add(rows[some], columns[some], values[some])
        first = n + len(self.of)
        more = np.arange(first, first + len(topped_up))
        self._add(local[np.array(topped_up, np.int64)], more, np.full(len(more), -1.0))
        most = self.block.slack.astype(float)
        if self.block.others is None:
            most += roundings(p, self.of) / 2
        self.upper += (most[self.kept] / self.scale[self.kept]).tolist()

    def couplings(self) -> None:
        """Lots beyond the minimum only with the minimum."""
        rows = len(self.upper) + np.arange(len(self.of))
        lots = np.maximum(self.lots, 1).astype(float)
        second = len(self.block.index) + np.arange(len(self.of))
        self._add(rows, second, 1 / lots)
        self._add(rows, self.apart, np.full(len(self.of), -1.0))
        self.upper += [0.0] * len(self.of)

    def links(self) -> None:
        """A child only with its parent, where both are in the block; `bounds` has the others."""
        place = self._place()
        for n in self._linked():
            for parent in self.block.problem.parents[n]:
                if parent in place:
                    columns = np.array([place[n], place[parent]])
                    self._add(np.full(2, len(self.upper)), columns, np.array([1.0, -1.0]))
                    self.upper.append(0.0)

    def _place(self) -> dict[int, int]:
        if not self.block.problem.parents:
            return {}
        return {int(n): k for k, n in enumerate(self.block.index)}

    def _linked(self) -> list[int]:
        return sorted(self.block.problem.parents.keys() & set(self._place()))

    def floors(self) -> None:
        for floor in self.block.floors:
            values = self.by_column(
                floor.weights.once.astype(float), floor.weights.whole.astype(float)
            )
            if values.any():
                most = float(np.abs(values).max())
                columns = np.flatnonzero(values)
                rows = np.full(len(columns), len(self.upper))
                self._add(rows, columns, -values[columns] / most)
                least = floor.least
                if self.block.others is None:
                    least -= rounded_worth(self.block.problem, floor.weights, self.of) / 2
                self.upper.append(-least / most)

    def bounds(self, topped_up: int) -> tuple[Reals, Reals]:
        n = len(self.block.index)
        lower = np.zeros(n + len(self.of) + topped_up)
        upper = np.concatenate((np.ones(n), self.lots, np.full(topped_up, INFINITE)))
        place, others = self._place(), self.block.others
        for k in self.block.forced:
            lower[k] = 1
        if others is not None:
            for child, parents in self.block.problem.parents.items():
                for parent in parents:
                    if child in place and parent not in place and not others[parent]:
                        upper[place[child]] = 0
                    if parent in place and child not in place and others[child]:
                        lower[place[parent]] = 1
        return lower, upper

    def model(self, cost: Reals, lower: Reals, upper: Reals) -> highspy.HighsLp:
        rows, columns, values = (np.concatenate(each) for each in zip(*self.triples, strict=True))
        start, rows, values = by_column(rows, columns, values, len(cost), len(self.upper))
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = len(cost), len(self.upper)
        lp.col_cost_, lp.col_lower_, lp.col_upper_ = cost, lower, upper
        lp.row_lower_ = np.full(len(self.upper), -INFINITE)
        lp.row_upper_ = np.array(self.upper)
        lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = start, rows, values
        return lp


def roundings(problem: Problem, of: Ints) -> Ints:
    """At each holding, how many amounts of parts may be rounded: each by half a unit at most.

    A relaxation has to grant them, for it reckons parts in proportion and without rounding.
    """
    found = np.zeros(len(problem.at_hand), np.int64)
    for uneven in _uneven(problem, problem.amount[of], of):
        np.add.at(found, problem.holding[of].ravel(), uneven.ravel())
    return found


def rounded_worth(problem: Problem, weights: Weights, of: Ints) -> int:
    """How often what parts of these are worth may be rounded: each time by half a unit at most."""
    return sum(int(each.sum()) for each in _uneven(problem, weights.whole[of][:, None], of))


def _uneven(problem: Problem, amounts: Ints, of: Ints) -> Iterator[Ints]:
    """Of the minimum and of a lot beyond it: 1 where its share of an amount is no integer."""
    whole = problem.quantity[of].astype(object)[:, None]
    for step in (problem.lot, problem.minimum):
        parts = amounts.astype(object) * step[of].astype(object)[:, None]
        yield (parts % whole != 0).astype(np.int64)


def by_column(
    rows: Ints, columns: Ints, values: Reals, width: int, height: int
) -> tuple[Ints, Ints, Reals]:
    """Triples as a matrix by columns; what stands twice is added up."""
    key = columns.astype(np.int64) * max(height, 1) + rows
    order = np.argsort(key, kind="stable")
    key = key[order]
    first: Flags = np.ones(len(key), bool)
    first[1:] = key[1:] != key[:-1]
    at = np.flatnonzero(first)
    values = np.add.reduceat(values[order], at) if len(at) else values
    start = np.searchsorted(key[at], np.arange(width + 1) * max(height, 1))
    return start.astype(np.int32), (key[at] % max(height, 1)).astype(np.int32), values
