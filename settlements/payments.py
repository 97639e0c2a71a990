"""Prepares the payments of deals in money alone: one settlement for each currency and date. Set-based.

The payments of one date are linked: each pair of an FX deal is released together.

A payment settles where our own account in its currency is: at the place of the counterparty's
standing instruction when we have one there, else at the first place where we do. All payments of a
deal are prepared, or none.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from settlements.remaining import LIVE

# By which instruction somebody is paid in a currency, and from which account of ours: the best of those that fit.
BY_INSTRUCTION = """
       SELECT s.id, s.place_id FROM refdata_standinginstruction s
        WHERE s.party_id = {party} AND s.status = 'APPROVED'
          AND s.valid_from <= {day} AND (s.valid_until IS NULL OR s.valid_until > {day})
          AND (s.entity_id IS NULL OR s.entity_id = {entity})
          AND s.instrument_kind IN ('', 'CURRENCY') AND s.market = ''
          AND s.currency IN ('', {currency})
        ORDER BY (s.currency <> '') DESC, (s.entity_id IS NOT NULL)::int
                 + (s.instrument_kind <> '')::int DESC, s.valid_from DESC, s.id DESC
        LIMIT 1
"""
# What each currency of a deal comes to on each date, and by which instruction and account it is paid.
_READY = f"""
SELECT d.id, d.entity_id, s.id, abs(v.net_amount), v.currency, due.due_date,
       due.asset_id, due.amount, due.interest, n.place_id, n.number
  FROM deals_deal d
  JOIN deals_dealversion v ON v.deal_id = d.id AND v.number = d.version
  CROSS JOIN LATERAL (
       SELECT f.due_date, f.asset_id, sum(s.signed) AS amount,
              coalesce(sum(s.signed) FILTER (WHERE f.kind = 'INTEREST'), 0) AS interest
         FROM deals_flow f
        CROSS JOIN LATERAL (SELECT CASE f.direction WHEN 'RECEIVE' THEN f.quantity ELSE -f.quantity END
                           AS signed) s
        WHERE f.deal_id = d.id AND f.version = d.version AND NOT {LIVE}
        GROUP BY f.due_date, f.asset_id) due
  JOIN refdata_currency c ON c.asset_id = due.asset_id
  LEFT JOIN LATERAL ({
    BY_INSTRUCTION.format(
        party="d.counterparty_id", day="due.due_date", entity="d.entity_id", currency="c.code"
    )
}) s ON true
  LEFT JOIN LATERAL (
       SELECT n.place_id, n.number FROM refdata_nostroaccount n
        WHERE n.entity_id = d.entity_id AND n.currency = c.code
        ORDER BY n.place_id = s.place_id DESC, n.owner_id = d.owner_id DESC, n.id LIMIT 1) n ON true
 WHERE d.id = ANY(%s) AND d.state = 'CONFIRMED' AND d.instrument_id IS NULL AND due.amount <> 0
   AND v.details -> 'clearing' ->> 'mode' IS DISTINCT FROM 'CCP'
 ORDER BY d.id, due.due_date, due.asset_id FOR UPDATE OF d
"""  # noqa: S608
_PREPARE = """
WITH put AS (
  INSERT INTO settlements_settlement
         (entity_id, book_id, owner_id, counterparty_id, source_type, source_id, place_id, ssi_id,
          ssi_snapshot, method, delivers, asset_id, quantity, money_asset_id, amount, interest, due_date,
          makers, prepared_at)
  SELECT d.entity_id, d.book_id, d.owner_id, d.counterparty_id, 'deal', d.id, g.place_id, s.id,
         jsonb_build_object('depository_account', s.depository_account, 'cash_account',
                            s.cash_account, 'place', s.place_id, 'nostro', g.nostro),
         'PFOD', g.amount > 0, g.asset_id, 0, g.asset_id, abs(g.amount), g.interest, g.due_date,
         d.makers, %(at)s
    FROM unnest(%(deals)s::bigint[], %(ssis)s::bigint[], %(assets)s::bigint[], %(amounts)s::numeric[],
                %(interests)s::numeric[], %(places)s::bigint[], %(nostros)s::text[], %(dates)s::date[])
         AS g(deal_id, ssi_id, asset_id, amount, interest, place_id, nostro, due_date)
    JOIN deals_deal d ON d.id = g.deal_id
    JOIN refdata_standinginstruction s ON s.id = g.ssi_id
   ORDER BY d.id, g.due_date, g.amount
  RETURNING id, entity_id, source_id, money_asset_id, due_date),
     owed AS (
  INSERT INTO settlements_obligation (entity_id, settlement_id, source_type, source_id, direction,
                                      asset_id, quantity, due_date)
  SELECT p.entity_id, p.id, 'flow', f.id, f.direction, f.asset_id, f.quantity, f.due_date
    FROM put p
    JOIN deals_deal d ON d.id = p.source_id
    JOIN deals_flow f ON f.deal_id = d.id AND f.version = d.version AND f.asset_id = p.money_asset_id
     AND f.due_date = p.due_date
   ORDER BY f.id),
     linked AS (
  INSERT INTO settlements_settlementlink (first_id, second_id, kind)
  SELECT a.id, b.id, 'WITH' FROM put a JOIN put b ON b.source_id = a.source_id AND b.due_date = a.due_date
   AND a.id < b.id)
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
        lacking = {row[0]: row[:6] for row in reversed(rows) if row[2] is None or row[9] is None}
        ready = [row for row in rows if row[0] not in lacking]
        if ready:
            deals, _, ssis, _, _, dates, assets, amounts, interests, places, nostros = map(
                list, zip(*ready, strict=True)
            )
            cursor.execute(
                _PREPARE,
                {"deals": deals, "ssis": ssis, "assets": assets, "amounts": amounts,
                 "interests": interests, "places": places, "nostros": nostros, "dates": dates,
                 "at": at},
            )  # fmt: skip
    return sorted({row[0] for row in ready}), list(lacking.values())
