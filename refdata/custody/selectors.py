"""What clients are owed at each place, beside what the place has for them: one query, read in several."""

from __future__ import annotations

# `{balances}` is the query of the ledger's balances as of the business date; `horizon` and `entities` bound
# what is known. Owed is what everybody but ourselves holds at a place. What a place stated last, for an
# account of clients, is what it has; of an asset that it never stated our own books speak.
COMPARED = """
WITH balance (account_id, asset_id, amount) AS ({balances}),
     entitled AS (
  SELECT a.entity_id, a.place_id, a.owner_id, b.asset_id, sum(b.amount) AS amount
    FROM balance b
    JOIN ledger_ledgeraccount a ON a.id = b.account_id AND a.kind IN ('HOLDING', 'CASH')
     AND a.place_id IS NOT NULL
    JOIN refdata_entity n ON n.id = a.entity_id AND n.own_party_id <> a.owner_id
   WHERE %(entities)s::bigint[] IS NULL OR a.entity_id = ANY(%(entities)s::bigint[])
   GROUP BY 1, 2, 3, 4 HAVING sum(b.amount) <> 0),
     of_clients AS (
  SELECT place_id, number FROM refdata_depositoryaccount
   WHERE kind IN ('CLIENT_SEGREGATED', 'IIS', 'CLIENT_OMNIBUS')
   UNION
  SELECT place_id, number FROM refdata_nostroaccount
   WHERE kind IN ('CLIENT_SEGREGATED', 'IIS', 'CLIENT_OMNIBUS')),
     stated AS (
  SELECT DISTINCT ON (p.place_id, p.account, p.asset_id)
         p.entity_id, p.place_id, p.asset_id, p.quantity, p.day
    FROM refdata_statedposition p
    JOIN of_clients c ON c.place_id = p.place_id AND c.number = p.account
   WHERE p.day <= %(business_date)s AND p.recorded_tx < %(horizon)s
     AND (%(entities)s::bigint[] IS NULL OR p.entity_id = ANY(%(entities)s::bigint[]))
   ORDER BY p.place_id, p.account, p.asset_id, p.day DESC, p.id DESC),
     owed AS (
  SELECT entity_id, place_id, asset_id, sum(amount) AS amount FROM entitled GROUP BY 1, 2, 3),
     has AS (
  SELECT entity_id, place_id, asset_id, sum(quantity) AS quantity, min(day) AS day
    FROM stated GROUP BY 1, 2, 3),
     compared AS (
  SELECT c.*, left(p.code || ' ' || s.code || ': ' || trim_scale(c.held - c.entitled), 120) AS key
    FROM (SELECT entity_id, place_id, asset_id, coalesce(o.amount, 0) AS entitled,
                 coalesce(h.quantity, o.amount) AS held, h.day AS stated_on,
                 CASE WHEN h.quantity IS NULL THEN 'OURS' ELSE 'STATED' END AS source
            FROM owed o FULL JOIN has h USING (entity_id, place_id, asset_id)) c
    JOIN refdata_place p ON p.id = c.place_id
    JOIN refdata_asset s ON s.id = c.asset_id)
"""
DIFFERENCES = COMPARED + "SELECT key FROM compared WHERE held <> entitled ORDER BY key"  # noqa: S608
