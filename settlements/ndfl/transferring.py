"""What of the tax withheld has gone to the budget, and by when the rest has to.

Payments to the budget are booked from the statements that tell them (`Remedy.NDFL` of a break) and cover what was due
first. What was withheld before our books began, less what the books opened with as still owed, was transferred before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection

ZERO = Decimal(0)


class Transfer(NamedTuple):
    """Of what was withheld in a year and is due by one day: how much has gone to the budget. In base currency."""

    transfer_by: date
    year: int
    withheld: Decimal
    transferred: Decimal

    @property
    def left(self) -> Decimal:
        return self.withheld - self.transferred


# Our own account of the tax has less to pay with each payment that a statement told, and more where one is taken back.
_COVERED = """
SELECT n.code,
       coalesce((SELECT sum(l.amount)
                   FROM ledger_ledgeraccount t
                   JOIN ledger_line l ON l.account_id = t.id AND l.asset_id = b.asset_id
                    AND l.effective_date <= %(until)s AND l.recorded_tx < %(horizon)s
                   JOIN ledger_journalentry e ON e.id = l.entry_id AND e.source_type IN ('break', 'opening')
                  WHERE t.entity_id = n.id AND t.kind = 'TAX' AND t.owner_id = n.own_party_id), 0)
     + coalesce((SELECT sum(w.withheld) FROM ledger_ndflwithholding w
                  WHERE w.entity_id = n.id AND w.source_type = 'opening' AND w.recorded_tx < %(horizon)s), 0)
  FROM refdata_entity n JOIN refdata_currency b ON b.code = n.base_currency
 WHERE %(entities)s::bigint[] IS NULL OR n.id = ANY(%(entities)s::bigint[])
"""
_DUE = """
SELECT n.code, w.transfer_by, w.year, sum(w.withheld)
  FROM ledger_ndflwithholding w JOIN refdata_entity n ON n.id = w.entity_id
 WHERE w.day <= %(until)s AND w.recorded_tx < %(horizon)s
   AND (%(entities)s::bigint[] IS NULL OR n.id = ANY(%(entities)s::bigint[]))
 GROUP BY n.code, w.transfer_by, w.year HAVING sum(w.withheld) <> 0
 ORDER BY n.code, w.transfer_by, w.year
"""


def transfers_until(
    until: date, *, horizon: int, entity_ids: Sequence[int] | None
) -> dict[str, list[Transfer]]:
    """By entity everything withheld until a day, by when it is due, with what of it was transferred by then."""
    asked: dict[str, Any] = {
        "until": until, "horizon": horizon, "entities": None if entity_ids is None else list(entity_ids),
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_COVERED, asked)
        covered: dict[str, Decimal] = dict(cursor.fetchall())
        cursor.execute(_DUE, asked)
        return _covered_in_order(cursor.fetchall(), covered)


def _covered_in_order(
    due: Sequence[tuple[str, date, int, Decimal]], covered: Mapping[str, Decimal]
) -> dict[str, list[Transfer]]:
    """What is due first is covered first; what was taken back of a day covers nothing."""
    found: dict[str, list[Transfer]] = {}
    left = dict(covered)
    for entity, day, year, withheld in due:
        part = max(min(withheld, left[entity]), min(withheld, ZERO))
        left[entity] -= part
        found.setdefault(entity, []).append(Transfer(day, year, withheld, part))
    return found
