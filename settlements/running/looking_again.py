"""A shard looked at again, once something of it may not move any more or less is at hand than planned.

What it may draw is its own budget, or less where less is there by now, and what its members bring each other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

import numpy as np

from settlements.models import SettlementRun
from settlements.optimising.model import Aim, Objective
from settlements.optimising.problem import problem_of
from settlements.optimising.weighing import weights_of
from settlements.running.at_hand import Candidate, Spot
from settlements.running.deciding import Decided
from settlements.running.integers import Counted, counted, units
from settlements.running.objectives import objective_on
from settlements.running.queueing import Look, look_at
from settlements.running.reasons import Explaining, Why
from settlements.running.redeciding import redecided


@dataclass(frozen=True)
class Again:
    """What settles of the shard after all (how much; empty: all of it), and why the others, and rests, do not."""

    parts: dict[int, Decimal | None]
    left: dict[int, Why]
    rests: dict[int, str] = field(default_factory=dict)


def look_again(
    run: SettlementRun,
    planned: Mapping[int, Decimal | None],
    budget: Mapping[Spot, Decimal],
) -> Again:
    """The best of what was planned that the budget covers; never more than the budget is drawn."""
    if not planned:
        return Again({}, {})
    look = look_at(run, list(planned), budget)
    chosen = objective_on(run.business_date, run.objective)
    small = counted(look, chosen, on=run.business_date)
    wanted = {each.id: _wanted(small, each, planned[each.id]) for each in look.queued}
    found = redecided(small.queue, wanted, chosen.objective)
    return _told(look, small, found)


def _wanted(small: Counted, each: Candidate, part: Decimal | None) -> int:
    asset_id, whole = (
        (each.asset_id, each.quantity) if each.quantity else (each.money_id, each.amount)
    )
    return units(whole if part is None else part, small.decimals[asset_id]) or 1


def _told(look: Look, small: Counted, found: Mapping[int, int]) -> Again:
    instructions = small.queue.instructions
    parts = np.array([found.get(each.id, 0) for each in instructions], np.int64)
    (by_value,) = weights_of(instructions, Objective(aim=Aim.VALUE))
    problem = problem_of(small.queue)
    said = Explaining(look, Decided(
        counted=small, problem=problem, parts=parts, fifo=parts, netted=parts, by_value=by_value,
        bound=0, found=None, seconds=0.0,
    ))  # fmt: skip
    again = Again({}, {})
    for n, each in enumerate(look.queued):
        if not parts[n]:
            again.left[each.id] = said.why(n, each)
        elif parts[n] == problem.quantity[n]:
            again.parts[each.id] = None
        else:
            asset_id = each.asset_id if each.quantity else each.money_id
            again.parts[each.id] = small.amount(asset_id, int(parts[n]))
            again.rests[each.id] = said.why(n, each).reason
    return again
