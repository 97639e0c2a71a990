"""The queue of a run in whole numbers, as the optimiser takes it, and back. Pure.

Each asset has a unit of its own: money its minor unit, or smaller where amounts are; a security as
many decimals as its quantities have. What is at hand is rounded down to it, and counts up to what the
queue could draw at most: more never decides anything, and sums stay small.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_FLOOR, Decimal
from math import gcd
from typing import NamedTuple

import msgspec

from settlements.optimising.model import Holding, Instruction, Link, LinkKind, Movement, Queue
from settlements.running.at_hand import Candidate, Spot, between, spots_of
from settlements.running.objectives import PENALTY_PARTS, Chosen, standing_of
from settlements.running.queueing import Look

_HUNDREDTHS = Decimal(100)
_MOST_DECIMALS = 8  # of anything in the books
_FINE = Decimal(f"1E{_MOST_DECIMALS}")  # one digit: the product is exact


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
    fine = [(_fine(each.quantity), _fine(each.amount)) for each in queued]
    decimals = _decimals(queued, fine, look.minor_units)
    unit = {asset: 10 ** (_MOST_DECIMALS - places) for asset, places in decimals.items()}
    places = tuple(sorted({(each.entity_id, each.place_id) for each in queued}))
    number = {place: n for n, place in enumerate(places)}

    def holding(spot: Spot | None) -> Holding | None:
        if spot is None:
            return None
        return Holding(spot.owner_id, number[spot.entity_id, spot.place_id], spot.asset_id)

    sides: dict[tuple[object, ...], Sides] = {}
    instructions = []
    for each, (quantity, amount) in zip(queued, fine, strict=True):
        key = between(each)
        if key not in sides:
            spots = spots_of(each)
            sides[key] = Sides(*map(holding, spots))
        instructions.append(_instruction(
            each, sides[key], quantity // unit[each.asset_id], amount // unit[each.money_id], look, on,
            _in_parts(each, decimals, look),
        ))  # fmt: skip
    most = _drawn(instructions)
    balances = {}
    for spot, there in sorted(look.at_hand.items()):
        where = holding(spot)
        if where is not None and where in most:
            balances[where] = min(units(there, decimals[spot.asset_id]), most[where])
    links = tuple(Link(LinkKind(tie.kind), tie.first, tie.second) for tie in look.ties)
    queue = Queue(instructions=tuple(instructions), balances=balances, links=links)
    return Counted(queue, places, decimals, _sha256(queue, places, decimals, chosen))


def units(quantity: Decimal, decimals: int) -> int:
    """So many whole units; what is less than one is left."""
    return int(quantity.scaleb(decimals).to_integral_value(ROUND_FLOOR))


def _decimals(
    queued: Iterable[Candidate], fine: Iterable[tuple[int, int]], minor_units: Mapping[int, int]
) -> dict[int, int]:
    """The most decimals of each asset that are not zero at the end: what divides all its amounts has no more."""
    amounts: dict[int, list[int]] = defaultdict(list)
    for each, (quantity, amount) in zip(queued, fine, strict=True):
        amounts[each.asset_id].append(quantity)
        amounts[each.money_id].append(amount)
    return {id: max(minor_units.get(id, 0), _in_use(gcd(*those))) for id, those in amounts.items()}


def _fine(amount: Decimal) -> int:
    """In units of the last decimal that the books keep."""
    return int(amount * _FINE)


def _in_use(fine: int) -> int:
    """How many decimals it has that are not zero at the end."""
    for places in range(_MOST_DECIMALS):
        if fine % 10 ** (_MOST_DECIMALS - places) == 0:
            return places
    return _MOST_DECIMALS


class Sides(NamedTuple):
    """The holdings of `Spots`; None is outside our books."""

    from_holding: Holding | None
    to_holding: Holding | None
    from_cash: Holding | None
    to_cash: Holding | None


def _instruction(
    each: Candidate,
    sides: Sides,
    quantity: int,
    amount: int,
    look: Look,
    on: date,
    least: Parts | None,
) -> Instruction:
    delivery = payment = None
    penalties = look.penalties
    if quantity:
        delivery = Movement(sides.from_holding, sides.to_holding, quantity)
    if amount:
        payment = Movement(sides.from_cash, sides.to_cash, amount)
    return Instruction(
        id=each.id, quantity=quantity or amount or 1, delivery=delivery, payment=payment,
        value=max(int(look.values[each.id] * _HUNDREDTHS), 1),
        penalty=0 if penalties is None else _penalty_of(penalties.get(each.id)), priority=standing_of(each.priority),
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


def _penalty_of(amount: Decimal | None) -> int:
    """In parts of PENALTY_PARTS; what nobody penalises counts the least there is, so that it settles besides."""
    return max(int(amount * PENALTY_PARTS), 1) if amount else 1


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
