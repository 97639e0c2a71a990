"""Reports that came too late wait for a clerk until the deal the other way is captured."""

from __future__ import annotations

from datetime import datetime

from django.db import connection, transaction

from backoffice.workflow.services import close_items
from settlements.reversing.receiving import LATE_ITEM

_ANSWERED = """
SELECT d.id
  FROM workflow_workitem w
  JOIN deals_deal d ON d.id = w.subject_id
  JOIN deals_dealversion v ON v.deal_id = d.id AND v.number = d.version
 WHERE w.kind = %s AND w.subject_type = 'deal' AND w.closed_at IS NULL AND EXISTS (
       SELECT 1 FROM deals_deal o
         JOIN deals_dealversion x ON x.deal_id = o.id AND x.number = o.version
        WHERE o.counterparty_id = d.counterparty_id AND o.id > d.id AND o.captured_at > w.opened_at
          AND o.entity_id = d.entity_id AND o.owner_id = d.owner_id AND o.product = d.product
          AND o.instrument_id IS NOT DISTINCT FROM d.instrument_id
          AND o.state NOT IN ('CANCELLED', 'REPLACED') AND x.side <> v.side
          AND (x.quantity, x.gross_amount, x.currency) = (v.quantity, v.gross_amount, v.currency)
          AND x.details -> 'clearing' = v.details -> 'clearing')
 ORDER BY d.id
"""


@transaction.atomic
def close_answered(*, at: datetime) -> int:
    """Close what waits about deals whose opposite is there: the same of everything, the other side."""
    with connection.cursor() as cursor:
        cursor.execute(_ANSWERED, [LATE_ITEM])
        ids = [row[0] for row in cursor.fetchall()]
    close_items(subject_type="deal", subject_ids=ids, kinds=[LATE_ITEM], at=at)
    return len(ids)
