"""What happened in a period, counted by day and cause from facts: deals, settlements, fails, breaks, breaches, fees."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection

from refdata.firm_days import FIRM_ZONE
from reporting.reports.base import Known

# What somebody does to every deal or settlement anyway: it comes in, and money and securities leave by a person's word.
ROUTINE = ("deal.capture", "settlement.release", "settlement.send")


class Period(NamedTuple):
    first: date
    last: date


class DealsOfDay(NamedTuple):
    """Deals that stand, by trade day; `straight`: no person had to do anything for them but what is `ROUTINE`."""

    entity_id: int
    day: date
    currency: str
    deals: int
    straight: int
    dealt: Decimal


class Step(NamedTuple):
    """What persons did to deals or their settlements, and for how many of the deals of the period."""

    entity_id: int
    step: str
    deals: int


class DueOfDay(NamedTuple):
    """Settlements due on a day, less those cancelled: how many, and their money; of both what settled by then."""

    entity_id: int
    day: date
    currency: str
    due: int
    on_time: int
    late: int
    due_value: Decimal
    on_time_value: Decimal


class FailsOfCause(NamedTuple):
    """Settlements that failed, and what penalties counted in the period cost us; below zero they brought."""

    entity_id: int
    cause: str
    currency: str
    fails: int
    cost: Decimal


class BreaksOfAge(NamedTuple):
    """Breaks live when the period ends, by how many days they are; `difference` regardless of its sign."""

    entity_id: int
    age: str
    currency: str
    breaks: int
    difference: Decimal


class BreachesOfDay(NamedTuple):
    entity_id: int
    day: date
    breaches: int


class FeesOfKind(NamedTuple):
    """What others charge us for by their schedules, VAT in it, less what they give back."""

    entity_id: int
    kind: str
    currency: str
    charged: Decimal


# The moments between which an event is one of the period.
_WITHIN = """
      e.tx < %(horizon)s
  AND e.recorded_at >= %(first)s::timestamp AT TIME ZONE %(zone)s
  AND e.recorded_at < (%(last)s + 1)::timestamp AT TIME ZONE %(zone)s
  AND (%(entities)s::bigint[] IS NULL OR e.entity_id = ANY(%(entities)s::bigint[]))
"""
# Deals by the trade day that they had when the run knew them: who and what it had then is kept with the next version.
_CAPTURED = """
WITH known AS MATERIALIZED (
  SELECT d.id AS deal_id, d.entity_id, v.currency, v.gross_amount,
         coalesce((h.head_before ->> 'trade_date')::date, d.trade_date) AS day
    FROM deals_deal d
   CROSS JOIN LATERAL (
         SELECT x.* FROM deals_dealversion x WHERE x.deal_id = d.id AND x.recorded_tx < %(horizon)s
          ORDER BY x.number DESC LIMIT 1) v
    LEFT JOIN LATERAL (
         SELECT x.head_before FROM deals_dealversion x
          WHERE x.deal_id = d.id AND x.number > v.number AND x.head_before IS NOT NULL
          ORDER BY x.number LIMIT 1) h ON true
   WHERE (d.trade_date BETWEEN %(first)s AND %(last)s OR d.id IN (
             SELECT x.deal_id FROM deals_dealversion x
              WHERE (x.head_before ->> 'trade_date')::date BETWEEN %(first)s AND %(last)s))
     AND (%(entities)s::bigint[] IS NULL OR d.entity_id = ANY(%(entities)s::bigint[]))),
     captured AS MATERIALIZED (
  SELECT k.* FROM known k
   WHERE k.day BETWEEN %(first)s AND %(last)s AND coalesce((
         SELECT e.target FROM events_event e
          WHERE e.subject_type = 'deal' AND e.subject_id = k.deal_id AND e.tx < %(horizon)s
            AND e.kind IN ('deal.cancel', 'deal.allocate', 'deal.group', 'deal.undo_allocation')
          ORDER BY e.id DESC LIMIT 1), '') NOT IN ('CANCELLED', 'REPLACED')),
     step AS MATERIALIZED (
  SELECT c.deal_id, c.entity_id, t.kind
    FROM captured c JOIN events_event t ON t.subject_type = 'deal' AND t.subject_id = c.deal_id
   WHERE t.actor_id IS NOT NULL AND t.kind <> ALL(%(routine)s::text[]) AND t.tx < %(horizon)s
   UNION
  SELECT c.deal_id, c.entity_id, t.kind
    FROM captured c JOIN settlements_settlement s ON s.source_type = 'deal' AND s.source_id = c.deal_id
    JOIN events_event t ON t.subject_type = 'settlement' AND t.subject_id = s.id
   WHERE t.actor_id IS NOT NULL AND t.kind <> ALL(%(routine)s::text[]) AND t.tx < %(horizon)s)
