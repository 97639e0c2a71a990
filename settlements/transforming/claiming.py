"""Claims of what was distributed to the wrong side of a deal: one settlement each, released by other eyes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection, transaction

from backoffice.workflow.transitions import Step, advance
from refdata.custody.sql import account_of, in_force
from refdata.selectors import reference_data
from settlements.models import RecordEvent, Settlement
from settlements.transforming.replacing import Looked
from settlements.transforming.rules import claim_of, money_of, outturn_of
from settlements.transforming.state import ClaimKind, EventKind

CHUNK = 2_000
BEFORE, AFTER = (
    timedelta(days=120),
    timedelta(days=60),
)  # due dates around a record date that are looked at
# Deals in the security, with what of each was settled at the end of the record date.
_DEALT = """
SELECT s.id, d.trade_date, s.delivers, s.quantity,
       CASE WHEN s.settled_date <= %(record)s THEN s.quantity
            ELSE coalesce((SELECT sum(k.quantity) FROM settlements_settlementpart k
                            WHERE k.settlement_id = s.id AND k.settled_date <= %(record)s), 0) END
  FROM settlements_settlement s
  JOIN deals_deal d ON s.source_type = 'deal' AND d.id = s.source_id
 WHERE s.asset_id = %(instrument)s AND s.quantity > 0 AND s.cancellation <> 'AGREED' AND s.id > %(after)s
   AND s.due_date BETWEEN %(since)s AND %(until)s
   AND NOT EXISTS (SELECT 1 FROM settlements_marketclaim m WHERE m.event_id = %(event)s AND m.settlement_id = s.id)
 ORDER BY s.id LIMIT %(most)s
"""
_CLAIM = """
INSERT INTO settlements_marketclaim (event_id, settlement_id, kind, receives, counted, quantity, amount, made_at)
SELECT %(event)s, g.*, %(at)s
  FROM unnest(%(ids)s::bigint[], %(kinds)s::text[], %(receives)s::boolean[], %(counted)s::numeric[],
              %(quantities)s::numeric[], %(amounts)s::numeric[]) AS g
ON CONFLICT (event_id, settlement_id) DO NOTHING
RETURNING id
"""
# By the instruction of the deal's own settlement; money where our account in its currency is, and income of
# what is restricted so to the account that the restriction names (domain-decisions 17).
_PREPARE = f"""
WITH put AS (
  INSERT INTO settlements_settlement
         (entity_id, book_id, owner_id, counterparty_id, source_type, source_id, place_id, ssi_id, ssi_snapshot,
          method, delivers, asset_id, quantity, money_asset_id, amount, interest, due_date, makers, prepared_at)
  SELECT s.entity_id, s.book_id, s.owner_id, s.counterparty_id, 'claim', m.id,
         coalesce(t.place_id, o.place_id, s.place_id), s.ssi_id,
         s.ssi_snapshot || jsonb_strip_nulls(jsonb_build_object(
             'nostro', coalesce(t.number, o.number), 'income_by', 'RS-' || t.restriction_id)),
         CASE WHEN m.amount > 0 THEN 'PFOD' ELSE 'FOP' END, m.receives = (m.amount > 0),
         coalesce(e.outturn_id, e.money_asset_id), m.quantity, coalesce(e.money_asset_id, s.money_asset_id), m.amount,
         0, e.payment_date, array(SELECT DISTINCT x FROM unnest(s.makers || e.makers) x ORDER BY x), %(at)s
    FROM settlements_marketclaim m
    JOIN settlements_recordevent e ON e.id = m.event_id
    JOIN settlements_settlement s ON s.id = m.settlement_id
    LEFT JOIN refdata_currency c ON c.asset_id = e.money_asset_id AND m.amount > 0
    LEFT JOIN LATERAL (
         SELECT n.place_id, n.number FROM refdata_nostroaccount n
          WHERE n.entity_id = s.entity_id AND n.currency = c.code
          ORDER BY n.place_id = s.place_id DESC, n.owner_id = s.owner_id DESC, n.id LIMIT 1) o ON true
    LEFT JOIN LATERAL (
         SELECT r.id AS restriction_id, r.income_account AS number, n.place_id
           FROM refdata_restriction r
           LEFT JOIN refdata_nostroaccount n ON n.number = r.income_account AND n.entity_id = s.entity_id
            AND n.currency = c.code
          WHERE r.act = 'INCOME_TO' AND {in_force("r", "e.payment_date")} AND m.receives AND m.amount > 0
            AND (r.entity_id IS NULL OR r.entity_id = s.entity_id)
            AND (r.asset_id IS NULL OR r.asset_id = s.asset_id)
            AND (r.party_id IS NULL OR r.party_id = s.owner_id)
            AND (r.place_id IS NULL OR r.place_id = s.place_id)
            AND {account_of("r", "s.place_id", "s.owner_id")}
          ORDER BY r.asset_id IS NULL, r.party_id IS NULL, r.id LIMIT 1) t ON true
   WHERE m.id = ANY(%(claims)s) ORDER BY m.id
  RETURNING id, entity_id, source_id, method, delivers, asset_id, quantity, money_asset_id, amount, due_date),
     owed AS (
  INSERT INTO settlements_obligation (entity_id, settlement_id, source_type, source_id, direction, asset_id,
                                      quantity, due_date)
  SELECT p.entity_id, p.id, 'claim', p.source_id,
         CASE WHEN p.method = 'PFOD' THEN CASE WHEN p.delivers THEN 'RECEIVE' ELSE 'PAY' END
              ELSE CASE WHEN p.delivers THEN 'DELIVER' ELSE 'RECEIVE' END END,
         p.asset_id, p.quantity + p.amount, p.due_date
    FROM put p ORDER BY p.id)
