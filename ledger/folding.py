"""Folds postings into movements: sums by account, asset, effective date and day of knowledge.

The day of knowledge is the day of the first watermark that covers a posting. The table is exact for
every pair of dates and can be proved, at any time, by one GROUP BY over the postings.
"""

from __future__ import annotations

from datetime import date

from django.db import connection, transaction

_MARKS = """
SELECT DISTINCT ON ((at AT TIME ZONE 'UTC')::date) (at AT TIME ZONE 'UTC')::date, horizon
  FROM events_watermark WHERE horizon > %s
 ORDER BY (at AT TIME ZONE 'UTC')::date, horizon DESC
"""
_FOLD = """
INSERT INTO ledger_movement (account_id, asset_id, effective_date, known_day, amount)
SELECT account_id, asset_id, effective_date, %(day)s, sum(amount)
  FROM ledger_line WHERE recorded_tx >= %(low)s AND recorded_tx < %(high)s
 GROUP BY account_id, asset_id, effective_date
ON CONFLICT (account_id, asset_id, effective_date, known_day)
DO UPDATE SET amount = ledger_movement.amount + excluded.amount
"""


@transaction.atomic
def fold_postings() -> int:
    """Fold what the watermarks cover and is not folded yet; return the new horizon."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO ledger_fold (single, horizon) VALUES (true, 0) ON CONFLICT DO NOTHING"
        )
        cursor.execute("SELECT horizon FROM ledger_fold FOR UPDATE")
        low: int = cursor.fetchone()[0]
        cursor.execute(_MARKS, [low])
        marks: list[tuple[date, int]] = cursor.fetchall()
        for day, high in marks:
            cursor.execute(_FOLD, {"day": day, "low": low, "high": high})
            low = high
        if marks:
            cursor.execute("UPDATE ledger_fold SET horizon = %s", [low])
    return low
