"""How much of a deal has settled by a day."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection

from ledger.accounting.worths import FINE
from settlements.realised.facts import money_days

EPOCH = date(1970, 1, 1)
# Of deals that settle by themselves; whose net is settled by a clearing house has none, and is settled as a whole.
_SETTLED = """
SELECT s.source_id, coalesce(sum(l.amount), 0)
  FROM settlements_settlement s
  LEFT JOIN ledger_journalentry e ON e.entity_id = s.entity_id AND e.source_type = 'settlement' AND e.source_id = s.id
       AND e.effective_date <= %(day)s AND e.recorded_tx < %(horizon)s
  LEFT JOIN (ledger_line l
             JOIN ledger_ledgeraccount a ON a.id = l.account_id AND a.kind = 'SETTLEMENT'
             JOIN refdata_entity n ON n.id = a.entity_id AND n.own_party_id = a.owner_id)
         ON l.entry_id = e.id AND l.asset_id = %(asset)s
 WHERE s.source_type = 'deal' AND s.source_id = ANY(%(deals)s)
 GROUP BY s.source_id
"""


def settled_of(
    quantities: Mapping[int, Decimal], *, asset_id: int, day: date, horizon: int
) -> dict[int, Decimal]:
    """By deal the share of its securities that was delivered until a day, as known below a horizon.

    From 0 to 1, to 18 decimals, so that what is shared out is never cut and adds up.
    """
    facts: dict[str, Any] = {
        "deals": list(quantities),
        "asset": asset_id,
        "day": day,
        "horizon": horizon,
    }
    with connection.cursor() as cursor:
        cursor.execute(_SETTLED, facts)
        found = {
            id: (abs(moved) / quantities[id]).quantize(FINE) for id, moved in cursor.fetchall()
        }
    return found | _by_nets(quantities.keys() - found.keys(), day, horizon)


def _by_nets(deal_ids: Collection[int], day: date, horizon: int) -> dict[int, Decimal]:
    days = settlement_days(deal_ids, horizon=horizon)
    return {id: Decimal(id in days and days[id] <= day) for id in deal_ids}


def settlement_days(deal_ids: Collection[int], *, horizon: int) -> dict[int, date]:
    """The day on which the money of each deal moved; of those that are not paid none."""
    if not deal_ids:
        return {}
    days = money_days(sorted(deal_ids), horizon=horizon)
    return {id: EPOCH + timedelta(days=day) for id, day in days.items()}
