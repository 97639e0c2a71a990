"""Prepares the payments of deals in money alone: one settlement for each currency, linked. Set-based.

A payment settles where our own account in its currency is: at the place of the counterparty's
standing instruction when we have one there, else at the first place where we do. All payments of a
deal are prepared, or none.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection

# What each currency of a deal comes to in all, and by which instruction and account it is paid.
_READY = """
SELECT d.id, d.entity_id, s.id, abs(v.net_amount), v.currency, d.due_date,
       due.asset_id, due.amount, n.place_id, n.number
  FROM deals_deal d
  JOIN deals_dealversion v ON v.deal_id = d.id AND v.number = d.version
  CROSS JOIN LATERAL (
       SELECT f.asset_id, sum(CASE f.direction WHEN 'RECEIVE' THEN f.quantity ELSE -f.quantity END) AS amount
         FROM deals_flow f WHERE f.deal_id = d.id AND f.version = d.version
        GROUP BY f.asset_id) due
  JOIN refdata_currency c ON c.asset_id = due.asset_id
  LEFT JOIN LATERAL (
       SELECT s.id, s.place_id FROM refdata_standinginstruction s
        WHERE s.party_id = d.counterparty_id AND s.status = 'APPROVED'
          AND s.valid_from <= d.due_date AND (s.valid_until IS NULL OR s.valid_until > d.due_date)
          AND (s.entity_id IS NULL OR s.entity_id = d.entity_id)
          AND s.instrument_kind IN ('', 'CURRENCY') AND s.market = ''
          AND s.currency IN ('', c.code)
        ORDER BY (s.currency <> '') DESC, (s.entity_id IS NOT NULL)::int
                 + (s.instrument_kind <> '')::int DESC, s.valid_from DESC, s.id DESC
        LIMIT 1) s ON true
  LEFT JOIN LATERAL (
       SELECT n.place_id, n.number FROM refdata_nostroaccount n
        WHERE n.entity_id = d.entity_id AND n.currency = c.code
        ORDER BY n.place_id = s.place_id DESC, n.owner_id = d.owner_id DESC, n.id LIMIT 1) n ON true
 WHERE d.id = ANY(%s) AND d.state = 'CONFIRMED' AND d.instrument_id IS NULL AND due.amount <> 0
 ORDER BY d.id, due.asset_id FOR UPDATE OF d
"""
_PREPARE = """
WITH put AS (
  INSERT INTO settlements_settlement
         (entity_id, book_id, owner_id, counterparty_id, source_type, source_id, place_id, ssi_id,
          ssi_snapshot, method, delivers, asset_id, quantity, money_asset_id, amount, due_date,
          makers, prepared_at)
  SELECT d.entity_id, d.book_id, d.owner_id, d.counterparty_id, 'deal', d.id, g.place_id, s.id,
         jsonb_build_object('depository_account', s.depository_account, 'cash_account',
                            s.cash_account, 'place', s.place_id, 'nostro', g.nostro),
         'PFOD', g.amount > 0, g.asset_id, 0, g.asset_id, abs(g.amount), d.due_date, d.makers, %(at)s
    FROM unnest(%(deals)s::bigint[], %(ssis)s::bigint[], %(assets)s::bigint[], %(amounts)s::numeric[],
                %(places)s::bigint[], %(nostros)s::text[])
         AS g(deal_id, ssi_id, asset_id, amount, place_id, nostro)
    JOIN deals_deal d ON d.id = g.deal_id
    JOIN refdata_standinginstruction s ON s.id = g.ssi_id
   ORDER BY d.id, g.amount
  RETURNING id, entity_id, source_id, money_asset_id),
     owed AS (
  INSERT INTO settlements_obligation (entity_id, settlement_id, source_type, source_id, direction,
                                      asset_id, quantity, due_date)
  SELECT p.entity_id, p.id, 'flow', f.id, f.direction, f.asset_id, f.quantity, f.due_date
    FROM put p
    JOIN deals_deal d ON d.id = p.source_id
    JOIN deals_flow f ON f.deal_id = d.id AND f.version = d.version AND f.asset_id = p.money_asset_id
   ORDER BY f.id),
     linked AS (
  INSERT INTO settlements_settlementlink (first_id, second_id, kind)
  SELECT a.id, b.id, 'WITH' FROM put a JOIN put b ON b.source_id = a.source_id AND a.id < b.id)
INSERT INTO events_event (kind, subject_type, subject_id, entity_id, recorded_at, target, facts)
SELECT 'settlement.prepare', 'settlement', p.id, p.entity_id, %(at)s, 'PREPARED',
       jsonb_build_object('deal', 'D-' || p.source_id)
  FROM put p ORDER BY p.id
"""


def prepare_payments(
    *, deal_ids: Sequence[int], at: datetime
) -> tuple[list[int], list[tuple[Any, ...]]]:
    """Prepare what the confirmed ones of these deals pay and are paid, in the caller's transaction.

    Returns the deals that were prepared, and of those that lack an instruction or an account of
    ours the first rows that show it.
    """
    with connection.cursor() as cursor:
        cursor.execute(_READY, [list(deal_ids)])
        rows = cursor.fetchall()
        lacking = {row[0]: row[:6] for row in rows if row[2] is None or row[8] is None}
        ready = [row for row in rows if row[0] not in lacking]
        if ready:
            deals, _, ssis, _, _, _, assets, amounts, places, nostros = map(
                list, zip(*ready, strict=True)
            )
            cursor.execute(
                _PREPARE,
                {"deals": deals, "ssis": ssis, "assets": assets, "amounts": amounts,
                 "places": places, "nostros": nostros, "at": at},
            )  # fmt: skip
    return sorted({row[0] for row in ready}), list(lacking.values())
