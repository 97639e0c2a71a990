"""What would let a settlement settle, what it would push out, and what one unit more is worth. Pure.

Everything that is said here was solved for, and reckoned again in whole numbers before it is said.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from backoffice.kernel.decimals import plain
from settlements.optimising.displacing import Displacement, Verdict, displacement
from settlements.optimising.exact import violations
from settlements.optimising.explaining import Shortage
from settlements.optimising.problem import Ints
from settlements.optimising.remedies import Remedy, remedy
from settlements.running.reasons import Explaining
from settlements.running.state import ExplanationKind

NAMED = 12  # settlements that a sentence names; the rest is counted
SCALE = 1_000  # a unit's price is a whole number of so many parts of a hundredth


class Explanation(NamedTuple):
    """One thing that is said of a settlement, and whether it is proved."""

    kind: ExplanationKind
    facts: dict[str, Any]
    is_proved: bool


@dataclass(frozen=True)
class Working:
    """A plan with its queue, ready to work out why single settlements are not in it.

    `prices` is what the plan says that one unit more is worth, by owner, place and asset.
    """

    explaining: Explaining
    prices: Sequence[Mapping[str, str]] = ()

    @cached_property
    def index(self) -> dict[int, int]:
        instructions = self.explaining.decided.counted.queue.instructions
        return {each.id: n for n, each in enumerate(instructions)}

    @cached_property
    def unit_price(self) -> Ints:
        worth = self.explaining.explained.unit_value * SCALE
        return np.maximum(np.rint(worth), 1).astype(np.int64)

    def explain(self, settlement_id: int) -> list[Explanation]:
        """What can be said beyond what is short and whom it waits for; nothing of what settles."""
        n = self.index.get(settlement_id)
        if n is None or self.explaining.decided.parts[n]:
            return []
        return [*self._remedy(n), *self._displacement(n), *self._marginal(n)]

    # What would let it settle

    def _remedy(self, n: int) -> Iterator[Explanation]:
        found = remedy(self.explaining.explained, n, self.unit_price)
        if found is None or not self.holds(n, found):
            yield Explanation(ExplanationKind.REMEDY, {"found": False}, False)
            return
        others = [m for m, _part in found.parts if m != n]
        part = dict(found.parts)[n]
        facts = {
            "found": True, "needs": self._told(found.shortages),
            "cost": plain(Decimal(found.cost) / SCALE / 100),
            **self._members("others", others), **self._part(n, part),
        }  # fmt: skip
        yield Explanation(ExplanationKind.REMEDY, facts, found.is_least)

    def holds(self, n: int, found: Remedy) -> bool:
        """Whether with what it asks for everything of the plan and it settle, to the last unit."""
        decided = self.explaining.decided
        at_hand = decided.problem.at_hand.copy()
        for each in found.shortages:
            at_hand[each.holding] += each.amount
        parts = decided.parts.copy()
        for member, part in found.parts:
            parts[member] = part
        return bool(parts[n]) and not violations(replace(decided.problem, at_hand=at_hand), parts)

    # What it would push out

    def _displacement(self, n: int) -> Iterator[Explanation]:
        decided = self.explaining.decided
        found = displacement(self.explaining.explained, n, decided.by_value)
        if found.verdict == Verdict.NEVER:
            if not self.explaining.explained.never(n):  # told already, with what is short
                yield Explanation(ExplanationKind.NEVER, {"short": [], "how": "search"}, True)
            return
        facts: dict[str, Any] = {"verdict": found.verdict.value}
        if found.verdict == Verdict.FOUND:
            facts |= self._pushed(n, found)
        yield Explanation(ExplanationKind.DISPLACEMENT, facts, found.is_least)

    def _pushed(self, n: int, found: Displacement) -> dict[str, Any]:
        others = [each for each in found.changes if each[0] != n]
        out = [m for m, before, after in others if after < before]
        come = [m for m, before, after in others if after > before]
        return {
            "loss": plain(Decimal(found.loss) / 100), **self._members("out", out),
            **self._members("come", come),
        }  # fmt: skip

    # What one unit more is worth

    def _marginal(self, n: int) -> Iterator[Explanation]:
        """Where it is short, what the plan's last relaxation says of one unit more: at most that."""
        short = [self.explaining.where(s.holding) for s in self.explaining.explained.shortages(n)]
        units = [
            dict(each)
            for each in self.prices
            if {k: each[k] for k in ("owner", "place", "asset")} in short
        ]
        if units:
            yield Explanation(ExplanationKind.MARGINAL, {"units": units}, False)

    # Words for numbers

    def _told(self, shortages: Sequence[Shortage]) -> list[dict[str, str]]:
        decided = self.explaining.decided
        found = []
        for each in shortages:
            asset = decided.problem.holdings[each.holding].asset
            amount = plain(decided.counted.amount(asset, each.amount))
            found.append(self.explaining.where(each.holding) | {"amount": amount})
        return found

    def _members(self, name: str, members: Sequence[int]) -> dict[str, Any]:
        instructions = self.explaining.decided.counted.queue.instructions
        named = [f"S-{instructions[m].id}" for m in members[:NAMED]]
        return {name: named, f"{name}_count": len(members)}

    def _part(self, n: int, part: int) -> dict[str, str]:
        """How much of it settles then, where that is not the whole."""
        decided = self.explaining.decided
        if part == decided.problem.quantity[n]:
            return {}
        each = decided.counted.queue.instructions[n]
        movement = each.delivery or each.payment
        known = movement and (movement.source or movement.target)
        return {"part": plain(decided.counted.amount(known.asset, part))} if known else {}
