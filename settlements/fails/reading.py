"""What the computation of a day reads: who stands unsettled and since when, prices, and what stood before."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.db import connection

# The days of the steps are in the place's own time. What was settled or cancelled later than the day was
# neither on it; the parts are those of that day.
_CONCERNED = """
     last AS (
  SELECT DISTINCT p.settlement_id AS id FROM settlements_penalty p
   WHERE p.entity_id = %(entity)s AND p.counted_on = %(day)s AND p.settlement_id > %(after)s),
     concerned AS (
  SELECT s.id FROM settlements_settlement s
   WHERE s.entity_id = %(entity)s AND s.settlement <> 'SETTLED' AND s.cancellation <> 'AGREED'
     AND s.matching = 'MATCHED' AND least(s.due_date, s.original_due_date) <= %(day)s AND s.id > %(after)s
   UNION SELECT id FROM last
   UNION SELECT s.id FROM settlements_settlement s
          WHERE s.entity_id = %(entity)s AND s.matched_date = %(day)s
            AND s.matched_date > least(s.due_date, s.original_due_date) AND s.id > %(after)s
   ORDER BY 1 LIMIT %(limit)s)
"""
_OF = """
SELECT s.id, s.counterparty_id, p.code, k.code, coalesce(i.isin, ''), coalesce(i.kind, ''), c.penalty_class,
       s.source_type = 'net', house.code, s.asset_id, m.code, s.delivers, s.hold,
       array(SELECT DISTINCT r FROM unnest(s.reasons || s.reason) r WHERE r <> '' ORDER BY r)::text[],
       least(s.due_date, s.original_due_date), agreed.day,
       s.matching = 'MATCHED' AND agreed.day <= %(day)s
         AND NOT (s.settlement = 'SETTLED' AND s.settled_date <= %(day)s)
         AND NOT (s.cancellation = 'AGREED' AND coalesce(w.cancelled <= %(day)s, true)),
       s.quantity - d.quantity, s.amount - d.amount, s.quantity, s.quantity = 0,
       w.allocated, w.enriched, w.instructed, w.alleged
  FROM concerned JOIN settlements_settlement s USING (id)
  JOIN refdata_place p ON p.id = s.place_id
  JOIN refdata_calendar k ON k.id = p.calendar_id
  JOIN refdata_party house ON house.id = s.counterparty_id
  JOIN refdata_asset m ON m.id = s.money_asset_id
  LEFT JOIN refdata_instrument i ON i.asset_id = s.asset_id
  LEFT JOIN deals_deal g ON s.source_type = 'deal' AND g.id = s.source_id
 CROSS JOIN LATERAL (
       SELECT coalesce(sum(t.quantity), 0) AS quantity, coalesce(sum(t.amount), 0) AS amount
         FROM settlements_settlementpart t
        WHERE t.settlement_id = s.id AND t.settled_date <= %(day)s) d
 CROSS JOIN LATERAL (
       SELECT max(v.day) FILTER (WHERE v.kind = 'settlement.agree_cancel') AS cancelled,
              max(v.day) FILTER (WHERE v.kind = 'settlement.enrich') AS enriched,
              coalesce(min(v.day) FILTER (WHERE v.kind = 'settlement.send'),
                       max(v.day) FILTER (WHERE v.kind = 'settlement.release')) AS instructed,
              min(v.day) FILTER (WHERE v.kind = 'settlement.allege') AS alleged,
              max(v.day) FILTER (WHERE v.kind = 'settlement.match') AS matched,
              max(v.day) FILTER (WHERE v.kind = 'deal.allocate') AS allocated
         FROM (SELECT e.kind, (e.recorded_at AT TIME ZONE k.timezone)::date AS day FROM events_event e
                WHERE e.subject_type = 'settlement' AND e.subject_id = s.id
                UNION ALL
               SELECT e.kind, (e.recorded_at AT TIME ZONE k.timezone)::date FROM events_event e
                WHERE e.subject_type = 'deal' AND e.subject_id = g.block_id) v) w
 CROSS JOIN LATERAL (SELECT coalesce(s.matched_date, w.matched) AS day) agreed
  LEFT JOIN LATERAL (
       SELECT c.penalty_class FROM settlements_penaltyclassof c
        WHERE c.valid_from <= %(day)s AND (c.valid_until IS NULL OR c.valid_until > %(day)s)
          AND (c.instrument_id = s.asset_id
               OR c.instrument_id IS NULL AND c.market IN ('', i.market) AND c.instrument_kind IN ('', i.kind))
        ORDER BY c.instrument_id IS NULL, c.market = '', c.instrument_kind = '', c.valid_from DESC
        LIMIT 1) c ON i.asset_id IS NOT NULL
 ORDER BY s.id
