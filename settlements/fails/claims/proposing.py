"""Claims that the night proposes: for what settled late, where the terms say from how much on (`claim_from`)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from django.db import connection, transaction

from refdata.selectors import reference_data
from settlements.fails.kinds import TERMS, Terms, claims_itself, terms_keys
from settlements.fails.reading import LAST

# What the other side's days of a settlement come to by its contract, once it is final. What was claimed, declined or
# dropped before is not proposed again, and nothing while a day lacks its amount.
_SETTLED = f"""
WITH settled AS MATERIALIZED (
       SELECT DISTINCT p.settlement_id AS id FROM settlements_penalty p
         JOIN settlements_settlement s ON s.id = p.settlement_id AND s.settlement = 'SETTLED'
        WHERE p.entity_id = %(entity)s AND p.counted_on BETWEEN %(since)s AND %(day)s AND p.payer = 'THEIRS'
          AND p.scheme IN ('CONTRACT', 'CCP')
          AND NOT EXISTS (SELECT 1 FROM settlements_interestclaim c
                           WHERE c.settlement_id = s.id AND c.claimant = 'US'))
SELECT p.settlement_id, s.settled_date, c.code, (array_agg(p.scheme ORDER BY p.day DESC))[1], min(p.day), max(p.day),
       sum(p.amount)
  FROM ({LAST.format(where="p.settlement_id IN (SELECT id FROM settled) AND p.payer = 'THEIRS'")}) p
  JOIN settlements_settlement s ON s.id = p.settlement_id
  JOIN refdata_party c ON c.id = s.counterparty_id
 WHERE p.status <> 'REMO' AND p.scheme IN ('CONTRACT', 'CCP') AND p.amount IS DISTINCT FROM 0
 GROUP BY p.settlement_id, s.settled_date, c.code HAVING bool_and(p.amount IS NOT NULL)
 ORDER BY p.settlement_id
"""  # noqa: S608
_PUT = """
WITH put AS (
  INSERT INTO settlements_interestclaim (entity_id, settlement_id, claimant, first_day, last_day, computed, amount,
                                         currency, state, makers, proposed_at)
  SELECT s.entity_id, s.id, 'US', g.first_day, g.last_day, g.amount, g.amount, m.code, 'PROPOSED', '{}', %(at)s
    FROM unnest(%(ids)s::bigint[], %(firsts)s::date[], %(lasts)s::date[], %(amounts)s::numeric[])
         AS g(id, first_day, last_day, amount)
    JOIN settlements_settlement s ON s.id = g.id
    JOIN refdata_asset m ON m.id = s.money_asset_id
   ORDER BY s.id
  ON CONFLICT DO NOTHING
  RETURNING id, entity_id, settlement_id, amount),
     told AS (
  INSERT INTO events_event (kind, subject_type, subject_id, entity_id, recorded_at, target, facts)
  SELECT 'interestclaim.propose', 'interestclaim', p.id, p.entity_id, %(at)s, 'PROPOSED',
         jsonb_build_object('settlement', 'S-' || p.settlement_id, 'amount', p.amount, 'computed', p.amount)
    FROM put p ORDER BY p.id)
SELECT count(*) FROM put
"""


class Settled(NamedTuple):
    """A settlement that settled late by the fault of the other side, and what that comes to."""

    id: int
    settled_date: date
    counterparty: str
    scheme: str
    first_day: date
    last_day: date
    amount: Decimal


@transaction.atomic
def propose_claims(*, entity_id: int, day: date, at: datetime) -> int:
    """Propose a claim for each settlement of an entity that settled late and was not claimed for; how many.

    Of what was counted this month and the last, up to a day. Nobody proposed it: whoever approves it is the second
    pair of eyes beside the rule. Running twice, or two at once, proposes each once.
    """
    found = [row for row in _settled(entity_id, day) if _claims(row)]
    if not found:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(_PUT, {
            "ids": [row.id for row in found], "firsts": [row.first_day for row in found],
            "lasts": [row.last_day for row in found], "amounts": [row.amount for row in found], "at": at,
        })  # fmt: skip
        return int(cursor.fetchall()[0][0])


def _settled(entity_id: int, day: date) -> Sequence[Settled]:
    since = (day.replace(day=1) - date.resolution).replace(day=1)
    with connection.cursor() as cursor:
        cursor.execute(_SETTLED, {"entity": entity_id, "since": since, "day": day})
        return [Settled(*row) for row in cursor.fetchall()]


def _claims(row: Settled) -> bool:
    rules, keys = reference_data().rules, terms_keys(row.scheme, row.counterparty)
    terms: Terms | None = next(
        filter(None, (rules.find(TERMS, row.settled_date, key) for key in keys)), None
    )
    return terms is not None and claims_itself(terms, row.amount)
