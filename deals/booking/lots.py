"""What deals change in the lots of their owners: kept when their trade is booked, reversed with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from ledger.lots.keeping import NewChange, PoolKey, keep_changes, reverse_changes

SOURCE = "deal"
# The pool of a deal `d` in its version `v`.
POOL = """d.entity_id, d.owner_id, d.instrument_id,
       CASE WHEN EXISTS (SELECT 1 FROM refdata_depositoryaccount a
                          WHERE a.entity_id = d.entity_id AND a.owner_id = d.owner_id
                            AND a.kind = 'IIS' AND a.number = v.details->>'account')
            THEN 'IIS' ELSE 'GENERAL' END"""
# Booked deals in securities without a live change; an account of the owner's may be an IIS. Securities
# that come back under the same deal (repo) are no disposal: lots keep their date and cost. Interest
# accrued is no part of the cost of a bond.
_BOOKED = f"""
SELECT {POOL},
       d.book_id, v.side = 'buy', v.quantity, v.gross_amount, abs(v.net_amount - v.gross_amount - a.accrued),
       v.currency, d.trade_date, v.traded_at, d.id,
       (SELECT count(*) FROM ledger_lotchange c
         WHERE c.entity_id = d.entity_id AND c.source_type = 'deal' AND c.source_id = d.id
           AND c.reverses_id IS NULL)
  FROM deals_deal d
  JOIN deals_dealversion v ON v.deal_id = d.id AND v.number = d.version
  CROSS JOIN LATERAL (SELECT coalesce((v.details -> 'figures' ->> 'accrued')::numeric, 0) AS accrued) a
 WHERE d.id = ANY(%s) AND d.instrument_id IS NOT NULL
   AND (SELECT sum(CASE f.direction WHEN 'RECEIVE' THEN f.quantity ELSE -f.quantity END)
          FROM deals_flow f
         WHERE f.deal_id = d.id AND f.version = d.version AND f.asset_id = d.instrument_id) <> 0
   AND EXISTS (
       SELECT 1 FROM ledger_journalentry e
        WHERE e.entity_id = d.entity_id AND e.source_type = 'deal' AND e.source_id = d.id
          AND e.kind = 'deal.trade'
          AND NOT EXISTS (SELECT 1 FROM ledger_journalentry r WHERE r.reverses_id = e.id))
   AND NOT EXISTS (
       SELECT 1 FROM ledger_lotchange c
        WHERE c.entity_id = d.entity_id AND c.source_type = 'deal' AND c.source_id = d.id
          AND c.reverses_id IS NULL
          AND NOT EXISTS (SELECT 1 FROM ledger_lotchange r WHERE r.reverses_id = c.id))
 ORDER BY d.id
"""  # noqa: S608


def keep_lots(*, deal_ids: Sequence[int], at: datetime) -> int:
    """Keep what booked deals change and is not kept yet; return how many changes were written."""
    with connection.cursor() as cursor:
        cursor.execute(_BOOKED, [list(deal_ids)])
        changes = [_change(row) for row in cursor.fetchall()]
    keep_changes(changes, at=at)
    return len(changes)


def _change(row: Sequence[Any]) -> NewChange:
    *pool, book_id, incoming, quantity, gross, fee, currency, day, traded_at, id, part = row
    return NewChange(
        PoolKey(*pool), book_id, incoming, quantity, gross, fee, currency, day, traded_at,
        sequence=id, source_type=SOURCE, source_id=id, part=part,
    )  # fmt: skip


def reverse_lots(*, reasons: Mapping[int, str], at: datetime) -> None:
    """Take back what cancelled deals had changed; their trade entries say why."""
    reverse_changes(source_type=SOURCE, source_ids=sorted(reasons), at=at)
