"""The steps of a plan: what is never cut apart, and what each takes and brings. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from settlements.optimising.exact import amounts_of
from settlements.optimising.problem import Ints, Problem

Net = dict[int, int]  # of each holding, what is taken less what is brought


@dataclass(frozen=True)
class Steps:
    """What is never cut: an instruction, or those linked to each other. `groups` are steps by security."""

    members: list[tuple[int, ...]]
    net: list[Net]
    groups: list[list[int]]

    @cached_property
    def sizes(self) -> list[int]:
        return list(map(len, self.members))

    def rows(self, steps: Iterable[int]) -> int:
        """How many instructions these are."""
        return sum(map(self.sizes.__getitem__, steps))


def steps_of(problem: Problem, parts: Ints) -> Steps:
    index = np.flatnonzero(parts)
    nets = _nets(problem, index, parts)
    members, net, keys = [], [], []
    payer, security = problem.holding[:, 1].tolist(), problem.security.tolist()
    main = main_payers(problem, index).tolist()
    for linked in _linked(problem, index.tolist()):
        members.append(linked)
        net.append(_added(nets[n] for n in linked) if len(linked) > 1 else nets[linked[0]])
        first = linked[0]
        keys.append((main[security[first]], security[first], payer[first]))
    groups: dict[tuple[int, int], list[int]] = defaultdict(list)
    for step in sorted(range(len(keys)), key=keys.__getitem__):
        groups[keys[step][:2]].append(step)
    return Steps(members, net, list(groups.values()))


def _nets(problem: Problem, index: Ints, parts: Ints) -> dict[int, Net]:
    """What each takes and brings; nothing where that comes to nothing."""
    holdings = problem.holding[index].tolist()
    amounts = amounts_of(problem, index, parts[index]).tolist()
    found: dict[int, Net] = {}
    for n, where, much in zip(index.tolist(), holdings, amounts, strict=True):
        pairs = [(h, amount) for h, amount in zip(where, much, strict=True) if amount]
        net = dict(pairs)
        found[n] = net if len(net) == len(pairs) else _added(dict([pair]) for pair in pairs)
    return found


def _added(nets: Iterable[Net]) -> Net:
    taken: Net = {}
    for net in nets:
        for h, amount in net.items():
            taken[h] = taken.get(h, 0) + amount
    return {h: amount for h, amount in taken.items() if amount}


def main_payers(problem: Problem, index: Ints) -> Ints:
    """Of each security, whose money most of what these move of it is paid with; of two alike the later holding."""
    payers = len(problem.at_hand)
    key = problem.security[index] * payers + problem.holding[index, 1]
    known, which = np.unique(key, return_inverse=True)
    paid = np.zeros(len(known), np.int64)
    np.add.at(paid, which, problem.amount[index, 1])
    found = np.zeros(int(problem.security.max(initial=0)) + 1, np.int64)
    order = np.lexsort((known, paid))
    found[known[order] // payers] = known[order] % payers
    return found


def _linked(problem: Problem, index: Sequence[int]) -> list[tuple[int, ...]]:
    """The instructions, those linked to each other directly or through others as one."""
    head: dict[int, int] = {}

    def head_of(n: int) -> int:
        while head.get(n, n) != n:
            head[n] = head.get(head[n], head[n])
            n = head[n]
        return n

    settles = set(index)
    for child, parents in problem.parents.items():
        for parent in parents if child in settles else ():
            one, other = sorted((head_of(child), head_of(parent)))
            head[other] = one
    if not head:
        return [(n,) for n in index]
    found: dict[int, list[int]] = defaultdict(list)
    for n in index:
        found[head_of(n)].append(n)
    return [tuple(members) for members in found.values()]
