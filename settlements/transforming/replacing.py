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
from settlements.exposures import EXPOSURE
from settlements.models import NettingSet, RecordEvent, Transformation
from settlements.netting.binding import bind
from settlements.netting.eligible import Group
from settlements.netting.forming import put_sets
from settlements.netting.rules import legs_of
from settlements.netting.services import prepare
from settlements.netting.state import SetMode
from settlements.transforming.rules import money_of, outturn_of
from settlements.transforming.state import EventKind

CHUNK = 2_000
# What was dealt by the record date and is not settled; what a clearing house nets it replaces itself.
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
            "instrument": event.instrument_id, "payment": event.payment_date,
            "record": event.record_date, "after": after, "most": CHUNK,
        })  # fmt: skip
        rows = cursor.fetchall()
    units = {row.asset_id: row.minor_unit for row in reference_data().currencies.values()}
    made = [each for row in rows if (each := _became(event, row, units)) is not None]
    _replace(event, made, at)
    return Looked(len(made), rows[-1][0] if len(rows) == CHUNK else None)


def _became(
    event: RecordEvent, row: Sequence[Any], units: dict[int, int]
) -> tuple[Group, Decimal] | None:
    """What a pending settlement comes to in the outturn, and the fraction that is no unit.

    None where it is redeemed in another currency than it is paid in: that is decided by hand.
    """
    id, *key, money_id, due_date, delivers, quantity, amount = row
    sign = Decimal(-1) if delivers else Decimal(1)
    if event.kind == EventKind.REDEMPTION:
        if event.money_asset_id != money_id or event.rate is None:
            return None
        money = money_of(quantity, event.rate, units[money_id])
        net, gross = sign * (money - amount), money + amount
        whole = fraction = Decimal(0)
        asset_id = money_id
    else:
        assert event.new is not None and event.old is not None and event.outturn_id is not None
        whole, fraction = outturn_of(quantity, new=event.new, old=event.old)
        net, gross, asset_id = -sign * amount, amount, event.outturn_id
    found = Group(
        (*key, None, asset_id, money_id, due_date), 1, sign * whole, whole, net, gross, [id]
    )
    return found, fraction


def _replace(event: RecordEvent, made: Sequence[tuple[Group, Decimal]], at: datetime) -> None:
    if not made:
        return
    groups = [group for group, _ in made]
    sets = put_sets([(group, None) for group in groups], SetMode.TRANSFORM, at=at)
    bind({set_id: group.ids for set_id, group in zip(sets, groups, strict=True)})
    facts = {"event": str(event)}
    steps = [Step(id, facts=facts, columns={"evidence": event.document}) for id in sets]
    advance(NettingSet, "agree", steps, actor=None, at=at)
    prepare({id: legs_of(g.quantity, g.amount) for id, g in zip(sets, groups, strict=True)}, at)
    Transformation.objects.bulk_create(
        Transformation(
            event=event, settlement_id=group.ids[0], netting_set_id=set_id, fraction=fraction
        )
        for set_id, (group, fraction) in zip(sets, made, strict=True)
    )
    give_back(EXPOSURE, [id for group in groups for id in group.ids], state="RELEASED")
