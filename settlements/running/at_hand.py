"""What a run may spend: what is free, of each owner and place by itself, less what is under way."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.db import connection

from ledger.inventory import Held, held

_NOTHING = Decimal(0)


class Candidate(NamedTuple):
    """A settlement that may move now: what of it may settle, and what the objective looks at.

    `minimum` is the least part of it that may settle by itself; empty where only the whole may.
    """

    id: int
    entity_id: int
    owner_id: int
    counterparty_id: int
    place_id: int
    internal: bool
    delivers: bool
    asset_id: int
    quantity: Decimal
    money_id: int
    amount: Decimal
    priority: int
    skipped: int
    due_date: date
    client: bool
    minimum: Decimal | None = None
    lot: Decimal = Decimal(1)


class Spot(NamedTuple):
    """Where something is held: of whom, at which place, in whose books, and of what."""

    entity_id: int
    owner_id: int
    place_id: int
    asset_id: int


class Spots(NamedTuple):
    """Where securities leave and arrive, and money; None is outside our books."""

    from_holding: Spot | None
    to_holding: Spot | None
    from_cash: Spot | None
    to_cash: Spot | None


def between(each: Candidate) -> tuple[object, ...]:
    """What `spots_of` looks at: thousands have the same, which is looked at once."""
    return (*each[1:8], each.money_id)


def spots_of(each: Candidate) -> Spots:
    """At outside places only our own side is known, and what comes in from there is hoped for, not at
    hand: it is never spent in advance.
    """
    entity, place, asset, money = each.entity_id, each.place_id, each.asset_id, each.money_id
    if not each.internal:
        if each.delivers:
            return Spots(Spot(entity, each.owner_id, place, asset), None, None, None)
        return Spots(None, None, Spot(entity, each.owner_id, place, money), None)
    giver, payer = each.owner_id, each.counterparty_id
    if not each.delivers:
        giver, payer = payer, giver
    return Spots(
        Spot(entity, giver, place, asset), Spot(entity, payer, place, asset),
        Spot(entity, payer, place, money), Spot(entity, giver, place, money),
    )  # fmt: skip


# What was sent and is not final yet will leave: it is not there to be sent again.
_UNDER_WAY = """
SELECT s.entity_id, s.owner_id, s.place_id,
       CASE WHEN s.delivers THEN s.asset_id ELSE s.money_asset_id END AS asset_id,
       sum(CASE WHEN s.delivers THEN s.quantity - s.settled_quantity ELSE s.amount - s.settled_amount END)
  FROM settlements_settlement s JOIN refdata_place p ON p.id = s.place_id
 WHERE p.finality = 'EXTERNAL' AND s.transmission IN ('SENT', 'ACKNOWLEDGED')
   AND s.settlement IN ('PENDING', 'FAILING', 'PARTIAL') AND s.cancellation <> 'AGREED'
   AND s.netted_by_id IS NULL AND s.entity_id = ANY(%s) AND s.place_id = ANY(%s)
 GROUP BY 1, 2, 3, 4
"""


class AtHand(NamedTuple):
    """What is free of each spot, and what stands there and serves something else: by kind of earmark, or RESTRICTED."""

    free: dict[Spot, Decimal]
    set_apart: dict[Spot, dict[str, Decimal]]


def at_hand_for(queued: Sequence[Candidate], day: date) -> AtHand:
    alike = {between(each): each for each in queued}
    spots = {spot for each in alike.values() for spot in spots_of(each) if spot is not None}
    rows = _held({spot[:3] for spot in spots}, day)
    found = {spot: row.free for spot, row in rows.items()}
    outside = [each for each in queued if not each.internal]
    with connection.cursor() as cursor:
        keys = [
            sorted({each.entity_id for each in outside}), sorted({each.place_id for each in outside}),
        ]  # fmt: skip
        cursor.execute(_UNDER_WAY, keys)
        for entity_id, owner_id, place_id, asset_id, quantity in cursor.fetchall():
            spot = Spot(entity_id, owner_id, place_id, asset_id)
            found[spot] = found.get(spot, _NOTHING) - quantity
    apart = {spot: kinds for spot in spots if spot in rows and (kinds := _apart(rows[spot]))}
    return AtHand({spot: found[spot] for spot in spots if spot in found}, apart)


def _apart(row: Held) -> dict[str, Decimal]:
    """What of it would be there to settle with, were it not set apart; no more than stands there."""
    kinds = {
        "PLEDGED": row.pledged, "ON_LOAN": row.on_loan, "BLOCKED": row.blocked,
        "COLLATERAL": row.collateral, "RESTRICTED": row.restricted,
    }  # fmt: skip
    found, there = {}, max(row.settled + row.credit_line, _NOTHING)
    for kind, quantity in kinds.items():
        if (part := min(quantity, there)) > 0:
            found[kind], there = part, there - part
    return found


def free_at(owners: set[tuple[int, int, int]], day: date) -> dict[Spot, Decimal]:
    """What these owners (entity, owner, place) can deliver and pay there on a day: nothing that is set
    apart or restricted, credit lines included.
    """
    found = _held(owners, day)
    return {spot: row.free for spot, row in found.items()}


def left_at(spots: Collection[Spot], day: date) -> dict[Spot, Decimal]:
    """The same at least of these, without restrictions, and below zero where more is gone than was there."""
    found = _held({spot[:3] for spot in spots}, day, {spot.asset_id for spot in spots})
    return {spot: row.settled - row.set_apart + row.credit_line for spot, row in found.items()}


def _held(
    owners: set[tuple[int, int, int]], day: date, assets: Collection[int] | None = None
) -> dict[Spot, Held]:
    entities, of, places = ({each[n] for each in owners} for n in range(3))
    rows = held(
        on=day, entity_ids=sorted(entities), owner_ids=sorted(of), place_ids=sorted(places),
        asset_ids=None if assets is None else sorted(assets),
    )  # fmt: skip
    return {
        Spot(row.entity_id, row.owner_id, row.place_id, row.asset_id): row
        for row in rows
        if (row.entity_id, row.owner_id, row.place_id) in owners
    }
