"""The outside part of a run's decision: what is expected to settle there, in place of what would merely fit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal

import numpy as np

from backoffice.kernel.decimals import plain
from settlements.cycling.selectors import last_places
from settlements.models import SettlementRun
from settlements.optimising.problem import Ints
from settlements.releasing.knowing import read_known
from settlements.releasing.sending import Sending, sending_of
from settlements.running.deciding import Decided
from settlements.running.objectives import Chosen
from settlements.running.queueing import Look
from settlements.running.state import RunObjective


def decide_outside(
    run: SettlementRun, chosen: Chosen, look: Look, decided: Decided
) -> tuple[Decided, Sending | None]:
    """Nothing of it where nothing is chosen: first in, first out sends in the order of arrival what is covered."""
    if chosen.wanted == RunObjective.FIFO:
        return decided, None
    codes = look.names["place"]
    outside = {each.place_id for each in look.queued if not each.internal}
    last = last_places(
        {codes[id] for id in outside}, day=run.business_date, at=run.requested_at, said=run.is_last
    )
    known = read_known(
        look, day=run.business_date, last={id for id in outside if codes[id] in last}
    )
    sending = replace(sending_of(decided.counted, look, chosen, known), last=tuple(sorted(last)))
    internal = np.array([each.internal for each in look.queued], bool)
    parts: Ints = np.where(internal, decided.parts, 0)
    expected = sending.expected()
    parts[expected] = decided.problem.quantity[expected]
    return replace(decided, parts=parts), sending


def gap_of(chosen: Chosen, decided: Decided, sending: Sending | None) -> float:
    """How much better a set could be, at most, as a share; what is kept back for later today is part of that."""
    gap = decided.found.gap if decided.found else 0.0
    kept_back = sending is not None and (sending.order or sending.waits)
    if (chosen.searched and not kept_back) or not decided.bound:
        return gap
    return max(gap, (decided.bound - decided.worth(decided.parts)) / decided.bound)


def to_borrow(
    decided: Decided, sending: Sending | None, where: Callable[[int], dict[str, str]]
) -> Iterator[dict[str, str]]:
    """Securities that deliveries lack, the most worth first: `worth` is the most that borrowing them may cost."""
    row = {holding: n for n, holding in enumerate(decided.problem.holdings)}
    found = sorted(sending.borrow if sending else (), key=lambda each: (-each.gain, each.holding))
    for each in found:
        if each.holding in row:
            quantity = decided.counted.amount(each.holding.asset, each.quantity)
            yield where(row[each.holding]) | {
                "quantity": plain(quantity), "worth": f"{Decimal(each.gain) / 100:.2f}",
            }  # fmt: skip
