"""What adds up in a house at every moment, as statements that find what does not."""

from __future__ import annotations

from typing import Any

from django.db import connection

# Of each deal with settlements: what is due of an asset on a day, and what its settlements move of it.
# Of a deal that is settled in part and cancelled in part, a day of the rest moves nothing; and of a settlement
# that was cancelled after a part, what was settled moved.
MOVED = """
WITH due AS (
  SELECT f.deal_id, f.asset_id, f.due_date,
         sum(CASE f.direction WHEN 'RECEIVE' THEN f.quantity ELSE -f.quantity END) AS amount
    FROM deals_flow f JOIN deals_deal d ON d.id = f.deal_id AND d.version = f.version
   WHERE d.state IN ('SETTLING', 'SETTLED', 'CLOSED')
     AND NOT EXISTS (SELECT 1 FROM settlements_nettedflow n WHERE n.deal_id = d.id) GROUP BY 1, 2, 3),
     live AS (SELECT source_id, due_date, asset_id, money_asset_id, delivers, cancellation = 'AGREED' AS is_over,
                     CASE cancellation WHEN 'AGREED' THEN settled_quantity ELSE quantity END AS quantity,
                     CASE cancellation WHEN 'AGREED' THEN settled_amount ELSE amount END AS amount
                FROM settlements_settlement
               WHERE source_type = 'deal' AND (cancellation <> 'AGREED' OR settlement = 'PARTIAL')),
     moved AS (
  SELECT deal_id, asset_id, due_date, sum(amount) AS amount FROM (
    SELECT source_id AS deal_id, asset_id, due_date, CASE WHEN delivers THEN -quantity ELSE quantity END AS amount
      FROM live WHERE quantity <> 0
     UNION ALL
    SELECT source_id, money_asset_id, due_date, CASE WHEN delivers THEN amount ELSE -amount END
      FROM live WHERE amount <> 0) x GROUP BY 1, 2, 3),
     parted AS (
  SELECT source_id AS deal_id FROM settlements_settlement WHERE source_type = 'deal' GROUP BY 1
  HAVING bool_or(settlement IN ('SETTLED', 'PARTIAL')) AND bool_or(cancellation = 'AGREED'))
SELECT deal_id, asset_id, due_date, due.amount, moved.amount
  FROM due FULL JOIN moved USING (deal_id, asset_id, due_date)
 WHERE deal_id IN (SELECT id FROM deals_deal WHERE state IN ('SETTLING', 'SETTLED', 'CLOSED'))
   AND coalesce(due.amount, 0) <> coalesce(moved.amount, 0)
   AND NOT (moved.amount IS NULL AND deal_id IN (SELECT deal_id FROM parted))
   AND NOT (abs(moved.amount) < abs(due.amount) AND EXISTS (
       SELECT 1 FROM live l WHERE l.is_over AND l.source_id = deal_id AND l.due_date = due.due_date))
"""
# What the parts of a block were captured with, or fills grouped with, is what their block had; where it
# was not taken back.
SHARED = """
WITH pairs AS (
  SELECT b.id AS block, p.id > b.id AS parts, p.id AS deal,
         CASE WHEN p.id > b.id THEN 1 ELSE p.version END AS version,
         CASE WHEN p.id > b.id THEN b.version ELSE 1 END AS of_block
    FROM deals_deal p JOIN deals_deal b ON b.id = p.block_id
   WHERE NOT EXISTS (SELECT 1 FROM events_event e WHERE e.kind = 'deal.undo_allocation'
                        AND e.subject_type = 'deal' AND e.subject_id = b.id)),
     due AS (
  SELECT x.block, x.parts, f.kind, f.asset_id, f.due_date,
         sum(CASE f.direction WHEN 'RECEIVE' THEN f.quantity ELSE -f.quantity END) AS quantity
    FROM pairs x JOIN deals_flow f ON f.deal_id = x.deal AND f.version = x.version GROUP BY 1, 2, 3, 4, 5),
     whole AS (
  SELECT x.block, x.parts, f.kind, f.asset_id, f.due_date,
         sum(CASE f.direction WHEN 'RECEIVE' THEN f.quantity ELSE -f.quantity END) AS quantity
    FROM (SELECT DISTINCT block, parts, of_block FROM pairs) x
    JOIN deals_flow f ON f.deal_id = x.block AND f.version = x.of_block GROUP BY 1, 2, 3, 4, 5)
SELECT block, parts, kind, asset_id, due_date, due.quantity, whole.quantity
  FROM due FULL JOIN whole USING (block, parts, kind, asset_id, due_date)
 WHERE coalesce(due.quantity, 0) <> coalesce(whole.quantity, 0)
 UNION ALL
SELECT x.block, x.parts, 'DEALT', NULL, NULL, sum(v.quantity), min(w.quantity)
  FROM pairs x
  JOIN deals_dealversion v ON v.deal_id = x.deal AND v.number = x.version
  JOIN deals_dealversion w ON w.deal_id = x.block AND w.number = x.of_block
 GROUP BY 1, 2
HAVING (sum(v.quantity), sum(v.net_amount), sum(v.gross_amount))
    <> (min(w.quantity), min(w.net_amount), min(w.gross_amount))
"""
# Deals that should be booked and are not, or the other way round; once nothing is left to follow.
BOOKED = """
SELECT d.id, d.state, d.stage, count(e.id)
  FROM deals_deal d
  CROSS JOIN LATERAL (
       SELECT count(*) > 0 AS moves FROM (
         SELECT 1 FROM deals_flow f
          WHERE f.deal_id = d.id AND f.version = d.version AND f.kind <> 'INTEREST'
          GROUP BY f.kind, f.asset_id
         HAVING sum(CASE f.direction WHEN 'RECEIVE' THEN f.quantity ELSE -f.quantity END) <> 0) x
  ) AS lasting
  LEFT JOIN ledger_journalentry e ON e.source_type = 'deal' AND e.source_id = d.id
        AND e.kind = 'deal.trade' AND NOT EXISTS (
            SELECT 1 FROM ledger_journalentry r WHERE r.reverses_id = e.id)
 GROUP BY d.id, lasting.moves
HAVING count(e.id) <> CASE WHEN d.state IN ('CANCELLED', 'REPLACED') OR NOT lasting.moves THEN 0
                           WHEN d.stage = 'executed' THEN 1
                           WHEN d.state IN ('CAPTURED', 'PENDING_APPROVAL') THEN 0
                           ELSE 1 END
"""
# What a net comes to is what the flows within come to; its settlement moves it, and no flow of a
# cancelled deal is within.
NETTED = """
SELECT n.id, n.quantity, within.amount, within.cancelled, s.quantity
  FROM settlements_netobligation n
 CROSS JOIN LATERAL (
       SELECT coalesce(sum(CASE f.direction WHEN 'RECEIVE' THEN f.quantity ELSE -f.quantity END), 0) AS amount,
              coalesce(bool_or(d.state = 'CANCELLED'), false) AS cancelled
         FROM settlements_nettedflow k
         JOIN deals_flow f ON f.id = k.flow_id JOIN deals_deal d ON d.id = k.deal_id
        WHERE k.obligation_id = n.id
          AND NOT EXISTS (SELECT 1 FROM settlements_leftflow u WHERE u.netted_id = k.id)) within
  LEFT JOIN settlements_settlement s ON s.source_type = 'net' AND s.source_id = n.id
   AND s.cancellation <> 'AGREED'
 WHERE n.quantity <> within.amount OR within.cancelled
    OR s.id IS NOT NULL AND abs(n.quantity) <> s.quantity + s.amount
"""
COUNTERS = """
SELECT l.id, l.used, l.reserved, coalesce(sum(r.amount) FILTER (WHERE r.state = 'COMMITTED'), 0),
       coalesce(sum(r.amount) FILTER (WHERE r.state = 'HELD'), 0)
  FROM limits_limit l LEFT JOIN limits_reservation r ON r.limit_id = l.id
 GROUP BY l.id
HAVING CASE WHEN l.kind IN ('OPEN_CURRENCY_POSITION', 'INSTRUMENT', 'ISSUER') THEN l.net ELSE l.used END
       <> coalesce(sum(r.amount) FILTER (WHERE r.state = 'COMMITTED'), 0)
    OR l.used <> abs(coalesce(sum(r.amount) FILTER (WHERE r.state = 'COMMITTED'), 0))
    OR l.reserved <> coalesce(sum(r.amount) FILTER (WHERE r.state = 'HELD'), 0)
    OR l.used + l.reserved > l.cap + l.override + l.excess
"""
# What is held, from the deals alone, at the last price of each instrument: what is open by its flows,
# what is settled by its settlements. Only limits and instruments of one currency, and priced ones.
HELD = """
WITH moved AS (
  SELECT d.entity_id, f.asset_id,
         CASE f.direction WHEN 'RECEIVE' THEN f.quantity ELSE -f.quantity END AS quantity
    FROM deals_deal d JOIN deals_flow f ON f.deal_id = d.id AND f.version = d.version
   WHERE d.capacity = 'OWN' AND d.state IN ('CAPTURED', 'PENDING_APPROVAL', 'CONFIRMED', 'SETTLING')
   UNION ALL
  SELECT d.entity_id, s.asset_id, CASE WHEN s.delivers THEN -s.settled_quantity ELSE s.settled_quantity END
    FROM deals_deal d JOIN settlements_settlement s ON s.source_type = 'deal' AND s.source_id = d.id
   WHERE d.capacity = 'OWN' AND d.state IN ('SETTLED', 'CLOSED')),
     held AS (
  SELECT m.entity_id, i.asset_id, i.issuer_id, s.group_id,
         sum(m.quantity) * (SELECT p.value FROM refdata_price p WHERE p.instrument_id = i.asset_id
                             ORDER BY p.price_date DESC, p.id DESC LIMIT 1) AS worth
    FROM moved m JOIN refdata_instrument i ON i.asset_id = m.asset_id AND i.currency = 'RUB'
    LEFT JOIN refdata_party s ON s.id = i.issuer_id GROUP BY 1, 2, 3, 4)
SELECT l.id, l.kind, l.net, coalesce(sum(h.worth), 0)
  FROM limits_limit l
  LEFT JOIN held h ON h.entity_id = l.entity_id
       AND (h.asset_id = l.instrument_id OR h.issuer_id = l.party_id OR h.group_id = l.group_id)
 WHERE l.kind IN ('INSTRUMENT', 'ISSUER') AND l.currency = 'RUB' AND l.closed_at IS NULL
 GROUP BY l.id
HAVING l.net <> coalesce(sum(h.worth), 0) AND count(*) = count(h.worth)
"""


def found(statement: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows
