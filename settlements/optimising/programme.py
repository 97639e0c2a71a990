"""A block of a queue as a programme for HiGHS: built, started, and its answer read. One thread."""

from __future__ import annotations

from dataclasses import dataclass

import highspy
import numpy as np

from settlements.optimising.effort import work_of
from settlements.optimising.problem import Ints, Reals
from settlements.optimising.rows import Block, Rows

SAFETY_SECONDS = 60.0  # no limit of ours: were it struck, the answer would depend on the machine
_S = highspy.HighsModelStatus
SOLVED = (_S.kOptimal, _S.kModelEmpty)
BOUNDED = (
    *SOLVED, _S.kObjectiveBound, _S.kObjectiveTarget, _S.kTimeLimit, _S.kIterationLimit, _S.kSolutionLimit,
    _S.kInterrupt,
)  # fmt: skip


class _Silent(highspy.Highs):
    def enableCallbacks(self) -> None:  # noqa: N802 - its name; it is what first prints, while being made
        self.silent()
        super().enableCallbacks()  # type: ignore[no-untyped-call]


@dataclass(frozen=True)
class Programme:
    """A built model with what is needed to read its answer."""

    highs: highspy.Highs
    block: Block
    apart: Ints  # positions in the block of those with a second column
    kept: Ints  # holdings with a row
    scale: Reals
    unit: float  # what 1.0 of the solver's objective is worth

    def parts(self) -> Ints | None:
        """The quantities that settle by the solver's answer, rounded; None without an answer."""
        found = np.array(self.highs.getSolution().col_value)
        p, index = self.block.problem, self.block.index
        if len(found) < len(index):
            return None
        parts = np.where(found[: len(index)] > 0.5, p.quantity[index], 0)
        more = np.rint(found[len(index) : len(index) + len(self.apart)]).astype(np.int64)
        of = index[self.apart]
        parts[self.apart] = np.where(
            parts[self.apart] > 0, np.minimum(p.minimum[of] + more * p.lot[of], p.quantity[of]), 0
        )
        return parts

    def start(self, parts: Ints) -> None:
        """Begin the search at a known set."""
        p, of = self.block.problem, self.block.index[self.apart]
        more = np.maximum(parts[self.apart] - p.minimum[of], 0) // p.lot[of]
        solution = highspy.HighsSolution()
        extra = [0.0] * (self.highs.getNumCol() - len(parts) - len(more))
        solution.col_value = [*(parts > 0).astype(float), *more.astype(float), *extra]
        self.highs.setSolution(solution)

    def set(self, **options: float | int | str) -> None:
        for name, value in options.items():
            self.highs.setOptionValue(name, value)

    def is_solved(self) -> bool:
        return self.highs.getModelStatus() in SOLVED

    def was_struck(self) -> bool:
        """Whether the alarm behind it ended the last run."""
        return bool(self.highs.getModelStatus() == _S.kTimeLimit)

    def iterations(self) -> int:
        """Steps of the simplex method in the last run: how much work it was, on any machine."""
        return max(int(self.highs.getInfo().simplex_iteration_count), 0)

    def work(self) -> float:
        """The same of a relaxation, as `effort.work_of` says."""
        return work_of(self.iterations(), self.highs.getNumRow())

    def objective(self) -> float:
        """What the best is worth; infinite where the solver did not find it."""
        if not self.is_solved():
            return float("inf")
        return float(-self.highs.getInfo().objective_function_value * self.unit)

    def answers_itself(self) -> bool:
        """Whether the set returned is the one whose worth is told.

        HiGHS begun at a set may (1.16 does) tell of a better one and return that set again.
        """
        found = np.array(self.highs.getSolution().col_value)
        cost = np.array(self.highs.getLp().col_cost_)
        if len(found) != len(cost):
            return False
        told = self.highs.getInfo().objective_function_value
        return bool(abs(float(cost @ found) - told) <= 1e-6 * max(1.0, abs(told)))

    def proved(self) -> float:
        """No set is worth more, by the solver's branch and bound; infinite where it says nothing."""
        if self.highs.getModelStatus() not in BOUNDED:
            return float("inf")
        return float(-self.highs.getInfo().mip_dual_bound * self.unit)

    def duals(self) -> Reals:
        """What one unit more at each holding is worth, at most; 0 where there is plenty."""
        found = np.zeros(len(self.block.problem.at_hand))
        rows = np.array(self.highs.getSolution().row_dual)[: len(self.kept)]
        found[self.kept] = np.maximum(-rows, 0) * self.unit / self.scale[self.kept]
        return found


def build(block: Block, once: Reals, whole: Reals, *, integer: bool) -> Programme:
    """The programme that maximises these weights of all instructions over the block's columns."""
    p, index = block.problem, block.index
    apart = np.flatnonzero(p.minimum[index] < p.quantity[index])
    use = np.zeros(len(p.at_hand), np.int64)
    np.add.at(use, p.holding[index].ravel(), np.maximum(p.amount[index], 0).ravel())
    kept = np.flatnonzero(use > block.slack)
    scale = np.ones(len(p.at_hand))
    np.maximum.at(scale, p.holding[index].ravel(), np.abs(p.amount[index]).ravel().astype(float))
    rows = Rows(block, apart, kept, scale)
    unit = max(1.0, float(np.abs(once[index] + whole[index]).mean())) if len(index) else 1.0
    priced = [(h, price) for h, price in block.prices.items() if use[h] > block.slack[h]]
    unit = max([unit, *(price * scale[h] for h, price in priced)])
    gain = rows.by_column(once, whole) / unit
    rows.balances([h for h, _ in priced])
    rows.couplings()
    rows.links()
    rows.floors()
    lower, upper = rows.bounds(len(priced))
    top_up = [price * scale[h] / unit for h, price in priced]
    lp = rows.model(np.concatenate((-gain, top_up)), lower, upper)
    if integer:
        kinds = [highspy.HighsVarType.kInteger] * len(gain)
        lp.integrality_ = kinds + [highspy.HighsVarType.kContinuous] * len(priced)
    highs = _Silent()  # type: ignore[no-untyped-call]
    found = Programme(highs, block, apart, kept, scale, unit)
    found.set(threads=1, random_seed=0, time_limit=SAFETY_SECONDS)
    highs.passModel(lp)
    return found