"""
# Deals by day and currency, then what persons did: a row of these has no day.
_DEALS_AND_STEPS = f"""{_CAPTURED}
SELECT c.entity_id, c.day, c.currency, count(*), count(*) FILTER (WHERE t.deal_id IS NULL), sum(c.gross_amount)
  FROM captured c
  LEFT JOIN (SELECT DISTINCT deal_id FROM step) t ON t.deal_id = c.deal_id
 GROUP BY 1, 2, 3
 UNION ALL
SELECT entity_id, NULL, kind, count(*), NULL, NULL FROM step GROUP BY 1, 3
 ORDER BY 1, 2, 4 DESC, 3
"""  # noqa: S608

_DUE = """
WITH due AS MATERIALIZED (
  SELECT s.id, s.entity_id, s.due_date AS day, coalesce(s.original_due_date, s.due_date) AS intended,
         a.code AS currency, s.amount
    FROM settlements_settlement s JOIN refdata_asset a ON a.id = s.money_asset_id
   WHERE s.due_date BETWEEN %(first)s AND %(last)s
     AND (%(entities)s::bigint[] IS NULL OR s.entity_id = ANY(%(entities)s::bigint[]))
     AND EXISTS (SELECT FROM events_event e WHERE e.subject_type = 'settlement' AND e.subject_id = s.id
                    AND e.kind IN ('settlement.prepare', 'settlement.take_on') AND e.tx < %(horizon)s)
     AND NOT EXISTS (SELECT FROM events_event e WHERE e.subject_type = 'settlement' AND e.subject_id = s.id
                        AND e.kind = 'settlement.agree_cancel' AND e.tx < %(horizon)s)),
     final AS ( -- on the day of its last entry; what moves nothing has none, and is final when it is told
  SELECT d.id, coalesce(max(j.effective_date) FILTER (WHERE r.id IS NULL),
                        CASE WHEN count(j.id) = 0 THEN (max(z.recorded_at) AT TIME ZONE %(zone)s)::date END)
                 AS settled_on
    FROM due d
    JOIN events_event z ON z.subject_type = 'settlement' AND z.subject_id = d.id AND z.tx < %(horizon)s
     AND (z.kind = 'settlement.settle' OR z.kind = 'settlement.take_on' AND z.facts ->> 'settlement' = 'SETTLED')
    LEFT JOIN ledger_journalentry j ON j.source_type = 'settlement' AND j.source_id = d.id
     AND j.kind = 'settlement.settle' AND j.recorded_tx < %(horizon)s
    LEFT JOIN ledger_journalentry r ON r.reverses_id = j.id AND r.recorded_tx < %(horizon)s
   GROUP BY d.id)
SELECT d.entity_id, d.day, d.currency, count(*), count(*) FILTER (WHERE f.settled_on <= d.intended),
       count(*) FILTER (WHERE f.settled_on > d.intended), sum(d.amount),
       coalesce(sum(d.amount) FILTER (WHERE f.settled_on <= d.intended), 0)
  FROM due d LEFT JOIN final f ON f.id = d.id AND f.settled_on <= %(last)s GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""

