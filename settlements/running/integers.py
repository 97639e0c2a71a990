"""The queue of a run in whole numbers, as the optimiser takes it, and back. Pure.

Each asset has a unit of its own: money its minor unit, or smaller where amounts are; a security as
many decimals as its quantities have. What is at hand is rounded down to it, and counts up to what the
queue could draw at most: more never decides anything, and sums stay small.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_FLOOR, Decimal
from typing import NamedTuple

import msgspec

from settlements.optimising.model import Holding, Instruction, Link, LinkKind, Movement, Queue
from settlements.running.at_hand import Candidate, Spot, spots_of
from settlements.running.objectives import Chosen, standing_of
from settlements.running.queueing import Look

_HUNDREDTHS = Decimal(100)
_Numbered = Callable[[Spot | None], Holding | None]


@dataclass(frozen=True)
class Counted:
    """A queue in whole numbers, with what brings it back: places by number, decimals by asset."""

    queue: Queue
    places: tuple[tuple[int, int], ...]  # entity and place
    decimals: Mapping[int, int]
    sha256: str

    def spot(self, holding: Holding) -> Spot:
        entity_id, place_id = self.places[holding.place]
        return Spot(entity_id, holding.owner, place_id, holding.asset)

    def amount(self, asset_id: int, units: int) -> Decimal:
        return Decimal(units).scaleb(-self.decimals[asset_id])


def counted(look: Look, chosen: Chosen, *, on: date) -> Counted:
    """Raises ValueError where sums are beyond 64 bits."""
    queued = look.queued
    decimals = _decimals(queued, look.minor_units)
    places = tuple(sorted({(each.entity_id, each.place_id) for each in queued}))
    number = {place: n for n, place in enumerate(places)}

    def holding(spot: Spot | None) -> Holding | None:
        if spot is None:
            return None
        return Holding(spot.owner_id, number[spot.entity_id, spot.place_id], spot.asset_id)

    instructions = [
        _instruction(
            each, holding, decimals, look.values[each.id], on, _in_parts(each, decimals, look)
        )
        for each in queued
    ]
    most = _drawn(instructions)
    balances = {}
    for spot, quantity in sorted(look.at_hand.items()):
        where = holding(spot)
        if where is not None and where in most:
            balances[where] = min(units(quantity, decimals[spot.asset_id]), most[where])
    links = tuple(Link(LinkKind(tie.kind), tie.first, tie.second) for tie in look.ties)
    queue = Queue(instructions=tuple(instructions), balances=balances, links=links)
    return Counted(queue, places, decimals, _sha256(queue, places, decimals, chosen))


def units(quantity: Decimal, decimals: int) -> int:
    """So many whole units; what is less than one is left."""
    return int(quantity.scaleb(decimals).to_integral_value(ROUND_FLOOR))


def _decimals(queued: Iterable[Candidate], minor_units: Mapping[int, int]) -> dict[int, int]:
    found: dict[int, int] = {}
    for each in queued:
        for asset_id, amount in ((each.asset_id, each.quantity), (each.money_id, each.amount)):
            known = found.get(asset_id, minor_units.get(asset_id, 0))
            found[asset_id] = max(known, _in_use(amount))
    return found


def _in_use(amount: Decimal) -> int:
    """How many decimals it has that are not zero at the end."""
    exponent = amount.normalize().as_tuple().exponent
    return max(-exponent, 0) if isinstance(exponent, int) else 0


def _instruction(
    each: Candidate,
    holding: _Numbered,
    decimals: Mapping[int, int],
    value: Decimal,
    on: date,
    least: Parts | None,
) -> Instruction:
    spots = spots_of(each)
    quantity = units(each.quantity, decimals[each.asset_id])
    amount = units(each.amount, decimals[each.money_id])
    delivery = payment = None
    if quantity:
        delivery = Movement(holding(spots.from_holding), holding(spots.to_holding), quantity)
    if amount:
        payment = Movement(holding(spots.from_cash), holding(spots.to_cash), amount)
    return Instruction(
        id=each.id, quantity=quantity or amount or 1, delivery=delivery, payment=payment,
        value=max(int(value * _HUNDREDTHS), 1), priority=standing_of(each.priority),
        client=each.client, days=max((on - each.due_date).days, 0), skipped=each.skipped,
        minimum=least and least.minimum, lot=least.lot if least else 1,
    )  # fmt: skip


class Parts(NamedTuple):
    """The least part of an instruction, and by how much more."""

    minimum: int
    lot: int


def _in_parts(each: Candidate, decimals: Mapping[int, int], look: Look) -> Parts | None:
    """How small a part may be, where the optimiser and the books would cut it alike: both in whole lots,
    and money rounded to its minor unit. Elsewhere it settles whole.
    """
    if each.minimum is None or not each.quantity or not each.lot:
        return None
    places = decimals[each.asset_id]
    lot, whole = units(each.lot, places), units(each.quantity, places)
    is_alike = decimals[each.money_id] == look.minor_units.get(each.money_id, 0)
    if not is_alike or lot < 1 or Decimal(lot).scaleb(-places) != each.lot or whole % lot:
        return None
    least = -(-units(each.minimum, places) // lot) * lot
    return Parts(least, lot) if 0 < least < whole else None


def _drawn(instructions: Iterable[Instruction]) -> dict[Holding, int]:
    most: dict[Holding, int] = defaultdict(int)
    for each in instructions:
        for movement in (each.delivery, each.payment):
            if movement is not None and movement.source is not None:
                most[movement.source] += movement.amount
    return most


def _sha256(
    queue: Queue,
    places: tuple[tuple[int, int], ...],
    decimals: Mapping[int, int],
    chosen: Chosen,
) -> str:
    """Of everything that decides: the same queue and objective have the same."""
    parts = (
        queue.instructions, sorted(queue.balances.items()), queue.links, places,
        sorted(decimals.items()), chosen.wanted.value, chosen.objective,
    )  # fmt: skip
    digest = hashlib.sha256()
    for part in parts:
        digest.update(msgspec.json.encode(part))
    return digest.hexdigest()
