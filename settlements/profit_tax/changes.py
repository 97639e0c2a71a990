"""Changes of lots as they were dealt: what of a deal the profit tax looks at beside its lots."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from django.db import connection

from settlements.realised.facts import UNTRADED_MARKETS

_CHANGES = """
SELECT c.id, i.asset_id, i.kind, i.market, c.quantity,
       (c.gross * (ARRAY[1, 10, 100, 1000, 10000])[m.minor_unit + 1])::int8, c.currency, c.trade_date,
       c.source_type,
       (coalesce((v.details -> 'figures' ->> 'accrued')::numeric, 0)
        * (ARRAY[1, 10, 100, 1000, 10000])[m.minor_unit + 1])::int8,
       coalesce(v.details -> 'execution' ->> 'venue', '')
  FROM ledger_lotchange c
  JOIN ledger_lotpool p ON p.id = c.pool_id
  JOIN refdata_instrument i ON i.asset_id = p.asset_id
  JOIN refdata_currency m ON m.code = c.currency
  LEFT JOIN LATERAL (
       SELECT d.details FROM deals_dealversion d
        WHERE c.source_type = 'deal' AND d.deal_id = c.source_id AND d.recorded_tx < %(horizon)s
        ORDER BY d.number DESC LIMIT 1) v ON true
 WHERE c.id = ANY(%(changes)s)
"""


class Told(NamedTuple):
    """A change of lots as it was dealt; `gross` and `accrued`, the coupon paid with it, in minor units."""

    id: int
    asset_id: int
    kind: str
    market: str
    quantity: Decimal
    gross: int
    currency: str
    day: date
    source_type: str
    accrued: int
    venue: str

    @property
    def traded(self) -> bool:
        return self.market not in UNTRADED_MARKETS

    @property
    def on_venue(self) -> bool:
        return self.traded and self.venue not in UNTRADED_MARKETS

    @property
    def price(self) -> Fraction:
        """Of one unit, in minor units of the currency, without coupon."""
        return self.gross / Fraction(self.quantity)


def changes_told(ids: Collection[int], *, horizon: int) -> Mapping[int, Told]:
    """Changes of lots by their numbers, each with its deal as it was known below a horizon."""
    with connection.cursor() as cursor:
        cursor.execute(_CHANGES, {"changes": sorted(ids), "horizon": horizon})
        return {row[0]: Told(*row) for row in cursor.fetchall()}