_FAILS = f"""
WITH counted AS MATERIALIZED (
  SELECT DISTINCT ON (p.settlement_id, p.day, p.kind, p.payer) p.*
    FROM settlements_penalty p
   WHERE p.counted_on BETWEEN %(first)s AND %(last)s AND p.recorded_tx < %(horizon)s
     AND (%(entities)s::bigint[] IS NULL OR p.entity_id = ANY(%(entities)s::bigint[]))
   ORDER BY p.settlement_id, p.day, p.kind, p.payer, p.version DESC),
     failed AS (
  SELECT DISTINCT e.subject_id AS settlement_id, e.entity_id FROM events_event e
   WHERE e.subject_type = 'settlement' AND e.kind = 'settlement.fail' AND {_WITHIN}),
     cause AS (
  SELECT DISTINCT ON (p.settlement_id) p.settlement_id, p.cause FROM settlements_penalty p
   WHERE p.recorded_tx < %(horizon)s AND p.settlement_id IN (
         SELECT settlement_id FROM failed UNION ALL SELECT settlement_id FROM counted)
   ORDER BY p.settlement_id, p.id DESC)
SELECT x.entity_id, coalesce(nullif(c.cause, ''), 'UNKNOWN'), x.currency, count(DISTINCT x.failed), sum(x.cost)
  FROM (SELECT f.entity_id, f.settlement_id, f.settlement_id AS failed, '' AS currency, 0 AS cost FROM failed f
         UNION ALL
        SELECT p.entity_id, p.settlement_id, NULL, p.currency,
               CASE p.payer WHEN 'OURS' THEN p.amount WHEN 'THEIRS' THEN -p.amount ELSE 0 END FROM counted p) x
  LEFT JOIN cause c ON c.settlement_id = x.settlement_id
 GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""  # noqa: S608

# By the last thing that happened to each: what a break differs by is told when it opens.
_BREAKS = """
WITH last AS MATERIALIZED (
  SELECT DISTINCT ON (e.subject_id) e.subject_id AS break_id, e.entity_id, e.target
    FROM events_event e
   WHERE e.subject_type = 'break' AND e.target <> '' AND e.tx < %(horizon)s
     AND e.recorded_at < (%(last)s + 1)::timestamp AT TIME ZONE %(zone)s
     AND (%(entities)s::bigint[] IS NULL OR e.entity_id = ANY(%(entities)s::bigint[]))
   ORDER BY e.subject_id, e.id DESC),
     live AS (
  SELECT l.break_id, l.entity_id, %(last)s - (o.recorded_at AT TIME ZONE %(zone)s)::date AS days,
         abs((f.facts ->> 'theirs')::numeric - (f.facts ->> 'ours')::numeric) AS difference, c.code AS currency
    FROM last l
    JOIN reconciliation_break b ON b.id = l.break_id
    LEFT JOIN refdata_currency c ON c.asset_id = b.asset_id
   CROSS JOIN LATERAL (
         SELECT e.recorded_at FROM events_event e
          WHERE e.subject_type = 'break' AND e.subject_id = l.break_id AND e.kind IN ('break.open', 'break.recur')
            AND e.tx < %(horizon)s AND e.recorded_at < (%(last)s + 1)::timestamp AT TIME ZONE %(zone)s
          ORDER BY e.id DESC LIMIT 1) o
   CROSS JOIN LATERAL (
         SELECT e.facts FROM events_event e
          WHERE e.subject_type = 'break' AND e.subject_id = l.break_id AND e.kind = 'break.open'
            AND e.tx < %(horizon)s ORDER BY e.id DESC LIMIT 1) f
   WHERE l.target <> 'CLOSED')
SELECT entity_id, CASE WHEN days <= 1 THEN '1' WHEN days <= 5 THEN '5' WHEN days <= 30 THEN '30' ELSE 'MORE' END,
       coalesce(currency, ''), count(*), sum(CASE WHEN currency IS NULL THEN 0 ELSE difference END)
  FROM live GROUP BY 1, 2, 3 ORDER BY 1, min(days), 3
"""

_BREACHES = f"""
SELECT e.entity_id, (e.recorded_at AT TIME ZONE %(zone)s)::date, count(*)
  FROM events_event e WHERE e.subject_type = 'breach' AND e.kind = 'breach.open' AND {_WITHIN}
 GROUP BY 1, 2 ORDER BY 1, 2
"""  # noqa: S608
_FEES = """
SELECT a.entity_id, a.kind, a.currency, sum(a.amount)
  FROM expenses_feeaccrual a
 WHERE a.side = 'OWED' AND a.accrued_on BETWEEN %(first)s AND %(last)s AND a.recorded_tx < %(horizon)s
   AND (%(entities)s::bigint[] IS NULL OR a.entity_id = ANY(%(entities)s::bigint[]))
 GROUP BY 1, 2, 3 HAVING sum(a.amount) <> 0 ORDER BY 1, 2, 3
"""


class Counted(NamedTuple):
    """Everything that is counted of a period, of all entities that are read."""

    deals: Sequence[DealsOfDay]
    steps: Sequence[Step]
    due: Sequence[DueOfDay]
    fails: Sequence[FailsOfCause]
    breaks: Sequence[BreaksOfAge]
    breaches: Sequence[BreachesOfDay]
    fees: Sequence[FeesOfKind]


def counted(period: Period, known: Known) -> Counted:
    facts = known.facts | {
        "first": period.first, "last": period.last, "zone": FIRM_ZONE.key, "routine": list(ROUTINE),
    }  # fmt: skip
    dealt = _read(_DEALS_AND_STEPS, facts)
    return Counted(
        [DealsOfDay(*row) for row in dealt if row[1] is not None],
        [Step(entity_id, step, deals) for entity_id, day, step, deals, *_ in dealt if day is None],
        [DueOfDay(*row) for row in _read(_DUE, facts)],
        [FailsOfCause(*row) for row in _read(_FAILS, facts)],
        [BreaksOfAge(*row) for row in _read(_BREAKS, facts)],
        [BreachesOfDay(*row) for row in _read(_BREACHES, facts)],
        [FeesOfKind(*row) for row in _read(_FEES, facts)],
    )


def _read(sql: str, facts: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, facts)
        return list(cursor.fetchall())
