"""Which changes of positions lots, or results of a year, are still made of: those since their pool was last empty.

What corporate actions converted, or what was exchanged at cost, is never taken to have been empty: sums of quantities
say nothing there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from django.db import connection

_OF_USE = """
WITH change AS (
  SELECT c.id, c.pool_id, c.source_type, c.source_id, c.trade_date,
         row_number() OVER pool AS place,
         sum(CASE WHEN c.incoming THEN c.quantity ELSE -c.quantity END) OVER pool AS left_over,
         bool_or(c.at_cost) OVER (PARTITION BY c.pool_id) OR EXISTS (
           SELECT FROM ledger_lotconversion k JOIN ledger_lotpool p ON p.id = c.pool_id
            WHERE k.entity_id = p.entity_id AND p.asset_id IN (k.asset_id, k.outturn_id)) AS whole
    FROM ledger_lotchange c
   WHERE c.entity_id = ANY(%(entities)s) AND c.reverses_id IS NULL
     AND NOT EXISTS (SELECT FROM ledger_lotchange r WHERE r.reverses_id = c.id)
  WINDOW pool AS (PARTITION BY c.pool_id ORDER BY c.trade_date, c.executed_at, c.sequence, c.id)),
     empty AS (
  SELECT pool_id, max(place) AS place FROM change
   WHERE left_over = 0 AND NOT whole AND trade_date < make_date(%(year)s, 1, 1) GROUP BY pool_id)
SELECT c.id, c.source_type, c.source_id FROM change c LEFT JOIN empty e ON e.pool_id = c.pool_id
 WHERE c.place > coalesce(e.place, 0) ORDER BY c.id
"""


class OfUse(NamedTuple):
    id: int
    source_type: str
    source_id: int


def changes_of_use(entity_ids: Sequence[int], year: int) -> list[OfUse]:
    """The live changes of entities' pools that what is left, or what was realised in a year, is made of."""
    with connection.cursor() as cursor:
        cursor.execute(_OF_USE, {"entities": list(entity_ids), "year": year})
        return [OfUse(*row) for row in cursor.fetchall()]
