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


def _is_opposite(one: str, its: str, other: str, others: str) -> str:
    """That two deals with their versions are the same of everything but the side, as SQL over their aliases."""
    return f"""
       {one}.entity_id = {other}.entity_id AND {one}.counterparty_id = {other}.counterparty_id
   AND {one}.owner_id = {other}.owner_id AND {one}.product = {other}.product
   AND {one}.instrument_id IS NOT DISTINCT FROM {other}.instrument_id
   AND ({its}.quantity, {its}.gross_amount, {its}.currency)
     = ({others}.quantity, {others}.gross_amount, {others}.currency)
   AND {its}.side <> {others}.side AND {its}.details -> 'clearing' = {others}.details -> 'clearing'"""


# A deal the other way answers the report that it names by its external reference, or else the first that
# names it as its document: one that is merely equal may have been dealt.
_ANSWERED = f"""
SELECT DISTINCT d.id
  FROM workflow_workitem w
  JOIN deals_deal d ON d.id = w.subject_id
  JOIN deals_dealversion v ON v.deal_id = d.id AND v.number = d.version
  JOIN settlements_venuereversal r ON r.deal_id = d.id
  CROSS JOIN LATERAL (
       SELECT n.id, false AS by_document FROM deals_deal n
        WHERE n.entity_id = r.entity_id AND n.external_ref = 'VR-' || r.id
        UNION ALL
       SELECT n.id, true FROM deals_deal n
        WHERE n.id = CASE WHEN r.document ~ '^D-[0-9]{{1,18}}$' THEN substr(r.document, 3)::bigint END
       ) named
  JOIN deals_deal o ON o.id = named.id
  JOIN deals_dealversion x ON x.deal_id = o.id AND x.number = o.version
 WHERE w.kind = %s AND w.subject_type = 'deal' AND w.closed_at IS NULL
   AND o.state NOT IN ('CANCELLED', 'REPLACED') AND {_is_opposite("o", "x", "d", "v")}
   AND NOT (named.by_document AND EXISTS (
       SELECT 1 FROM settlements_venuereversal e
         JOIN deals_deal a ON a.id = e.deal_id
         JOIN deals_dealversion b ON b.deal_id = a.id AND b.number = a.version
        WHERE e.deal_id <> d.id AND {_is_opposite("o", "x", "a", "b")}
          AND (o.external_ref = 'VR-' || e.id OR (e.document = r.document AND e.id < r.id))))
 ORDER BY d.id
"""  # noqa: S608
# Deals within settled nets whose cancellation waits, and the report by which it was asked for.
_OVERTAKEN = """
SELECT DISTINCT ON (d.id) d.id, d.entity_id, coalesce('VR-' || r.id || ': ' || r.document, '')
  FROM settlements_netobligation n
  JOIN settlements_nettedflow k ON k.obligation_id = n.id
  JOIN deals_deal d ON d.id = k.deal_id AND d.cancellation = ANY(%s)
  LEFT JOIN settlements_venuereversal r ON r.deal_id = d.id
 WHERE n.id = ANY(%s) AND n.state = 'SETTLED'
   AND NOT EXISTS (SELECT 1 FROM settlements_leftflow u WHERE u.netted_id = k.id)
 ORDER BY d.id, r.id DESC
"""


@transaction.atomic
def end_requests_of_nets(*, net_ids: Sequence[int], at: datetime) -> None:
    """What a settled net has within is cancelled no more, though the net was of nothing: its report came too late."""
    with connection.cursor() as cursor:
        cursor.execute(_OVERTAKEN, [list(PENDING), list(net_ids)])
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
    """Close what waits about deals whose opposite is there: it names the report, and all but the side is the same."""
    with connection.cursor() as cursor:
        cursor.execute(_ANSWERED, [LATE_ITEM])
        ids = [row[0] for row in cursor.fetchall()]
    close_items(subject_type="deal", subject_ids=ids, kinds=[LATE_ITEM], at=at)
    return len(ids)