INSERT INTO events_event (kind, subject_type, subject_id, entity_id, recorded_at, target, facts)
SELECT 'settlement.prepare', 'settlement', p.id, p.entity_id, %(at)s, 'PREPARED',
       jsonb_build_object('claim', 'MC-' || p.source_id)
  FROM put p ORDER BY p.id
"""  # noqa: S608
# Claims of settlements that are cancelled, as far as they have not left.
_OF_CANCELLED = """
SELECT c.id FROM settlements_marketclaim m
  JOIN settlements_settlement s ON s.id = m.settlement_id AND s.cancellation = 'AGREED'
  JOIN settlements_settlement c ON c.source_type = 'claim' AND c.source_id = m.id
   AND c.cancellation <> 'AGREED' AND c.transmission = 'NONE' AND c.settlement <> 'SETTLED'
 WHERE m.settlement_id = ANY(%s) ORDER BY c.id
"""


_OF_EVENT = """
SELECT c.id FROM settlements_marketclaim m
  JOIN settlements_settlement c ON c.source_type = 'claim' AND c.source_id = m.id
   AND c.cancellation <> 'AGREED' AND c.transmission = 'NONE' AND c.settlement <> 'SETTLED'
 WHERE m.event_id = %s ORDER BY c.id
"""


def claim_chunk(event: RecordEvent, *, after: int, at: datetime) -> Looked:
    """Claim of the next deals after a key what went to the wrong side; in the caller's transaction."""
    with connection.cursor() as cursor:
        cursor.execute(_DEALT, {
            "instrument": event.instrument_id, "record": event.record_date, "after": after,
            "since": event.record_date - BEFORE, "until": event.record_date + AFTER,
            "event": event.pk, "most": CHUNK,
        })  # fmt: skip
        rows = cursor.fetchall()
    units = reference_data().minor_units
    claims = [each for row in rows if (each := _claimed(event, row, units)) is not None]
    if claims:
        ids, kinds, receives, counted, quantities, amounts = map(list, zip(*claims, strict=True))
        with connection.cursor() as cursor:
            cursor.execute(_CLAIM, {
                "event": event.pk, "ids": ids, "kinds": kinds, "receives": receives,
                "counted": counted, "quantities": quantities, "amounts": amounts, "at": at,
            })  # fmt: skip
            made = [row[0] for row in cursor.fetchall()]
            cursor.execute(_PREPARE, {"claims": made, "at": at})
    return Looked(len(claims), rows[-1][0] if len(rows) == CHUNK else None)


def _claimed(
    event: RecordEvent, row: Sequence[Any], units: dict[int, int]
) -> tuple[int, str, bool, Decimal, Decimal, Decimal] | None:
    id, trade_date, delivers, quantity, settled = row
    found = claim_of(
        trade_date=trade_date, ex_date=event.ex_date, pending=quantity - settled, settled=settled
    )
    if found is None:
        return None
    kind, counted = found
    given = money = Decimal(0)
    if event.kind == EventKind.CASH:
        assert event.rate is not None and event.money_asset_id is not None
        money = money_of(counted, event.rate, units[event.money_asset_id])
    else:
        assert event.new is not None and event.old is not None
        given = outturn_of(counted, new=event.new, old=event.old).whole
    if not (given or money):
        return None  # less than the smallest unit
    receives = (
        kind == ClaimKind.MARKET
    ) != delivers  # the buyer is owed it; of a reverse claim the seller
    return id, kind.value, receives, counted, given, money


@transaction.atomic
def withdraw_claims(*, settlement_ids: Sequence[int], at: datetime) -> int:
    """Cancel the claims of settlements that were cancelled, before they leave; how many were."""
    with connection.cursor() as cursor:
        cursor.execute(_OF_CANCELLED, [list(settlement_ids)])
        ids = [row[0] for row in cursor.fetchall()]
    return _withdraw(ids, at)


@transaction.atomic
def withdraw_claims_of(*, event_id: int, at: datetime) -> int:
    """Cancel the claims of an event that is no more, before they leave; how many were."""
    with connection.cursor() as cursor:
        cursor.execute(_OF_EVENT, [event_id])
        ids = [row[0] for row in cursor.fetchall()]
    return _withdraw(ids, at)


def _withdraw(ids: Sequence[int], at: datetime) -> int:
    steps = [Step(id, "MC") for id in ids]
    return len(advance(Settlement, "agree_cancel", steps, actor=None, at=at).done)
