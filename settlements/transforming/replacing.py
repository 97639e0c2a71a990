"""What is pending in a security that becomes another, or money: replaced, the obligation kept.

The old settlement is bound in a set of its own and settled by those on the outturn, as netting does it: a deal is
settled when they are, and a late cancel takes them back.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection

from backoffice.workflow.transitions import Step, advance
from limits.services import give_back
from refdata.selectors import reference_data
from settlements.actions.reshaping import keep_fractions
from settlements.exposures import EXPOSURE
from settlements.models import NettingSet, RecordEvent, Transformation
from settlements.netting.binding import bind
from settlements.netting.eligible import Group
from settlements.netting.forming import put_sets
from settlements.netting.rules import Leg, legs_of
from settlements.netting.services import prepare
from settlements.netting.state import SetMode
from settlements.transforming.rules import money_of, outturn_of
from settlements.transforming.state import EventKind
from settlements.transforming.watching import watch_outturns

CHUNK = 2_000
# What was dealt by the record date and is not settled; what a clearing house nets it replaces itself. What a split
# made of it stands in the same security, and is not split again.
_PENDING = """
SELECT s.id, s.entity_id, s.counterparty_id, s.owner_id, coalesce(d.capacity, ''),
       coalesce(v.details ->> 'account', ''), s.place_id, s.ssi_id, coalesce(s.ssi_snapshot ->> 'nostro', ''),
       s.money_asset_id, greatest(s.due_date, %(payment)s), s.delivers,
       s.quantity - s.settled_quantity, s.amount - s.settled_amount
  FROM settlements_settlement s
  LEFT JOIN deals_deal d ON s.source_type = 'deal' AND d.id = s.source_id
  LEFT JOIN deals_dealversion v ON v.deal_id = d.id AND v.number = d.version
 WHERE s.asset_id = %(instrument)s AND s.quantity > s.settled_quantity AND s.id > %(after)s
   AND s.settlement IN ('PENDING', 'FAILING', 'PARTIAL') AND s.cancellation IN ('NONE', 'DENIED')
   AND s.netted_by_id IS NULL AND s.source_type <> 'net' AND (d.id IS NULL OR d.trade_date <= %(record)s)
   AND NOT (s.source_type = 'set' AND EXISTS (
       SELECT 1 FROM settlements_transformation t WHERE t.event_id = %(event)s AND t.netting_set_id = s.source_id))
 ORDER BY s.id LIMIT %(most)s FOR UPDATE OF s
"""


class Looked(NamedTuple):
    """How many of a chunk were changed, and its last key; None where it was the last chunk."""

    changed: int
    last: int | None


def replace_chunk(event: RecordEvent, *, after: int, at: datetime) -> Looked:
    """Replace the next pending settlements after a key; in the caller's transaction."""
    with connection.cursor() as cursor:
        cursor.execute(_PENDING, {
            "instrument": event.instrument_id, "payment": event.payment_date, "event": event.pk,
            "record": event.record_date, "after": after, "most": CHUNK,
        })  # fmt: skip
        rows = cursor.fetchall()
    units = reference_data().minor_units
    made = [_became(event, row, units) for row in rows]
    _replace(event, made, at)
    return Looked(len(made), rows[-1][0] if len(rows) == CHUNK else None)


class Became(NamedTuple):
    """What a pending settlement comes to: the set and its settlements, and what of the outturn is no unit."""

    group: Group
    legs: list[Leg]
    fraction: Decimal
    paid: Decimal  # for the fraction, in the event's money


def _became(event: RecordEvent, row: Sequence[Any], units: dict[int, int]) -> Became:
    """What a pending settlement becomes. Money of another currency than it is paid in is a payment of its own."""
    id, *key, money_id, due_date, delivers, quantity, amount = row
    sign = Decimal(-1) if delivers else Decimal(1)
    whole = fraction = paid = Decimal(0)
    if event.kind == EventKind.REDEMPTION:
        proceeds = _money(event, quantity, units)
        asset_id = money_id
    else:
        assert event.new is not None and event.old is not None and event.outturn_id is not None
        whole, fraction = outturn_of(quantity, new=event.new, old=event.old)
        proceeds = paid = _money(event, fraction, units)
        asset_id = event.outturn_id
    elsewhere = proceeds > 0 and event.money_asset_id != money_id
    here = Decimal(0) if elsewhere else proceeds
    net, gross = sign * (here - amount), here + amount
    found = Group(
        (*key, None, asset_id, money_id, due_date), 1, sign * whole, whole, net, gross, [id]
    )
    legs = legs_of(found.quantity, found.amount)
    if elsewhere:
        legs.append(Leg("PFOD", not delivers, Decimal(0), proceeds, event.money_asset_id))
    return Became(found, legs, fraction, paid)


def _money(event: RecordEvent, quantity: Decimal, units: dict[int, int]) -> Decimal:
    """What is paid for so many units; nothing where the announcement names no money."""
    if event.rate is None or event.money_asset_id is None:
        return Decimal(0)
    return money_of(quantity, event.rate, units[event.money_asset_id])


def _replace(event: RecordEvent, made: Sequence[Became], at: datetime) -> None:
    if not made:
        return
    groups = [each.group for each in made]
    sets = put_sets([(group, None) for group in groups], SetMode.TRANSFORM, at=at)
    bind({set_id: group.ids for set_id, group in zip(sets, groups, strict=True)})
    facts = {"event": str(event)}
    steps = [Step(id, facts=facts, columns={"evidence": event.document}) for id in sets]
    advance(NettingSet, "agree", steps, actor=None, at=at)
    prepare({id: each.legs for id, each in zip(sets, made, strict=True)}, at)
    rows = Transformation.objects.bulk_create(
        Transformation(
            event=event, settlement_id=each.group.ids[0], netting_set_id=set_id,
            fraction=each.fraction, fraction_amount=each.paid,
        )
        for set_id, each in zip(sets, made, strict=True)
    )  # fmt: skip
    keep_fractions(event, rows, at=at)
    give_back(EXPOSURE, [id for group in groups for id in group.ids], state="RELEASED")
    watch_outturns(set_ids=sets, money_id=event.money_asset_id, reason=str(event), at=at)
