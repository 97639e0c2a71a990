"""A plan cut into shards that settle each as a whole, wave after wave. Pure, in exact integers.

The shards of one wave may settle in any order or at once: together they draw no more than is at hand
when the wave begins, and what one of them brings counts from the next wave on. Within a shard
everything settles at once, so what its own members bring each other counts.

A security is kept together, several small ones share a shard, and those paid mostly by the same payer
stand side by side, so that few shards of a wave wait for the same account. A security with more than
fits a shard is cut payer by payer. Where this leaves little to do, everything left is gone through one
after the other; what then waits for each other in a ring, is one step.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from settlements.optimising.exact import violations
from settlements.optimising.problem import Ints, Problem
from settlements.running.sharding.filling import Filled
from settlements.running.sharding.plenty import cut_of_plenty
from settlements.running.sharding.steps import Steps, steps_of
from settlements.running.sharding.waves import Waves

MOST = 2_500  # instructions in a shard: what one transaction settles in about a second


class Budget(NamedTuple):
    """So much may be drawn from a holding (an index of the problem) beyond what the shard brings there."""

    holding: int
    amount: int


@dataclass(frozen=True, slots=True)
class Shard:
    """Instructions (indexes of the problem, ascending) that settle together, and what they draw.

    Shards are numbered from 0 through all waves; a wave begins when all shards of earlier ones are done.
    """

    number: int
    wave: int
    members: tuple[int, ...]
    budgets: tuple[Budget, ...]


def shards_of(problem: Problem, parts: Ints, *, most: int = MOST) -> list[Shard]:
    """The parts that settle, each in exactly one shard, the first wave first. The same plan, the same cut.

    The budgets of a wave are together at most what is at hand when it begins: `problem.at_hand`, credit
    included, and what earlier waves brought. Linked instructions, of whatever kind, are in one shard. A shard
    has more than `most` members only where they can but settle together.

    Raises ValueError for parts that cannot settle together: no plan of an optimiser.
    """
    wrong = violations(problem, parts)
    if wrong:
        raise ValueError(f"no plan: {wrong[:3]}")
    if (plenty := cut_of_plenty(problem, parts, most)) is not None:
        return [
            Shard(number, 0, tuple(members.tolist()), tuple(Budget(h, n) for h, n in draws.items()))
            for number, (members, draws) in enumerate(plenty)
        ]
    return by_waves(problem, parts, most)


def by_waves(problem: Problem, parts: Ints, most: int) -> list[Shard]:
    """The same, wave after wave, whatever there is."""
    steps, found = steps_of(problem, parts), list[Shard]()
    for number, wave in enumerate(Waves(steps, problem.at_hand.tolist(), most).run()):
        found += [_shard(steps, each, len(found) + k, number) for k, each in enumerate(wave)]
    return found


def _shard(steps: Steps, filled: Filled, number: int, wave: int) -> Shard:
    members = sorted(n for step in filled.chosen for n in steps.members[step])
    budgets = tuple(Budget(h, filled.net[h]) for h in sorted(filled.net) if filled.net[h] > 0)
    return Shard(number, wave, tuple(members), budgets)
