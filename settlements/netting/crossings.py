"""Letting two sides of ours cross: what crosses is final at once, in our books, when other eyes say so."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from django.db import connection, transaction

from backoffice.access.models import User
from backoffice.events.retrying import retried
from backoffice.kernel.decimals import plain
from backoffice.kernel.errors import Conflict, Refusal
from backoffice.kernel.i18n import gettext_noop
from backoffice.workflow.transitions import Outcome, Step, advance
from refdata.firm_days import firm_day
from settlements.exposures import count_again, lock_with_siblings
from settlements.inventory.restricting import restricted
from settlements.inventory.selectors import at_hand
from settlements.models import NettingSet
from settlements.netting.crossing import TOGETHER
from settlements.netting.settling import EVIDENCE
from settlements.netting.state import SetMode, SetState
from settlements.proving import Proof
from settlements.settling import settle_settlements


class NoCrossing(Conflict):
    code = "no-crossing"
    title = gettext_noop("That set does not cross in our books")
    detail = gettext_noop(
        "%(set)s is settled by its net, not by crossing, or is not due before %(due)s."
    )
    hint = gettext_noop("Release the settlement of its net.")


class CrossingShort(Conflict):
    code = "crossing-short"
    title = gettext_noop("An owner has not enough of its own")
    detail = gettext_noop(
        "%(owner)s lacks %(short)s %(asset)s for %(set)s; nobody else's covers it."
    )
    hint = gettext_noop("Wait until it comes in, or undo the crossing.")


class KeptApart(Conflict):
    code = "crossing-kept-apart"
    title = gettext_noop("The two owners are not behind one account any more")
    detail = gettext_noop("%(set)s would move securities between two accounts of the place.")
    hint = gettext_noop("Undo the crossing: each side settles by itself.")


class Side(NamedTuple):
    """What one owner gives and gets in a crossing; `quantity` of its settlement crosses."""

    set_id: int
    settlement_id: int
    entity_id: int
    place_id: int
    owner_id: int
    owner: str
    quantity: Decimal
    gives: int
    asset: str
    given: Decimal
    gets: int
    got: Decimal


_SIDES = """
SELECT k.netting_set_id, s.id, s.entity_id, s.place_id, s.owner_id, o.code, abs(k.quantity),
       a.id, a.code, abs(CASE WHEN s.delivers THEN k.quantity ELSE k.amount END),
       CASE WHEN s.delivers THEN s.money_asset_id ELSE s.asset_id END,
       abs(CASE WHEN s.delivers THEN k.amount ELSE k.quantity END)
  FROM settlements_nettingmember k
  JOIN settlements_settlement s ON s.id = k.settlement_id AND s.netted_by_id = k.netting_set_id
  JOIN refdata_party o ON o.id = s.owner_id
  JOIN refdata_asset a ON a.id = CASE WHEN s.delivers THEN s.asset_id ELSE s.money_asset_id END
 WHERE k.netting_set_id = ANY(%s) ORDER BY k.netting_set_id, s.id
"""
_TOGETHER = f"""
SELECT DISTINCT a.netted_by_id FROM settlements_settlement a
  JOIN settlements_settlement b ON b.netted_by_id = a.netted_by_id AND b.id <> a.id
  JOIN refdata_place p ON p.id = a.place_id
 WHERE a.netted_by_id = ANY(%(sets)s) AND a.delivers AND {TOGETHER}
