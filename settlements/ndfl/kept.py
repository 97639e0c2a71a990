"""What was kept back of individuals since a year began: as the sub-ledger has it, and as the books have it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection

from settlements.ndfl.incomes import Taxpayer, whose


class Withheld(NamedTuple):
    """What was kept back of whom, by when it is transferred; below zero it was taken back. `of_pay`, or of the rest."""

    taxpayer: Taxpayer
    day: date
    transfer_by: date
    amount: Decimal
    of_pay: bool = False


_WITHHELD = """
SELECT n.code, o.code, o.country = n.jurisdiction, n.base_currency, b.minor_unit, w.day, w.transfer_by, w.withheld,
       w.source_type = 'payrollline'
  FROM ledger_ndflwithholding w
  JOIN refdata_entity n ON n.id = w.entity_id
  JOIN refdata_currency b ON b.code = n.base_currency
  JOIN refdata_party o ON o.id = w.taxpayer_id
 WHERE w.year = %(year)s AND w.day <= %(until)s AND w.recorded_tx < %(horizon)s
   AND (%(entities)s::bigint[] IS NULL OR w.entity_id = ANY(%(entities)s::bigint[]))
   AND (%(owners)s::bigint[] IS NULL OR w.taxpayer_id = ANY(%(owners)s::bigint[]))
 ORDER BY n.code, o.code, w.transfer_by, w.id
"""


def withheld_until(
    until: date, *, horizon: int, entity_ids: Sequence[int] | None,
    owner_ids: Sequence[int] | None = None,
) -> list[Withheld]:  # fmt: skip
    """What was kept back since the year began, as the sub-ledger has it."""
    asked: dict[str, Any] = {"year": until.year, "until": until, "horizon": horizon}
    with connection.cursor() as cursor:
        cursor.execute(_WITHHELD, asked | whose(entity_ids, owner_ids))
        return [Withheld(Taxpayer(*row[:5]), *row[5:]) for row in cursor.fetchall()]


# What is withheld at a year's end is booked in the next and belongs to the one that ended. Of pay it is kept back for
# all together, as what we owe the budget.
_IN_ENTRIES = """
SELECT n.code, sum(CASE WHEN t.owner_id = n.own_party_id THEN -l.amount ELSE l.amount END)
  FROM ledger_ledgeraccount t
  JOIN refdata_party o ON o.id = t.owner_id
  JOIN refdata_entity n ON n.id = t.entity_id
  JOIN refdata_currency b ON b.code = n.base_currency
  JOIN ledger_line l ON l.account_id = t.id AND l.asset_id = b.asset_id AND l.recorded_tx < %(horizon)s
  JOIN ledger_journalentry e ON e.id = l.entry_id
 WHERE t.kind = 'TAX' AND (%(entities)s::bigint[] IS NULL OR t.entity_id = ANY(%(entities)s::bigint[]))
   AND CASE WHEN t.owner_id = n.own_party_id THEN e.source_type = 'payrolljournal' ELSE o.kind = 'INDIVIDUAL' END
   AND CASE WHEN e.source_type = 'taxyear'
            THEN %(until)s = make_date(%(year)s, 12, 31) AND EXISTS (
                 SELECT FROM settlements_taxyearresult r JOIN settlements_taxyear y ON y.id = r.tax_year_id
                  WHERE r.id = e.source_id AND y.year = %(year)s)
            ELSE l.effective_date BETWEEN %(from)s AND %(until)s END
 GROUP BY 1
"""


def kept_in_entries(
    until: date, *, horizon: int, entity_ids: Sequence[int] | None
) -> dict[str, Decimal]:
    """By entity what the accounts of the tax of individuals moved since the year began, in base currency."""
    asked: dict[str, Any] = {
        "from": date(until.year, 1, 1), "until": until, "year": until.year, "horizon": horizon,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_IN_ENTRIES, asked | whose(entity_ids, None))
        return dict(cursor.fetchall())
