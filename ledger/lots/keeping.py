"""Writing what lots are computed from: changes of positions, and their reversals. Batches, one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection, transaction

from backoffice.events.copying import copy_rows


class PoolKey(NamedTuple):
    """Whose lots of which security, on an individual investment account or not."""

    entity_id: int
    owner_id: int
    asset_id: int
    account: str = "GENERAL"


class NewChange(NamedTuple):
    """A purchase or sale about to be kept. `sequence` decides among those of one moment.

    `at_cost`: what goes takes its cost along, to what comes by the same source in the same book beside what is paid.
    """

    pool: PoolKey
    book_id: int | None
    incoming: bool
    quantity: Decimal
    gross: Decimal
    fee: Decimal
    currency: str
    trade_date: date
    executed_at: datetime
    sequence: int
    source_type: str
    source_id: int
    part: int = 0
    at_cost: bool = False


_POOL_COLUMNS = "unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::text[])"
_ADD_POOLS = f"""
INSERT INTO ledger_lotpool (entity_id, owner_id, asset_id, account) SELECT * FROM {_POOL_COLUMNS}
ON CONFLICT DO NOTHING
"""  # noqa: S608
_FIND_POOLS = f"""
SELECT p.entity_id, p.owner_id, p.asset_id, p.account, p.id
  FROM {_POOL_COLUMNS} AS k(entity_id, owner_id, asset_id, account)
  JOIN ledger_lotpool p USING (entity_id, owner_id, asset_id, account)
"""  # noqa: S608
_COLUMNS = (
    "entity_id, pool_id, book_id, incoming, quantity, gross, fee, currency, trade_date, executed_at,"
    " sequence, source_type, source_id, part, at_cost, recorded_at"
)
_REVERSE = """
INSERT INTO ledger_lotchange (entity_id, pool_id, book_id, incoming, quantity, gross, fee, currency,
       trade_date, executed_at, sequence, source_type, source_id, part, at_cost, reverses_id, recorded_at)
SELECT c.entity_id, c.pool_id, c.book_id, c.incoming, c.quantity, c.gross, c.fee, c.currency,
       c.trade_date, c.executed_at, c.sequence, c.source_type, c.source_id, c.part, c.at_cost, c.id, %(at)s
  FROM ledger_lotchange c
 WHERE c.source_type = %(source_type)s AND c.source_id = ANY(%(source_ids)s)
   AND c.reverses_id IS NULL
   AND NOT EXISTS (SELECT 1 FROM ledger_lotchange r WHERE r.reverses_id = c.id)
 ORDER BY c.id
"""


def pool_ids(keys: Iterable[PoolKey]) -> dict[PoolKey, int]:
    """The pools of these keys; those that are missing are opened, in one statement."""
    wanted = sorted(set(keys))
    if not wanted:
        return {}
    columns = [list(column) for column in zip(*wanted, strict=True)]
    found = _find_pools(columns)
    if len(found) < len(wanted):
        with connection.cursor() as cursor:
            cursor.execute(_ADD_POOLS, columns)
        found = _find_pools(columns)
    return found


def put_pools(rows: Iterable[tuple[int, PoolKey]]) -> None:
    """Open pools under the numbers that another system had for them."""
    columns = "id, entity_id, owner_id, asset_id, account"
    copy_rows("ledger_lotpool", columns, ((number, *key) for number, key in rows))


def _find_pools(columns: list[list[object]]) -> dict[PoolKey, int]:
    with connection.cursor() as cursor:
        cursor.execute(_FIND_POOLS, columns)
        return {PoolKey(*row[:4]): row[4] for row in cursor.fetchall()}


@transaction.atomic
def keep_changes(changes: Sequence[NewChange], *, at: datetime) -> None:
    """Write changes. The same source and part written twice breaks the unique key: nothing twice."""
    if not changes:
        return
    pools = pool_ids(change.pool for change in changes)
    moment = at.isoformat()
    rows = (
        (c.pool.entity_id, pools[c.pool], *c[1:8], c.executed_at.isoformat(), *c[9:], moment)
        for c in changes
    )
    copy_rows("ledger_lotchange", _COLUMNS, rows)


@transaction.atomic
def reverse_changes(*, source_type: str, source_ids: Sequence[int], at: datetime) -> int:
    """Reverse what is kept of these sources and not reversed yet; return how many were.

    The first rows stay: an answer as known before this moment is what it was.
    """
    facts: dict[str, Any] = {"source_type": source_type, "source_ids": list(source_ids), "at": at}
    with connection.cursor() as cursor:
        cursor.execute(_REVERSE, facts)
        return int(cursor.rowcount)
