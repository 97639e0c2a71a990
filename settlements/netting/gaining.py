"""What netting spared in our own books: what a run moved gross, and what had to be at hand for it.

Between accounts in our own books a run is the multilateral netting that domain-decisions 13 allows: its set is
decided as a whole, what each has at its end is not below nothing, and shards post it all or not at all. No net takes
the place of the members: every settlement is final by itself, with its own entry.
"""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from django.db import connection

from settlements.models import SettlementRun
from settlements.netting.rules import Gain, Owed, gain_of, net_of

# What the run made final, by place, asset and pair: securities from whoever delivers, money from whoever pays.
_MOVED = """
SELECT p.code, a.code, x.debtor_id, x.creditor_id, sum(x.quantity), count(*)
  FROM settlements_rundecision d
  JOIN settlements_settlement s ON s.id = d.settlement_id
  JOIN settlements_evidence e ON e.settlement_id = s.id AND e.kind = 'run' AND e.reference = %(reference)s
  LEFT JOIN settlements_settlementpart k ON k.evidence_id = e.id
  JOIN refdata_place p ON p.id = s.place_id AND p.finality = 'INTERNAL'
 CROSS JOIN LATERAL (VALUES
       (CASE WHEN s.delivers THEN s.owner_id ELSE s.counterparty_id END,
        CASE WHEN s.delivers THEN s.counterparty_id ELSE s.owner_id END,
        s.asset_id, coalesce(k.quantity, s.quantity)),
       (CASE WHEN s.delivers THEN s.counterparty_id ELSE s.owner_id END,
        CASE WHEN s.delivers THEN s.owner_id ELSE s.counterparty_id END,
        s.money_asset_id, coalesce(k.amount, s.amount))) AS x(debtor_id, creditor_id, asset_id, quantity)
  JOIN refdata_asset a ON a.id = x.asset_id
 WHERE d.run_id = %(run)s AND d.plan_id IS NOT DISTINCT FROM %(plan)s AND d.outcome = 'SETTLE' AND x.quantity > 0
 GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
"""


class Spared(NamedTuple):
    """Of one asset at one place: what netting by pairs, and among all, leaves of what moved."""

    place: str
    asset: str
    by_pairs: Gain
    among_all: Gain

    @property
    def gross(self) -> Decimal:
        return self.among_all.gross

    @property
    def at_hand(self) -> Decimal:
        """The least that all of them together had to have before."""
        return self.among_all.net

    @property
    def percent(self) -> Decimal:
        """The share of what moved that did not have to be there, in per cent."""
        return round(self.among_all.saved * 100, 1)


def spared_by(run: SettlementRun) -> list[Spared]:
    """What a run moved at places in our books, by place and asset. Of a run over outside places only: nothing."""
    with connection.cursor() as cursor:
        cursor.execute(_MOVED, {"run": run.pk, "plan": run.plan_id, "reference": f"R-{run.pk}"})
        rows = cursor.fetchall()
    owed: dict[tuple[str, str], list[Owed]] = {}
    for place, asset, *row in rows:
        owed.setdefault((place, asset), []).append(Owed(*row))
    return [
        Spared(*key, gain_of(each, net_of(each)), gain_of(each, net_of(each, multilateral=True)))
        for key, each in owed.items()
    ]
