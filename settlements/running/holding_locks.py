"""What is short of what was drawn on, looked at under the locks of those holdings, after posting.

The database itself watches whatever is anybody's but our own money (`ledger.guarding`); this looks at that.
A holding's row has no balance; it is there to be locked, ids ascending, last before the commit.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from decimal import Decimal

from django.db import connection

from settlements.running.at_hand import Spot, left_at

_ADD = """
INSERT INTO ledger_holding (account_id, asset_id)
SELECT a.id, w.asset_id
  FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[])
       AS w(entity_id, owner_id, place_id, asset_id)
  JOIN ledger_ledgeraccount a USING (entity_id, owner_id, place_id)
 WHERE a.kind IN ('HOLDING', 'CASH') AND NOT a.guarded
 ORDER BY 1, 2
ON CONFLICT (account_id, asset_id) DO NOTHING
"""
_LOCK = """
SELECT w.* FROM ledger_holding h
  JOIN ledger_ledgeraccount a ON a.id = h.account_id
  JOIN unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[])
       AS w(entity_id, owner_id, place_id, asset_id)
    ON (a.entity_id, a.owner_id, a.place_id, h.asset_id) = (w.entity_id, w.owner_id, w.place_id, w.asset_id)
 WHERE a.kind IN ('HOLDING', 'CASH') AND NOT a.guarded
 ORDER BY h.account_id, h.asset_id FOR UPDATE OF h
"""


def short_now(drawn: Collection[Spot], day: date) -> dict[Spot, Decimal]:
    """How much of our own money is below zero at each of these, where the database does not watch it."""
    if not drawn:
        return {}
    columns = [list(column) for column in zip(*sorted(drawn), strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(_ADD, columns)
        cursor.execute(_LOCK, columns)
        ours = [Spot(*row) for row in cursor.fetchall()]
    now = left_at(ours, day)
    return {spot: -now[spot] for spot in ours if now.get(spot, 0) < 0}
