"""The day after: what became of everything that runs sent to outside places, held against what was expected.

Set by set, and safe to do twice: what was compared is compared.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, NamedTuple

from django.db import connection, transaction

CHUNK = 5_000
DAYS_BACK = (
    10  # how long a run may wait to be compared: nights that were not closed are made up for
)

_COMPARE = """
INSERT INTO settlements_runcomparison (plan_id, settlement_id, expected, became, reason, compared_on)
SELECT d.plan_id, s.id, coalesce(d.facts ->> 'release', ''), b.became,
       CASE b.became WHEN 'SETTLED' THEN '' ELSE s.reason END, %(day)s
  FROM settlements_settlementrun r
  JOIN settlements_rundecision d ON d.run_id = r.id AND d.plan_id = r.plan_id AND d.outcome = 'SEND'
  JOIN settlements_settlement s ON s.id = d.settlement_id AND s.transmission <> 'NONE'
 CROSS JOIN LATERAL (SELECT CASE
       WHEN s.settlement = 'SETTLED' AND s.settled_date <= r.business_date THEN 'SETTLED'
       WHEN s.cancellation = 'AGREED' THEN 'CANCELLED'
       WHEN s.transmission = 'REJECTED' THEN 'REJECTED'
       WHEN EXISTS (SELECT 1 FROM settlements_settlementpart q
                     WHERE q.settlement_id = s.id AND q.settled_date <= r.business_date) THEN 'PARTIAL'
       WHEN s.settlement = 'SETTLED' THEN 'LATE'
       ELSE 'OPEN' END AS became) b
 WHERE s.entity_id = %(entity)s AND r.state = 'COMPLETED'
   AND r.business_date < %(day)s AND r.business_date >= %(since)s
   AND NOT EXISTS (SELECT 1 FROM settlements_runcomparison k
                    WHERE k.plan_id = d.plan_id AND k.settlement_id = d.settlement_id)
 ORDER BY s.id LIMIT %(limit)s
ON CONFLICT (plan_id, settlement_id) DO NOTHING
RETURNING became
"""


class Compared(NamedTuple):
    """How many were compared, and how many of them had settled on their day."""

    rows: int
    settled: int


@transaction.atomic
def compare_releases(*, entity_id: int, day: date, limit: int = CHUNK) -> Compared:
    """Compare the next ones that runs of the days before had sent; none left is zero rows."""
    facts: dict[str, Any] = {
        "entity": entity_id, "day": day, "since": day - timedelta(days=DAYS_BACK), "limit": limit,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_COMPARE, facts)
        became = [row[0] for row in cursor.fetchall()]
    return Compared(len(became), became.count("SETTLED"))
