"""Reports that came too late wait for a clerk until the deal the other way is captured."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import connection, transaction

from backoffice.workflow.services import NewItem, close_items, open_items
from backoffice.workflow.transitions import Step, advance
from deals.models import Deal
from settlements.changing.rest import PENDING
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


# Deals within settled nets whose cancellation waits, and the report by which it was asked for.
_OVERTAKEN = """
SELECT DISTINCT ON (d.id) d.id, d.entity_id, coalesce('VR-' || r.id || ': ' || r.document, '')
  FROM settlements_settlement s
  JOIN settlements_nettedflow k ON k.obligation_id = s.source_id
  JOIN deals_deal d ON d.id = k.deal_id AND d.cancellation = ANY(%s)
  LEFT JOIN settlements_venuereversal r ON r.deal_id = d.id
 WHERE s.id = ANY(%s) AND s.source_type = 'net' AND s.settlement = 'SETTLED'
   AND NOT EXISTS (SELECT 1 FROM settlements_leftflow u WHERE u.netted_id = k.id)
 ORDER BY d.id, r.id DESC
"""


@transaction.atomic
def end_requests_of_nets(*, settlement_ids: Sequence[int], at: datetime) -> None:
    """What a settled net has within is cancelled no more: its report came too late, as one after it."""
    with connection.cursor() as cursor:
        cursor.execute(_OVERTAKEN, [list(PENDING), list(settlement_ids)])
        rows = cursor.fetchall()
    steps = [Step(id, told) for id, _, told in rows]
    ended = set(advance(Deal, "deny_cancel", steps, actor=None, at=at).done)
    items = [
        NewItem(
            kind=LATE_ITEM, queue="clerk", subject_type="deal", subject_id=id, entity_id=entity_id,
            reason=told,
        )
        for id, entity_id, told in rows
        if id in ended
    ]  # fmt: skip
    open_items(items, at=at)


@transaction.atomic
def close_answered(*, at: datetime) -> int:
    """Close what waits about deals whose opposite is there: the same of everything, the other side."""
    with connection.cursor() as cursor:
        cursor.execute(_ANSWERED, [LATE_ITEM])
        ids = [row[0] for row in cursor.fetchall()]
    close_items(subject_type="deal", subject_ids=ids, kinds=[LATE_ITEM], at=at)
    return len(ids)
