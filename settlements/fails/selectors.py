"""Reading fails and what they cost."""

from __future__ import annotations

from datetime import date

from django.db import connection

from ledger.models import BusinessDay
from settlements.fails.reading import LAST

# Since a penalty was counted: a price for its day, or where it has no amount any rate; a part, or the
# whole, that was final by its day; the instruction was matched or cancelled otherwise than was known.
_AGAIN = f"""
SELECT DISTINCT p.counted_on
  FROM ({LAST.format(where="p.entity_id = %(entity)s AND p.counted_on >= %(since)s AND p.counted_on < %(day)s")}) p
  JOIN settlements_settlement s ON s.id = p.settlement_id
  LEFT JOIN refdata_price own ON own.id = p.price_id
 WHERE (p.kind = 'SEFP' AND p.status <> 'REMO' AND s.settlement = 'SETTLED' AND s.settled_date <= p.counted_on)
    OR EXISTS (SELECT 1 FROM settlements_settlementpart t
                WHERE t.settlement_id = p.settlement_id AND t.settled_date <= p.counted_on
                  AND t.recorded_tx > p.recorded_tx)
    OR EXISTS (SELECT 1 FROM refdata_price q
                WHERE q.instrument_id = s.asset_id AND q.price_date <= p.day AND q.recorded_tx > p.recorded_tx
                  AND q.price_date >= coalesce(own.price_date, q.price_date))
    OR p.amount IS NULL AND p.payer <> 'UNKNOWN' AND (
       EXISTS (SELECT 1 FROM refdata_interestrate r WHERE r.rate_date <= p.day AND r.recorded_tx > p.recorded_tx)
       OR EXISTS (SELECT 1 FROM refdata_fxrate r WHERE r.rate_date <= p.day AND r.recorded_tx > p.recorded_tx))
 ORDER BY p.counted_on
"""  # noqa: S608


def days_to_count_again(entity_id: int, day: date) -> list[date]:
    """The days of this month and the last of which something came after they were counted."""
    since = (day.replace(day=1) - date.resolution).replace(day=1)
    with connection.cursor() as cursor:
        cursor.execute(_AGAIN, {"entity": entity_id, "since": since, "day": day})
        return [row[0] for row in cursor.fetchall()]


def last_day_before(entity_id: int, day: date) -> date | None:
    """The last business day of an entity before a day, if its books had one."""
    rows = BusinessDay.objects.filter(entity_id=entity_id, day__lt=day).order_by("-day")
    return rows.values_list("day", flat=True).first()
