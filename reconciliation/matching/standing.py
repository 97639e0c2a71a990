"""What banks say stands on accounts, beside what our books say of the same evening."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.db import connection

from ledger.selectors import balances
from reconciliation.models import Statement

ZERO = Decimal(0)


class Standing(NamedTuple):
    """The last evening that all accounts of a reconciliation were told of: what the bank and our books have then."""

    reconciliation_id: int
    entity_id: int
    owner_id: int
    place_id: int
    asset_id: int
    day: date
    statements: Sequence[int]
    theirs: Decimal
    ours: Decimal

    @property
    def difference(self) -> Decimal:
        """Above zero the bank has more."""
        return self.theirs - self.ours


class _Told(NamedTuple):
    reconciliation_id: int
    entity_id: int
    owner_id: int
    place_id: int
    asset_id: int
    day: date
    statements: Sequence[int]
    accounts: Sequence[int]


# Of each account its last statement before a day, where all of them end on one and one owner is behind them.
_LAST = """
SELECT r.id, r.entity_id, min(c.owner_id), r.place_id, r.asset_id, max(t.until_date),
       array_agg(DISTINCT t.id), array_agg(DISTINCT c.id)
  FROM reconciliation_reconciliation r
  JOIN reconciliation_reconciledaccount a ON a.reconciliation_id = r.id
  JOIN ledger_ledgeraccount c ON c.id = a.account_id
  JOIN reconciliation_reconcilednostro n ON n.reconciliation_id = r.id
  LEFT JOIN LATERAL (
       SELECT s.id, s.until_date FROM reconciliation_statement s
        WHERE s.nostro_id = n.nostro_id AND s.kind = 'END_OF_DAY' AND s.rank <> '' AND s.closing IS NOT NULL
          AND s.until_date < %(before)s
        ORDER BY s.rank DESC, s.id DESC LIMIT 1) t ON true
 WHERE r.entity_id = ANY(%(entities)s::bigint[])
 GROUP BY r.id
HAVING count(t.id) = count(*) AND min(t.until_date) = max(t.until_date) AND min(c.owner_id) = max(c.owner_id)
 ORDER BY r.id
"""


def last_closings(*, entity_ids: Collection[int], before: date) -> list[Standing]:
    """What banks said last of each owner's money, of an evening before a day.

    Left out: what several owners have together, for nobody can tell whose its balance is, and several accounts
    that were not told of the same evening.
    """
    with connection.cursor() as cursor:
        cursor.execute(_LAST, {"entities": sorted(entity_ids), "before": before})
        told = [_Told(*row) for row in cursor.fetchall()]
    ids = [id for each in told for id in each.statements]
    closings = dict(Statement.objects.filter(pk__in=ids).values_list("pk", "closing"))
    held = _held(told)
    return [
        Standing(
            *each[:7], sum((closings[id] or ZERO for id in each.statements), ZERO),
            sum((held[each.day, id, each.asset_id] for id in each.accounts), ZERO),
        )
        for each in told
    ]  # fmt: skip


def _held(told: Sequence[_Told]) -> dict[tuple[date, int, int], Decimal]:
    """What our books have on each account at the end of each of the days."""
    accounts: dict[date, list[int]] = defaultdict(list)
    for each in told:
        accounts[each.day] += each.accounts
    return defaultdict(Decimal, {
        (day, row.account_id, row.asset_id): row.amount
        for day, ids in accounts.items()
        for row in balances(as_of=day, account_ids=ids)
    })  # fmt: skip