"""  # noqa: S608
# What is left of the larger side settles by itself, or crosses with another.
_FREE = """
UPDATE settlements_settlement SET netted_by_id = NULL WHERE id = ANY(%s) AND settlement = 'PARTIAL' RETURNING id
"""


@retried()
@transaction.atomic
def cross_sets(*, ids: Sequence[int], actor: User, at: datetime) -> Outcome:
    """Make what crosses of both sides of agreed crossings final, as the second pair of eyes.

    Each owner's own securities and money have to be there and be free, and what an earlier one of these brings in
    counts. What is left of a larger side is bound no more. Refuses with NoCrossing, KeptApart, CrossingShort,
    Restricted, and as `settle_settlements` refuses one of its sides; the database refuses whatever would take
    from anybody else.
    """
    day = firm_day(at)
    rows = NettingSet.objects.select_for_update().filter(pk__in=ids).order_by("pk")
    refused: dict[int, Refusal] = {
        row.pk: NoCrossing(set=str(row), due=row.due_date.isoformat())
        for row in rows
        if row.mode != SetMode.CROSSING or row.due_date > day
    }
    sides = _sides([row.pk for row in rows if row.state == SetState.AGREED])
    lock_with_siblings([side.settlement_id for side in sides])
    sides = _sides({side.set_id for side in sides})  # a late cancel may have been first
    refused |= _stopped([side for side in sides if side.set_id not in refused], day)
    refused |= _short([side for side in sides if side.set_id not in refused], day)
    while True:
        steps = [Step(id) for id in ids if id not in refused]
        going = [side for side in sides if side.set_id not in refused]
        with transaction.atomic():
            outcome = advance(NettingSet, "cross", steps, actor=actor, at=at)
            done = [side for side in going if side.set_id in set(outcome.done)]
            failed = _settle(done, day, at)
            if not failed:
                return outcome.refusing(refused)
            transaction.set_rollback(True)
        refused |= failed


def _sides(set_ids: Collection[int]) -> list[Side]:
    with connection.cursor() as cursor:
        cursor.execute(_SIDES, [sorted(set_ids)])
        return [Side(*row) for row in cursor.fetchall()]


def _stopped(sides: Sequence[Side], day: date) -> dict[int, Refusal]:
    """Crossings that a restriction stops, or whose owners are behind one account no more."""
    sets = {side.set_id for side in sides}
    with connection.cursor() as cursor:
        cursor.execute(_TOGETHER, {"sets": sorted(sets), "on": day})
        together = {row[0] for row in cursor.fetchall()}
    found: dict[int, Refusal] = {id: KeptApart(set=f"NT-{id}") for id in sets - together}
    stopped = restricted([side.settlement_id for side in sides], on=day)
    return found | {
        side.set_id: stopped[side.settlement_id] for side in sides if side.settlement_id in stopped
    }


def _short(sides: Sequence[Side], day: date) -> dict[int, Refusal]:
    """Crossings for which an owner has not enough that is free, each with the first that is short."""
    free = {entity: at_hand(entity, on=day) for entity in {side.entity_id for side in sides}}
    found: dict[int, Refusal] = {}
    by_set: dict[int, list[Side]] = {}
    for side in sides:
        by_set.setdefault(side.set_id, []).append(side)
    for set_id, both in by_set.items():
        for side in both:
            left = _had(free, side, side.gives) - side.given
            if left < 0 and set_id not in found:
                found[set_id] = CrossingShort(
                    owner=side.owner, short=plain(-left), asset=side.asset, set=f"NT-{set_id}"
                )
        if set_id not in found:
            for side in both:
                there = free[side.entity_id]
                for asset, change in ((side.gives, -side.given), (side.gets, side.got)):
                    there[side.owner_id, side.place_id, asset] = _had(free, side, asset) + change
    return found


_Free = Mapping[int, dict[tuple[int, int, int], Decimal]]


def _had(free: _Free, side: Side, asset: int) -> Decimal:
    return free[side.entity_id].get((side.owner_id, side.place_id, asset), Decimal(0))


def _settle(sides: Sequence[Side], day: date, at: datetime) -> dict[int, Refusal]:
    """Make final what crosses; where that of one side is refused, the sets that are to be left."""
    proofs = {
        side.settlement_id: Proof(kind=EVIDENCE, reference=f"NT-{side.set_id}", settled_at=at)
        for side in sides
    }
    parts = {side.settlement_id: side.quantity for side in sides}
    outcome = settle_settlements(proofs=proofs, settled_date=day, at=at, parts=parts)
    if outcome.refused:
        return {
            side.set_id: outcome.refused[side.settlement_id]
            for side in sides
            if side.settlement_id in outcome.refused
        }
    _free_rests(sorted(parts), at)
    return {}


def _free_rests(ids: Sequence[int], at: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_FREE, [list(ids)])
        count_again([row[0] for row in cursor.fetchall()], at=at)
