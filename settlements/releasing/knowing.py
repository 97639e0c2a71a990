"""What is known of outside places before a cycle: who gave before, who lacks what today, what is under way.

Read in a few statements, whatever the number of settlements.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection

from settlements.releasing.chances import CERTAIN, Owes, chance_of
from settlements.running.at_hand import Spot
from settlements.running.integers import Counted, units
from settlements.running.queueing import Look

HISTORY_DAYS = 90


class Lacked(NamedTuple):
    """What a place found wanting of a counterparty, and is not final."""

    counterparty_id: int
    asset_id: int
    quantity: Decimal


@dataclass(frozen=True)
class Known:
    """`history` says of each counterparty how many were sent to it, and settled on their day; `coming` is
    what is under way to us, by how likely it comes; `last` are the places whose last cycle this is.
    """

    history: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    wanting: Sequence[Lacked] = ()
    coming: Mapping[Spot, Decimal] = field(default_factory=dict)
    last: frozenset[int] = frozenset()

    def lacked(self, counted: Counted) -> list[Owes]:
        """In the units of a queue; of what is no asset of it nothing is said."""
        return [
            Owes(str(e.counterparty_id), str(e.asset_id), units(e.quantity, counted.decimals[e.asset_id]))
            for e in self.wanting
            if e.asset_id in counted.decimals
        ]  # fmt: skip


# Of what was sent because it was expected to settle, and was not stopped by us: how much did on its day.
_HISTORY = """
SELECT s.counterparty_id, count(*), count(*) FILTER (WHERE k.became = 'SETTLED')
  FROM settlements_runcomparison k JOIN settlements_settlement s ON s.id = k.settlement_id
 WHERE k.compared_on > %(since)s AND k.compared_on <= %(day)s
   AND s.counterparty_id = ANY(%(parties)s) AND s.entity_id = ANY(%(entities)s)
   AND k.expected <> 'LAST' AND k.became NOT IN ('CANCELLED', 'REJECTED')
   AND k.reason NOT IN ('LACK', 'MONY', 'PREA')
 GROUP BY 1
"""
# What was sent and is not final: what it brings us, and what the place says is wanting of it today.
_UNDER_WAY = """
SELECT s.entity_id, s.owner_id, s.place_id, s.counterparty_id,
       CASE WHEN s.delivers THEN s.money_asset_id ELSE s.asset_id END,
       sum(q.owed), min(q.owed), q.lacks
  FROM settlements_settlement s JOIN refdata_place p ON p.id = s.place_id
 CROSS JOIN LATERAL (SELECT
       CASE WHEN s.delivers THEN s.amount - s.settled_amount ELSE s.quantity - s.settled_quantity END AS owed,
       s.reason IN ('CLAC', 'CMON') OR s.reasons && ARRAY['CLAC', 'CMON']::varchar[] AS lacks) q
 WHERE p.finality = 'EXTERNAL' AND s.transmission IN ('SENT', 'ACKNOWLEDGED')
   AND s.settlement IN ('PENDING', 'FAILING', 'PARTIAL') AND s.cancellation <> 'AGREED'
   AND s.entity_id = ANY(%(entities)s) AND s.place_id = ANY(%(places)s)
 GROUP BY 1, 2, 3, 4, 5, q.lacks ORDER BY 1, 2, 3, 4, 5, q.lacks
"""


def read_known(look: Look, *, day: date, last: Collection[int] = frozenset()) -> Known:
    """What is known on a business day about the outside places and counterparties of a queue."""
    outside = [each for each in look.queued if not each.internal]
    if not outside:
        return Known()
    facts: dict[str, Any] = {
        "entities": sorted({each.entity_id for each in outside}),
        "places": sorted({each.place_id for each in outside}),
        "day": day, "since": day - timedelta(days=HISTORY_DAYS),
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_UNDER_WAY, facts)
        under_way = cursor.fetchall()
        parties = {each.counterparty_id for each in outside} | {row[3] for row in under_way}
        cursor.execute(_HISTORY, facts | {"parties": sorted(parties)})
        history = {str(id): (sent, settled) for id, sent, settled in cursor.fetchall()}
    coming: dict[Spot, Decimal] = defaultdict(Decimal)
    wanting = []
    for entity_id, owner_id, place_id, party_id, asset_id, owed, least, lacks in under_way:
        if lacks:
            wanting.append(Lacked(party_id, asset_id, least))
            continue
        chance = chance_of(*history.get(str(party_id), (0, 0)))
        coming[Spot(entity_id, owner_id, place_id, asset_id)] += owed * chance / CERTAIN
    return Known(history, wanting, dict(coming), frozenset(last))
