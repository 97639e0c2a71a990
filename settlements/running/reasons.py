"""What is said at once of everything that a plan leaves out: what is short, and whom it waits for. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from backoffice.kernel.decimals import plain
from settlements.optimising.explaining import Explained, Shortage
from settlements.optimising.problem import Reals
from settlements.running.at_hand import Candidate
from settlements.running.deciding import Decided
from settlements.running.queueing import Look
from settlements.running.state import ExplanationKind
from settlements.state import Reason

CHAIN_MOST = 12  # members of a chain that are kept


class Said(NamedTuple):
    """One thing that is said of one settlement."""

    settlement_id: int
    kind: ExplanationKind
    facts: dict[str, Any]


class Why(NamedTuple):
    """The market's reason of one that is left out, and how much of it is short."""

    reason: str
    short: Decimal


@dataclass(frozen=True)
class Explaining:
    """A decision, ready to say why each settlement is not in it."""

    look: Look
    decided: Decided

    @cached_property
    def explained(self) -> Explained:
        """Worked out where something is asked: of most queues nothing is left out."""
        unit_value = _unit_value(self.look, self.decided)
        return Explained(self.decided.problem, self.decided.parts, unit_value)

    def why(self, n: int, candidate: Candidate) -> Why:
        """By what is short first, securities before money; empty where only another it is linked to is.

        Of one that settles in part, why the rest does not.
        """
        settles = bool(self.decided.parts[n])
        lacking = self.explained.shortages_of_rest(n) if settles else self.explained.shortages(n)
        for short in lacking:
            return Why(self._reason(short, candidate).value, self._amount(short))
        return Why("", Decimal(0))

    def _reason(self, short: Shortage, candidate: Candidate) -> Reason:
        """What we lack is told apart from what we have and may not give."""
        of_money = bool(self.decided.problem.cash[short.holding])
        if of_money == candidate.delivers:
            return Reason.CMON if of_money else Reason.CLAC
        apart = self._apart(short)
        if sum(apart.values()) < self._amount(short):
            return Reason.MONY if of_money else Reason.LACK
        return Reason.RESTRICTED if apart.keys() == {"RESTRICTED"} else Reason.SET_APART

    def _apart(self, short: Shortage) -> Mapping[str, Decimal]:
        spot = self.decided.counted.spot(self.decided.problem.holdings[short.holding])
        return self.look.set_apart.get(spot, {})

    def said(self, n: int) -> Iterator[Said]:
        """What is short; that it can never settle, or whom it waits for."""
        id = self.decided.counted.queue.instructions[n].id
        lacking = self.explained.shortages(n)
        if lacking:
            yield Said(id, ExplanationKind.SHORTAGE, {"short": self._told(lacking)})
        never = self.explained.never(n)
        held = self.explained.held_parents(n)
        if never or held:
            facts: dict[str, Any] = {"short": self._told(never)}
            yield Said(id, ExplanationKind.NEVER, facts | self._of("held", held))
            return
        chain = self.explained.chain(n)
        if len(chain.members) > 1:
            holdings = [self.where(h) for h in chain.holdings[:CHAIN_MOST]]
            facts = self._of("members", chain.members[:CHAIN_MOST])
            yield Said(id, ExplanationKind.CHAIN, facts | {
                "holdings": holdings, "is_ring": chain.is_ring, "length": len(chain.members),
                **({} if chain.back_to is None else self._one("back_to", chain.back_to)),
            })  # fmt: skip

    def where(self, holding: int) -> dict[str, str]:
        """A holding by the codes of its owner, place and asset."""
        spot = self.decided.counted.spot(self.decided.problem.holdings[holding])
        names = self.look.names
        return {
            "owner": names["party"][spot.owner_id], "place": names["place"][spot.place_id],
            "asset": names["asset"][spot.asset_id],
        }  # fmt: skip

    def _amount(self, short: Shortage) -> Decimal:
        holding = self.decided.problem.holdings[short.holding]
        return self.decided.counted.amount(holding.asset, short.amount)

    def _told(self, lacking: list[Shortage]) -> list[dict[str, Any]]:
        return [self._lack(each) for each in lacking]

    def _lack(self, short: Shortage) -> dict[str, Any]:
        found = self.where(short.holding) | {"amount": plain(self._amount(short))}
        apart = {kind: plain(quantity) for kind, quantity in self._apart(short).items()}
        return found | {"set_apart": apart} if apart else found

    def _one(self, name: str, member: int) -> dict[str, str]:
        return {name: f"S-{self.decided.counted.queue.instructions[member].id}"}

    def _of(self, name: str, members: Any) -> dict[str, list[str]]:
        instructions = self.decided.counted.queue.instructions
        return {name: [f"S-{instructions[m].id}" for m in members]} if members else {}


def stopped(look: Look) -> Iterator[Said]:
    """What stops those that are not in the queue, where more is to be told than the reason."""
    for id, left in look.left.items():
        if left.facts:
            yield Said(id, ExplanationKind.STOPPED, {"reason": left.reason, **left.facts})


def _unit_value(look: Look, decided: Decided) -> Reals:
    """What one unit at each holding is worth, by what this queue pays for its asset in all."""
    counted = decided.counted
    paid: dict[int, int] = {}
    moved: dict[int, int] = {}
    for each in counted.queue.instructions:
        for movement in (each.delivery, each.payment):
            known = movement and (movement.source or movement.target)
            if movement and known:
                paid[known.asset] = paid.get(known.asset, 0) + each.value
                moved[known.asset] = moved.get(known.asset, 0) + movement.amount
    worth: Mapping[int, float] = {asset: paid[asset] / max(moved[asset], 1) for asset in paid}
    found = np.zeros(len(decided.problem.at_hand))
    for h, holding in enumerate(decided.problem.holdings):
        found[h] = worth.get(holding.asset, 0.0)
    return found