"""
_STOOD = f"WITH {_CONCERNED} {_OF}"
_STAND = f"WITH concerned AS (SELECT id FROM unnest(%(ids)s::bigint[]) AS id) {_OF}"  # noqa: S608


class Stood(NamedTuple):
    """A settlement as it stood at the end of a day: what of it was left, who is said to fail, what was when."""

    id: int
    counterparty_id: int
    place: str
    calendar: str
    isin: str
    instrument_kind: str
    penalty_class: str | None
    cleared: bool
    counterparty: str
    asset_id: int
    currency: str
    delivers: bool
    hold: str
    reasons: list[str]
    intended: date
    matched: date | None
    unsettled: bool
    quantity: Decimal
    amount: Decimal
    whole: Decimal
    is_payment: bool
    allocated: date | None
    enriched: date | None
    instructed: date | None
    alleged: date | None


def stood(*, entity_id: int, day: date, after: int, limit: int) -> list[Stood]:
    """The settlements that a day may cost something, or of which it was said before; in ascending id."""
    with connection.cursor() as cursor:
        cursor.execute(_STOOD, {"entity": entity_id, "day": day, "after": after, "limit": limit})
        return [Stood(*row) for row in cursor.fetchall()]


def standing(ids: Sequence[int], *, day: date) -> list[Stood]:
    """Some settlements as they would stand at the end of a day that they do not settle on."""
    with connection.cursor() as cursor:
        cursor.execute(_STAND, {"ids": list(ids), "day": day})
        return [Stood(*row) for row in cursor.fetchall()]


class Counted(NamedTuple):
    """The last version of a penalty."""

    settlement_id: int
    day: date
    kind: str
    payer: str
    version: int
    status: str
    quantity: Decimal
    base: Decimal | None
    amount: Decimal | None
    valued_with: str
    lack: str
    reason: str
    cause: str
    step: str
    scheme: str
    currency: str


LAST = """
SELECT DISTINCT ON (p.settlement_id, p.day, p.kind, p.payer) p.*
  FROM settlements_penalty p WHERE {where}
 ORDER BY p.settlement_id, p.day, p.kind, p.payer, p.version DESC
"""
_COUNTED = f"""
SELECT {", ".join(Counted._fields)}
  FROM ({LAST.format(where="p.settlement_id = ANY(%(ids)s) AND p.counted_on = %(day)s")}) p
"""  # noqa: S608
# Who was instructed before for the same obligation: only what was instructed anew has any.
_AGAIN = """
SELECT s.id, o.id AS other FROM settlements_settlement s
  JOIN settlements_settlement o ON o.source_type = s.source_type AND o.source_id = s.source_id
   AND o.asset_id = s.asset_id AND o.entity_id = s.entity_id AND o.id <> s.id
 WHERE s.id = ANY(%(ids)s) AND s.original_due_date IS NOT NULL
"""
# Of a contract: what the days before came to, and how many there were; whoever was instructed before for
# the same obligation counts with it.
_SO_FAR = f"""
WITH same AS (
  SELECT id, id AS other FROM unnest(%(ids)s::bigint[]) AS id
   UNION {_AGAIN})
SELECT same.id, p.payer, coalesce(sum(p.amount), 0), coalesce(sum(p.days), 0)
  FROM same
  JOIN LATERAL ({LAST.format(where="p.settlement_id = same.other AND p.counted_on < %(day)s")}) p
    ON p.status <> 'REMO'
 GROUP BY same.id, p.payer
"""  # noqa: S608
_ELSEWHERE = f"""
SELECT again.id, p.day FROM ({_AGAIN}) again
  JOIN LATERAL ({LAST.format(where="p.settlement_id = again.other")}) p ON p.status <> 'REMO'
"""  # noqa: S608
# The last price on or before a day; where that is asked for, the first from a day on.
_PRICES = """
SELECT g.asset_id, g.day, g.first, p.id, p.value, p.currency
  FROM unnest(%s::bigint[], %s::date[], %s::boolean[]) AS g(asset_id, day, first)
  JOIN LATERAL (
       (SELECT p.* FROM refdata_price p
         WHERE g.first AND p.instrument_id = g.asset_id AND p.price_date >= g.day
         ORDER BY p.price_date, p.id DESC LIMIT 1)
       UNION ALL
       (SELECT p.* FROM refdata_price p
         WHERE NOT g.first AND p.instrument_id = g.asset_id AND p.price_date <= g.day
         ORDER BY p.price_date DESC, p.id DESC LIMIT 1)) p ON true
"""
_RATE = """
SELECT r.value FROM refdata_interestrate r WHERE r.code = %s AND r.rate_date <= %s
 ORDER BY r.rate_date DESC, r.id DESC LIMIT 1
"""


class Asked(NamedTuple):
    """A price that is asked for: the last on or before a day, or the first from it on."""

    asset_id: int
    day: date
    first: bool = False


class Priced(NamedTuple):
    id: int
    value: Decimal
    currency: str


def counted(ids: Sequence[int], day: date) -> list[Counted]:
    """What was counted on a day for these settlements, by now."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNTED, {"ids": list(ids), "day": day})
        return [Counted(*row) for row in cursor.fetchall()]


def so_far(ids: Sequence[int], day: date) -> dict[tuple[int, str], tuple[Decimal, int]]:
    """By settlement and payer: what the days before came to, and how many they were."""
    with connection.cursor() as cursor:
        cursor.execute(_SO_FAR, {"ids": list(ids), "day": day})
        return {(id, payer): (amount, int(days)) for id, payer, amount, days in cursor.fetchall()}


def counted_elsewhere(ids: Sequence[int]) -> dict[int, set[date]]:
    """The days that an earlier instruction of the same obligation was penalised for."""
    found: dict[int, set[date]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_ELSEWHERE, {"ids": list(ids)})
        for id, day in cursor.fetchall():
            found.setdefault(id, set()).add(day)
    return found


def prices_of(asked: Iterable[Asked]) -> dict[Asked, Priced]:
    """The reference prices asked for; those that nobody stored are absent."""
    columns = [list(column) for column in zip(*sorted(set(asked)), strict=True)] or [[], [], []]
    with connection.cursor() as cursor:
        cursor.execute(_PRICES, columns)
        return {Asked(*row[:3]): Priced(*row[3:]) for row in cursor.fetchall()}


def central_bank_rate(code: str, on: date) -> Decimal | None:
    """What a rate was on a day, as a fraction a year."""
    with connection.cursor() as cursor:
        cursor.execute(_RATE, [code, on])
        row = cursor.fetchone()
    return None if row is None else row[0]
