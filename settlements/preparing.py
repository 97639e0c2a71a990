"""Prepares settlements for confirmed deals: obligations, standing instruction, place. Set-based.

Deals in instruments are prepared here, deals in money alone as payments (`payments.py`).

The most specific standing instruction that is approved and valid on the due date is taken and kept
as evidence; it is checked again when the settlement is released and when it is sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from backoffice.events.services import NewEvent, record_events
from backoffice.workflow.services import NewItem, open_items
from backoffice.workflow.transitions import Step, advance
from deals.models import Deal
from deals.services import settle_deals
from settlements.payments import prepare_payments

SSI_MISSING = "ssi-missing"
DAY_BEGINS, ZONE = time(9, 0), ZoneInfo("Europe/Moscow")

# A DVP deal is one settlement both ways; free of payment, securities and money settle apart.
_READY = """
SELECT d.id, d.entity_id, s.id, abs(v.net_amount), v.currency, d.due_date
  FROM deals_deal d
  JOIN deals_dealversion v ON v.deal_id = d.id AND v.number = d.version
  JOIN refdata_instrument i ON i.asset_id = d.instrument_id
  LEFT JOIN LATERAL (
       SELECT s.id FROM refdata_standinginstruction s
        WHERE s.party_id = d.counterparty_id AND s.status = 'APPROVED'
          AND s.valid_from <= d.due_date AND (s.valid_until IS NULL OR s.valid_until > d.due_date)
          AND (s.entity_id IS NULL OR s.entity_id = d.entity_id)
          AND s.instrument_kind IN ('', i.kind) AND s.market IN ('', i.market)
          AND s.currency IN ('', v.currency)
        ORDER BY (s.entity_id IS NOT NULL)::int + (s.instrument_kind <> '')::int
                 + (s.market <> '')::int + (s.currency <> '')::int DESC, s.valid_from DESC, s.id DESC
        LIMIT 1) s ON true
 WHERE d.id = ANY(%s) AND d.state = 'CONFIRMED'
 ORDER BY d.id FOR UPDATE OF d
"""
_OWING_NOTHING = """
SELECT d.id FROM deals_deal d
 WHERE d.id = ANY(%s) AND d.state = 'CONFIRMED' AND NOT EXISTS (
       SELECT 1 FROM deals_flow f WHERE f.deal_id = d.id AND f.version = d.version)
 ORDER BY d.id FOR UPDATE OF d
"""
_PREPARE = """
WITH ready AS (SELECT * FROM unnest(%(deals)s::bigint[], %(ssis)s::bigint[]) AS g(deal_id, ssi_id)),
     put AS (
  INSERT INTO settlements_settlement
         (entity_id, book_id, owner_id, counterparty_id, source_type, source_id, place_id, ssi_id,
          ssi_snapshot, method, delivers, asset_id, quantity, money_asset_id, amount, due_date,
          makers, prepared_at)
  SELECT d.entity_id, d.book_id, d.owner_id, d.counterparty_id, 'deal', d.id, s.place_id, s.id,
         jsonb_build_object('depository_account', s.depository_account,
                            'cash_account', s.cash_account, 'place', s.place_id),
         part.method, v.side = 'sell', d.instrument_id, part.quantity, c.asset_id, part.amount,
         d.due_date, d.makers, %(at)s
    FROM ready g
    JOIN deals_deal d ON d.id = g.deal_id
    JOIN deals_dealversion v ON v.deal_id = d.id AND v.number = d.version
    JOIN refdata_currency c ON c.code = v.currency
    JOIN refdata_standinginstruction s ON s.id = g.ssi_id
    CROSS JOIN LATERAL (VALUES
         ('DVP', v.quantity, abs(v.net_amount)), ('FOP', v.quantity, 0), ('PFOD', 0, abs(v.net_amount))
    ) AS part(method, quantity, amount)
   WHERE (part.method = 'DVP') = (v.method = 'DVP') AND (part.quantity > 0 OR part.amount > 0)
   ORDER BY d.id, part.method
  RETURNING id, entity_id, source_id, method, makers),
     owed AS (
  INSERT INTO settlements_obligation (entity_id, settlement_id, source_type, source_id, direction,
                                      asset_id, quantity, due_date)
  SELECT p.entity_id, p.id, 'flow', f.id, f.direction, f.asset_id, f.quantity, f.due_date
    FROM put p
    JOIN deals_deal d ON d.id = p.source_id
    JOIN deals_flow f ON f.deal_id = d.id AND f.version = d.version
   WHERE p.method = 'DVP' OR (p.method = 'FOP') = (f.asset_id = d.instrument_id)
   ORDER BY f.id)
INSERT INTO events_event (kind, subject_type, subject_id, entity_id, recorded_at, target, facts)
SELECT 'settlement.prepare', 'settlement', p.id, p.entity_id, %(at)s, 'PREPARED',
       jsonb_build_object('deal', 'D-' || p.source_id)
  FROM put p ORDER BY p.id
"""


@transaction.atomic
def prepare_settlements(*, deal_ids: Sequence[int], at: datetime) -> int:
    """Prepare what the confirmed ones among these deals owe; return how many deals were prepared.

    Running twice does nothing the second time: the deals are SETTLING then. A deal without a
    valid standing instruction stays confirmed and waits for a clerk.
    """
    nothing = _settle_what_owes_nothing(deal_ids, at)
    with connection.cursor() as cursor:
        cursor.execute(_READY, [list(deal_ids)])
        rows = cursor.fetchall()
        ready = [(row[0], row[2]) for row in rows if row[2] is not None]
        if ready:
            deals, ssis = zip(*ready, strict=True)
            cursor.execute(_PREPARE, {"deals": list(deals), "ssis": list(ssis), "at": at})
    paid, lacking = prepare_payments(deal_ids=deal_ids, at=at)
    _ask_for_instructions([*(row for row in rows if row[2] is None), *lacking], at)
    prepared = sorted([*(deal_id for deal_id, _ in ready), *paid])
    advance(Deal, "prepare", [Step(deal_id) for deal_id in prepared], actor=None, at=at)
    return len(prepared) + nothing


def _settle_what_owes_nothing(deal_ids: Sequence[int], at: datetime) -> int:
    """A deal of nothing needs no instruction and waits for no settlement: every flow is settled."""
    with connection.cursor() as cursor:
        cursor.execute(_OWING_NOTHING, [list(deal_ids)])
        ids = [row[0] for row in cursor.fetchall()]
    advance(Deal, "prepare", [Step(id) for id in ids], actor=None, at=at)
    if ids:
        settle_deals(ids=ids, at=at)
    return len(ids)


def _ask_for_instructions(deals: Sequence[tuple[Any, ...]], at: datetime) -> None:
    """A clerk has until the settlement day begins."""
    items = [
        NewItem(
            kind=SSI_MISSING, queue="clerk", subject_type="deal", subject_id=id, entity_id=entity,
            amount=amount, currency=currency, due_at=datetime.combine(due, DAY_BEGINS, tzinfo=ZONE),
        )
        for id, entity, _, amount, currency, due in deals
    ]  # fmt: skip
    open_items(items, at=at)
    events = [
        NewEvent(kind="deal.lack_ssi", subject_type="deal", subject_id=row[0], entity_id=row[1])
        for row in deals
    ]
    record_events(events, actor_id=None, at=at)
