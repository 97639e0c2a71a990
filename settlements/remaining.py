"""What deals owe that no live settlement settles: not prepared yet, or cancelled at its place."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.db import connection

# Whether a settlement that is not cancelled settles this flow `f`: what is due of an asset on a date.
LIVE = """EXISTS (
       SELECT 1 FROM settlements_settlement l
        WHERE l.source_type = 'deal' AND l.source_id = f.deal_id AND l.due_date = f.due_date
          AND l.cancellation <> 'AGREED'
          AND (l.asset_id = f.asset_id AND l.quantity > 0
               OR l.money_asset_id = f.asset_id AND l.amount > 0))"""
_REST = f"""
WITH left_over AS (
  SELECT f.deal_id, f.kind, f.asset_id, f.due_date, s.signed,
         sum(s.signed) OVER (PARTITION BY f.deal_id, f.due_date, f.asset_id) AS net
    FROM deals_deal d
    JOIN deals_flow f ON f.deal_id = d.id AND f.version = d.version
   CROSS JOIN LATERAL (SELECT CASE f.direction WHEN 'RECEIVE' THEN f.quantity ELSE -f.quantity END
                      AS signed) s
   WHERE d.id = ANY(%s) AND NOT {LIVE})
SELECT deal_id, due_date, kind, asset_id, sum(signed) FROM left_over WHERE net <> 0
 GROUP BY deal_id, due_date, kind, asset_id ORDER BY deal_id, due_date, asset_id, kind
"""  # noqa: S608


class Owed(NamedTuple):
    """What of a kind and an asset is due on a date: positive is received."""

    due_date: date
    kind: str
    asset_id: int
    quantity: Decimal


def rest_of(deal_ids: Sequence[int]) -> dict[int, list[Owed]]:
    """For each deal that has any, what it owes and no live settlement settles."""
    if not deal_ids:
        return {}
    found: dict[int, list[Owed]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_REST, [list(deal_ids)])
        for deal_id, *owed in cursor.fetchall():
            found.setdefault(deal_id, []).append(Owed(*owed))
    return found
