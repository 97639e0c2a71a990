"""Penalties as money that comes and goes: what a place states, else what we have counted, on its day of collection."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from backoffice.kernel.business_days import ONE_DAY
from refdata.as_known import rows_as_known
from refdata.models import Place
from settlements.fails.days import collection_days
from settlements.fails.kinds import COLLECTION
from settlements.fails.reading import LAST
from settlements.fails.statements.state import STATEMENT_LIFECYCLE
from settlements.ladder.sources import CashSource, Span, register
from settlements.ladder.then import state_of

MONTHS = 3  # how far back a month may be that is not collected yet

# Of a month the booked statement of its place, else our own count; each with the day on which it is collected.
_STATED = f"""
SELECT t.entity_id, e.own_party_id, t.place_id, y.asset_id, c.collected, 'PFOD', 'PENALTY', 'MATCHED', false,
       sum(CASE l.payer WHEN 'OURS' THEN -l.amount ELSE l.amount END), 'PS-' || t.id, NULL::bigint
  FROM settlements_penaltystatement t
  JOIN unnest(%(penalty_places)s::bigint[], %(penalty_months)s::date[], %(penalty_collected)s::date[])
       AS c(place_id, month, collected) ON c.place_id = t.place_id AND c.month = t.month
  JOIN refdata_entity e ON e.id = t.entity_id
  JOIN settlements_penaltyline l ON l.statement_id = t.id
  JOIN refdata_currency y ON y.code = l.currency
 WHERE {state_of("penaltystatement", "t")} = 'BOOKED'
 GROUP BY t.id, e.own_party_id, y.asset_id, c.collected
"""  # noqa: S608
_COUNTED = f"""
SELECT p.entity_id, e.own_party_id, s.place_id, y.asset_id, c.collected, 'PFOD', 'PENALTY', 'EXPECTED', false,
       sum(CASE p.payer WHEN 'OURS' THEN -p.amount ELSE p.amount END), 'S-' || s.id, s.counterparty_id
  FROM ({LAST.format(where="p.counted_on >= %(penalty_first)s AND p.recorded_tx < %(horizon)s")}) p
  JOIN settlements_settlement s ON s.id = p.settlement_id
  JOIN unnest(%(penalty_places)s::bigint[], %(penalty_months)s::date[], %(penalty_collected)s::date[])
       AS c(place_id, month, collected)
    ON c.place_id = s.place_id AND c.month = date_trunc('month', p.counted_on)::date
  JOIN refdata_entity e ON e.id = p.entity_id
  JOIN refdata_currency y ON y.code = p.currency
 WHERE p.amount > 0 AND NOT EXISTS (
       SELECT 1 FROM settlements_penaltystatement t
        WHERE t.entity_id = p.entity_id AND t.place_id = s.place_id AND t.month = c.month
          AND {state_of("penaltystatement", "t")} = 'BOOKED')
 GROUP BY p.entity_id, e.own_party_id, s.id, y.asset_id, c.collected
"""  # noqa: S608


def _facts(span: Span) -> Mapping[str, Any]:
    """When each of the last months is collected at each place: what was collected before today is over."""
    first = months = span.today.replace(day=1)
    rows: list[tuple[int, date, date]] = []
    reference = span.reference
    places = list(rows_as_known(Place, ("pk", "calendar__code"), span.horizon))
    for _number in range(MONTHS):
        rule = reference.rules.find(COLLECTION, months)
        for place_id, calendar in places:
            if rule is None:
                continue
            days = collection_days(
                months, rule.appeal_day, rule.due_day, reference.calendars[calendar]
            )
            if days[1] >= span.today:
                rows.append((place_id, months, days[1]))
        first, months = months, (months - ONE_DAY).replace(day=1)
    columns = list(zip(*rows, strict=True)) if rows else [(), (), ()]
    return {
        "penalty_places": list(columns[0]), "penalty_months": list(columns[1]),
        "penalty_collected": list(columns[2]), "penalty_first": first,
    }  # fmt: skip


register(CashSource("penalties-stated", _STATED, _facts, reads=(STATEMENT_LIFECYCLE,)))
register(CashSource("penalties-counted", _COUNTED))
