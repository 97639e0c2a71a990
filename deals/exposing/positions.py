"""What an entity has of each asset now: by its books, and by own deals that are not booked yet.

One statement reads all that moves, so that a deal which is booked meanwhile counts once. What is folded does
not change below its horizon: a process reads the history once, and from then on what came since.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection

from deals.exposing.live import LIVE
from ledger.models import LedgerAccount
from ledger.state import AccountKind
from refdata.selectors import reference_data

KEPT_SECONDS = 600  # without a look; after long, what came since is more to read than the history
_NOTHING = Decimal(0)

# The accounts are credited with what the books have (decision 0005).
_FOLDED = """
SELECT f.horizon, m.asset_id, -sum(m.amount)
  FROM ledger_fold f LEFT JOIN ledger_movement m ON m.account_id = ANY(%s::bigint[])
 GROUP BY 1, 2
"""
# Own deals that the books do not have yet move all but interest, as those book it. Accounts are counted:
# one that is new has come with the booking of a deal.
_SINCE = """
WITH fold AS MATERIALIZED (SELECT coalesce(max(horizon), 0) AS horizon FROM ledger_fold),
     moved AS (
  SELECT l.asset_id, -l.amount AS quantity, l.recorded_tx < (SELECT horizon FROM fold) AS folded
    FROM ledger_line l WHERE l.recorded_tx >= %(low)s AND l.account_id = ANY(%(accounts)s::bigint[])
   UNION ALL
  SELECT f.asset_id, CASE f.direction WHEN 'RECEIVE' THEN f.quantity ELSE -f.quantity END, false
    FROM deals_deal d JOIN deals_flow f ON f.deal_id = d.id AND d.version = f.version
   WHERE d.entity_id = %(entity)s AND d.capacity = 'OWN' AND d.state = ANY(%(live)s)
     AND f.kind <> 'INTEREST'
     AND NOT EXISTS (
           SELECT 1 FROM ledger_journalentry e
            WHERE e.entity_id = d.entity_id AND e.source_type = 'deal' AND e.source_id = d.id
              AND e.kind = 'deal.trade'
              AND NOT EXISTS (SELECT 1 FROM ledger_journalentry r WHERE r.reverses_id = e.id)))
SELECT fold.horizon,
       (SELECT count(*) FROM ledger_ledgeraccount a
         WHERE a.kind = %(kind)s AND a.book_id = ANY(%(books)s::bigint[])
           AND a.owner_id = ANY(%(owners)s::bigint[])),
       m.asset_id, coalesce(sum(m.quantity), 0), coalesce(sum(m.quantity) FILTER (WHERE m.folded), 0)
  FROM fold LEFT JOIN moved m ON true GROUP BY 1, 2, 3
"""


class _Folded(NamedTuple):
    """What accounts have by all that was recorded below a horizon, and when the process learned it."""

    accounts: tuple[int, ...]
    horizon: int
    quantities: Mapping[int, Decimal]
    at: float


_known: dict[int, _Folded] = {}  # by entity


def forget_positions() -> None:
    """For a process that comes to another database."""
    _known.clear()


def positions_of(entity_id: int) -> dict[int, Decimal]:
    """What an entity has of each asset, below nothing where it owes: by its books, and by its deals."""
    books = [row for row in reference_data().books.values() if row.entity_id == entity_id]
    values: dict[str, Any] = {
        "entity": entity_id, "live": list(LIVE), "kind": AccountKind.POSITION.value,
        "books": [row.id for row in books], "owners": sorted({row.own_party_id for row in books}),
    }  # fmt: skip
    while True:
        accounts = tuple(sorted(own_accounts([entity_id])))
        base = _base(entity_id, accounts)
        with connection.cursor() as cursor:
            cursor.execute(_SINCE, values | {"low": base.horizon, "accounts": list(accounts)})
            rows = cursor.fetchall()
        horizon, there = rows[0][:2]
        if horizon < base.horizon:  # a look of an earlier moment than that of a neighbour
            _known.pop(entity_id, None)
        elif there == len(accounts):
            break
    since = {asset_id: moved for _, _, asset_id, moved, _ in rows if asset_id is not None}
    folded = {asset_id: moved for _, _, asset_id, _, moved in rows if asset_id is not None}
    _known[entity_id] = _Folded(accounts, horizon, _sum(base.quantities, folded), time.monotonic())
    return _sum(base.quantities, since)


def own_accounts(entities: Collection[int]) -> dict[int, int]:
    """The position accounts of our own books, and whose they are."""
    books = [row for row in reference_data().books.values() if row.entity_id in entities]
    rows = LedgerAccount.objects.filter(
        kind=AccountKind.POSITION, book_id__in=[row.id for row in books],
        owner_id__in={row.own_party_id for row in books},
    )  # fmt: skip
    return dict(rows.values_list("pk", "entity_id"))


def _base(entity_id: int, accounts: tuple[int, ...]) -> _Folded:
    known = _known.get(entity_id)
    now = time.monotonic()
    if known is not None and known.accounts == accounts and now - known.at < KEPT_SECONDS:
        return known
    with connection.cursor() as cursor:
        cursor.execute(_FOLDED, [list(accounts)])
        rows = cursor.fetchall()
    quantities = {asset_id: has for _, asset_id, has in rows if asset_id is not None}
    return _Folded(accounts, rows[0][0] if rows else 0, quantities, now)


def _sum(first: Mapping[int, Decimal], second: Mapping[int, Decimal]) -> dict[int, Decimal]:
    both = {id: first.get(id, _NOTHING) + second.get(id, _NOTHING) for id in {**first, **second}}
    return {id: quantity for id, quantity in both.items() if quantity}
