"""Rows that every set of whole instructions keeps and the relaxation breaks: it says less is possible with them.

Where 100 are at hand and two want 60 each, the relaxation settles five sixths of both; that one of them settles
is a row too. Such rows are found by rounding (Marchand and Wolsey): a holding's row, with those that mostly settle
turned round, is divided by an amount that is settled in part, and what is left over is rounded down.
"""

from __future__ import annotations

from dataclasses import dataclass

import highspy
import numpy as np

from settlements.optimising.problem import Flags, Ints, Reals
from settlements.optimising.programme import Programme
from settlements.optimising.rows import roundings

DIVISORS = 8  # amounts that a row is divided by, and their halves and quarters
SOME = 1e-5  # of an instruction: what counts as settled in part
DEEP = 1e-4  # how far from what the relaxation says a row has to be


@dataclass(frozen=True)
class Rounded:
    """The sum of these columns of a block at these values is no more than `most`."""

    columns: Ints
    values: Reals
    most: float
    holding: int  # whose row it came from


class Holdings:
    """The rows of a block's holdings in integers, by holding. Rows with parts are left out: those are rounded."""

    def __init__(self, programme: Programme) -> None:
        block = programme.block
        p, index = block.problem, block.index
        local = np.full(len(p.at_hand), -1)
        local[programme.kept] = np.arange(len(programme.kept))
        uneven: Flags = np.zeros(len(p.at_hand), bool)
        uneven[p.holding[index[programme.apart]].ravel()] = True
        uneven |= roundings(p, index[programme.apart]) > 0
        rows, amounts = local[p.holding[index]].ravel(), p.amount[index].ravel()
        some = (rows >= 0) & (amounts != 0) & ~uneven[p.holding[index]].ravel()
        columns = np.repeat(np.arange(len(index)), 4)[some]
        order = np.argsort(rows[some], kind="stable")
        self.columns, self.amounts = columns[order], amounts[some][order]
        self.starts = np.searchsorted(rows[some][order], np.arange(len(programme.kept) + 1))
        self.holdings, self.slack = programme.kept, block.slack

    def broken(self, share: Reals) -> list[Rounded]:
        """Of each row that settles somebody in part, the rounded one that is broken furthest."""
        in_part = (share > SOME) & (share < 1 - SOME)
        before = np.concatenate(([0], np.cumsum(in_part[self.columns])))
        parts = before[self.starts[1:]] - before[self.starts[:-1]]
        found = [self._furthest(int(row), share, in_part) for row in np.flatnonzero(parts)]
        return [each for each in found if each is not None]

    def _furthest(self, row: int, share: Reals, in_part: Flags) -> Rounded | None:
        of = slice(self.starts[row], self.starts[row + 1])
        columns, amounts = self.columns[of], self.amounts[of]
        turned = share[columns] > 0.5
        left = int(self.slack[self.holdings[row]]) - int(amounts[turned].sum())
        amounts = np.where(turned, -amounts, amounts)
        shares = np.where(turned, 1 - share[columns], share[columns])
        divisors = _divisors(np.abs(amounts[in_part[columns]]))
        over = left % divisors
        divisors = divisors[(over * 100 >= divisors) & (over * 100 <= 99 * divisors)]
        if not len(divisors):
            return None
        values, most = _rounded(amounts, left, divisors)
        deep = (values @ shares - most) / np.maximum(np.sqrt((values**2).sum(1)), SOME)
        best = int(np.argmax(deep))
        if deep[best] <= DEEP:
            return None
        chosen = values[best]
        some = np.flatnonzero(chosen)
        back = np.where(turned, -chosen, chosen)[some]
        limit = float(most[best] - chosen[turned].sum())
        return Rounded(columns[some], back, limit, int(self.holdings[row]))


def _divisors(amounts: Ints) -> Ints:
    amounts = np.unique(amounts)
    if len(amounts) > DIVISORS:
        amounts = amounts[np.linspace(0, len(amounts) - 1, DIVISORS).astype(np.int64)]
    found = np.concatenate((amounts, amounts // 2, amounts // 4))
    return found[found > 0]


def _rounded(amounts: Ints, left: int, divisors: Ints) -> tuple[Reals, Ints]:
    """The row by each divisor, rounded: integers are divided, so that nothing is rounded the wrong way."""
    whole, over = left // divisors, left % divisors
    each = amounts[None, :] // divisors[:, None]
    rest = amounts[None, :] - each * divisors[:, None]
    more = np.maximum(rest - over[:, None], 0) / (divisors - over)[:, None]
    return each + more, whole


def tighten(programme: Programme, rounds: int) -> tuple[list[Rounded], float]:
    """Solve it again with the rows that its answer breaks, so many times; the rows it ends with, and the work.

    Each time it begins anew: with many rows more that is quicker than going on from where it was.
    """
    cuts: list[Rounded] = []
    first, work = programme.highs.getNumRow(), 0.0
    holdings = Holdings(programme)
    for _ in range(rounds):
        solution = programme.highs.getSolution()
        broken = holdings.broken(np.array(solution.col_value)[: len(programme.block.index)])
        if not broken:
            break
        idle = np.array(solution.row_dual)[first:] == 0
        _delete(programme, first + np.flatnonzero(idle))
        cuts = [each for each, is_idle in zip(cuts, idle.tolist(), strict=True) if not is_idle]
        _add(programme, broken)
        programme.highs.run()
        work += programme.work()
        if not programme.is_solved():  # the solver's trouble, and no reason to have no answer
            _delete(programme, first + len(cuts) + np.arange(len(broken)))
            programme.highs.run()
            break
        cuts += broken
    return cuts, work


def _delete(programme: Programme, rows: Ints) -> None:
    if len(rows):
        programme.highs.deleteRows(len(rows), rows.astype(np.int32))
    programme.highs.clearSolver()


def _add(programme: Programme, cuts: list[Rounded]) -> None:
    top = [float(np.abs(each.values).max()) for each in cuts]
    starts = np.cumsum([0, *(len(each.columns) for each in cuts)])
    programme.highs.addRows(
        len(cuts), np.full(len(cuts), -highspy.kHighsInf),
        np.array([each.most / most for each, most in zip(cuts, top, strict=True)]), int(starts[-1]),
        starts[:-1].astype(np.int32), np.concatenate([each.columns for each in cuts]).astype(np.int32),
        np.concatenate([each.values / most for each, most in zip(cuts, top, strict=True)]),
    )  # fmt: skip
    programme.highs.clearSolver()


def charged(programme: Programme, cuts: list[Rounded], of: Flags) -> tuple[Reals, float]:
    """By the prices of the rows that came from these holdings: what each instruction pays, and what there is in all."""
    pays, in_all = np.zeros(programme.block.problem.size), 0.0
    duals = np.array(programme.highs.getSolution().row_dual)
    duals = np.maximum(-duals[len(duals) - len(cuts) :], 0) * programme.unit
    for cut, dual in zip(cuts, duals.tolist(), strict=True):
        if dual > 0 and of[cut.holding]:
            price = dual / float(np.abs(cut.values).max())
            pays[programme.block.index[cut.columns]] += price * cut.values
            in_all += price * cut.most
    return pays, in_all
