"""What settling an instruction would push out, or the proof that nothing makes room for it.

First a set is sought that settles with it from what is at hand alone: if none exists, it can never
settle, whatever leaves. Around that set the plan is kept as far as it goes; and near the instruction
a programme looks for less to push out. What is lost is an upper bound unless the whole was solved.
The solver reckons parts in proportion: where an amount of one is rounded, it proves nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

import highspy
import numpy as np

from settlements.optimising.exact import slack_of, violations
from settlements.optimising.explaining import Explained
from settlements.optimising.greedy import delete
from settlements.optimising.problem import BRINGS, GIVES, Ints, Problem
from settlements.optimising.programme import Programme, build
from settlements.optimising.remedies import gathered, remedy
from settlements.optimising.rows import Block, rounded_worth, roundings
from settlements.optimising.weighing import Weights, sum_of

WHOLE = 64  # instructions that are solved as a whole, to the end
SUPPORTERS, NEIGHBOURS, LAYERS, BESIDE = 2_000, 600, 4, 60
NODES = 20


class Verdict(StrEnum):
    FOUND = "FOUND"
    NEVER = "NEVER"  # proved: no set that settles has it
    UNDECIDED = "UNDECIDED"


@dataclass(frozen=True)
class Displacement:
    """A set that has the instruction, by what differs from the plan: index, quantity before and after.

    `loss` is the plan's worth less this set's; `is_least` says that no set that has it loses less.
    """

    verdict: Verdict
    changes: tuple[tuple[int, int, int], ...] = ()
    loss: int = 0
    is_least: bool = False


def displacement(explained: Explained, n: int, weights: Weights) -> Displacement:
    problem = explained.problem
    if not explained.possible[n]:
        return Displacement(Verdict.NEVER)
    free = np.flatnonzero(problem.free)
    is_whole = len(free) <= WHOLE
    if is_whole:
        near = _forced(explained, n, free, weights, nodes=2**31 - 1)
        decided = _decided(explained, n, near, weights)
        if decided:
            return decided
    support = supporting(replace(problem, free=explained.possible), n)
    if support is None:
        return Displacement(Verdict.NEVER)
    if not is_whole:
        near = _forced(explained, n, neighbours(explained, n), weights, nodes=NODES)
    sets = [_set_of(explained, near)]
    starts = [support] if support[n] else _hopeful(explained, n)
    sets += [_kept_around(explained, each, weights) for each in starts]
    return _best(explained, n, weights, sets, is_least=False)


def _decided(
    explained: Explained, n: int, of_all: Programme, weights: Weights
) -> Displacement | None:
    """What the solver proved about all instructions together, where it knows their exact amounts."""
    problem, status = explained.problem, of_all.highs.getModelStatus()
    parts = of_all.block.index[of_all.apart]
    if roundings(problem, parts).any():
        return None
    if status == highspy.HighsModelStatus.kInfeasible:
        return Displacement(Verdict.NEVER)
    if status == highspy.HighsModelStatus.kOptimal and not rounded_worth(problem, weights, parts):
        return _best(explained, n, weights, [_set_of(explained, of_all)], is_least=True)
    return None


def _hopeful(explained: Explained, n: int) -> list[Ints]:
    """Sets to put into the plan where none is known that settles by itself: it alone, and with helpers.

    What it lacks may be left by those who leave, though what they would have brought goes with them. Its
    least part counts too: the money of that may be rounded to nothing.
    """
    problem = explained.problem
    sets = []
    for part in sorted({int(problem.quantity[n]), int(problem.minimum[n])}, reverse=True):
        alone = np.zeros(problem.size, np.int64)
        alone[n] = part
        sets.append(alone)
    found = remedy(explained, n, np.ones(len(problem.at_hand), np.int64))
    if found is not None:
        helped = np.zeros(problem.size, np.int64)
        for member, part in found.parts:
            helped[member] = part
        sets.append(helped)
    return sets


def supporting(problem: Problem, n: int) -> Ints | None:
    """Parts of a small set that has it and settles from what is at hand; None proves that none exists.

    Empty where the search was given up. Only those matter who bring, directly or through others, where
    it lacks something: any set that settles still does without all the rest.
    """
    nobody = np.zeros(problem.size, np.int64)
    index, is_whole = gathered(problem, n, problem.at_hand, _bringing(problem), nobody, SUPPORTERS)
    forced = (int(np.searchsorted(index, n)),)
    block = Block(problem, index, problem.at_hand, others=nobody, forced=forced)
    programme = build(block, -np.ones(problem.size), np.zeros(problem.size), integer=True)
    programme.set(mip_max_nodes=NODES, mip_rel_gap=1.0)
    programme.highs.run()
    if programme.highs.getModelStatus() == highspy.HighsModelStatus.kInfeasible:
        # The solver knows no rounding, by which a part might just fit.
        is_proof = is_whole and not roundings(problem, problem.in_parts()).any()
        return None if is_proof else nobody
    parts = programme.parts()
    if parts is None:
        return nobody
    found = nobody.copy()
    found[index] = parts
    return nobody if violations(problem, found) else found


def _bringing(problem: Problem) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for column in BRINGS:
        for n, h in enumerate(problem.columns.holding[column]):
            if problem.columns.amount[column][n]:
                found.setdefault(h, []).append(n)
    return found


def _kept_around(explained: Explained, support: Ints, weights: Weights) -> Ints:
    """The plan with the set put in: what overdraws leaves, the least worth first, the set never."""
    problem = explained.problem
    together = np.where(support > 0, support, explained.parts)
    score = weights.total().astype(float)
    order = np.argsort(-score, kind="stable")
    score[support > 0] = np.inf
    return delete(problem, together, score, order)


def neighbours(explained: Explained, n: int) -> Ints:
    """Who takes or brings where it does, and so on in a few layers, those of its own size first."""
    problem, seen, layer = explained.problem, {n}, [n]
    size = problem.amount[:, 1]
    for _ in range(LAYERS):
        following = []
        for member in layer:
            near = sorted(
                _beside(explained, member), key=lambda k: (abs(int(size[k] - size[n])), k)
            )
            for each in near[:BESIDE]:
                if each not in seen and len(seen) < NEIGHBOURS and problem.free[each]:
                    seen.add(each)
                    following.append(each)
        layer = following
    return np.array(sorted(seen), np.int64)


def _beside(explained: Explained, member: int) -> set[int]:
    holding, settles = explained.problem.holding[member], explained.parts[member] > 0
    found = set(explained.problem.parents.get(member, ()))
    for column in GIVES:
        found |= set(explained.taking.get(int(holding[column]), ()))
        if not settles:
            found |= set(explained.bringing.get(int(holding[column]), ()))
    if settles:  # were it to leave, those who live on what it brings might have to leave too
        for column in BRINGS:
            found |= set(explained.taking.get(int(holding[column]), ()))
    return found


def _forced(
    explained: Explained, n: int, index: Ints, weights: Weights, *, nodes: int
) -> Programme:
    others = explained.parts.copy()
    others[index] = 0
    slack = slack_of(explained.problem, others)
    forced = (int(np.searchsorted(index, n)),)
    block = Block(explained.problem, index, slack, others=others, forced=forced)
    programme = build(block, weights.once.astype(float), weights.whole.astype(float), integer=True)
    programme.set(mip_rel_gap=0.0 if nodes > NODES else 1e-3, mip_abs_gap=0.0, mip_max_nodes=nodes)
    programme.highs.run()
    return programme


def _set_of(explained: Explained, programme: Programme) -> Ints | None:
    found = programme.parts()
    if found is None:
        return None
    parts = explained.parts.copy()
    parts[programme.block.index] = found
    return parts


def _best(
    explained: Explained, n: int, weights: Weights, sets: list[Ints | None], *, is_least: bool
) -> Displacement:
    """Of the sets that are exact and have it, the one that loses least."""
    problem, plan = explained.problem, explained.parts
    good = [each for each in sets if each is not None and each[n] and not violations(problem, each)]
    if not good:
        return Displacement(Verdict.UNDECIDED)
    best = max(good, key=lambda each: sum_of(problem, weights, each))
    changes = tuple((k, int(plan[k]), int(best[k])) for k in np.flatnonzero(best != plan).tolist())
    loss = sum_of(problem, weights, plan) - sum_of(problem, weights, best)
    return Displacement(Verdict.FOUND, changes, loss, is_least)
