"""Internal crossing: which settlements of ours are the two sides of one, so that the market is not needed.

Both owners' accounts are kept by us, and each side is the mirror of the other: same security, place and date,
and the same money for what crosses. Where one side is larger, so much of it crosses as the other has, if its own
terms let it settle in such a part. They cross where the place itself is in our books, or where both owners are
members of one account at an outside place on the day.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db import connection

from refdata.custody.sql import in_force
from settlements.netting.eligible import FREE, Group

_DAY = "%(on)s::date"
# Of `a` and `b` at place `p`: both owners' securities are in one account there. Whoever has an account of its
# own at the place, or is behind two, has them elsewhere than the other, or nobody can tell.
TOGETHER = f"""(p.finality = 'INTERNAL' OR (
       EXISTS (SELECT 1 FROM refdata_accountmember m
                 JOIN refdata_accountmember o ON o.entity_id = m.entity_id AND o.place_id = m.place_id
                  AND o.account = m.account AND o.owner_id = b.owner_id AND {in_force("o", _DAY)}
                WHERE m.entity_id = a.entity_id AND m.place_id = a.place_id AND m.owner_id = a.owner_id
                  AND {in_force("m", _DAY)}
                  AND NOT EXISTS (
                      SELECT 1 FROM refdata_accountmember x
                       WHERE x.entity_id = m.entity_id AND x.place_id = m.place_id AND x.account <> m.account
                         AND x.owner_id IN (a.owner_id, b.owner_id) AND {in_force("x", _DAY)}))
       AND NOT EXISTS (SELECT 1 FROM refdata_depositoryaccount d
                        WHERE d.entity_id = a.entity_id AND d.place_id = a.place_id
                          AND d.owner_id IN (a.owner_id, b.owner_id))))"""  # noqa: S608


def _crosses(side: str) -> str:
    """All that is left of a side crosses, or a part that its terms allow, for its share of the money, half up."""
    return f"""({side}.rest = x.rest AND {side}.money = x.money
        OR {side}.rest > x.rest AND {side}.partial_allowed AND NOT {side}.linked
       AND mod(x.rest, {side}.lot) = 0 AND x.rest >= coalesce({side}.minimum, 0) AND x.money <= {side}.money
       AND (2 * x.money - {side}.unit) * {side}.rest <= 2 * {side}.money * x.rest
       AND 2 * {side}.money * x.rest < (2 * x.money + {side}.unit) * {side}.rest)"""


_MIRRORED = f"""
WITH keeper AS MATERIALIZED (
       SELECT id FROM refdata_party WHERE 'CLIENT' = ANY(roles)
        UNION SELECT own_party_id FROM refdata_entity),
     open AS MATERIALIZED (
       SELECT s.*, s.quantity - s.settled_quantity AS rest, s.amount - s.settled_amount AS money,
              power(10::numeric, -coalesce(y.minor_unit, 4)) AS unit, coalesce(l.linked, false) AS linked
         FROM settlements_settlement s
         LEFT JOIN refdata_currency y ON y.asset_id = s.money_asset_id
        CROSS JOIN LATERAL (
              SELECT bool_or(true) AS linked, bool_or(l.kind = 'WITH') AS together
                FROM settlements_settlementlink l
               WHERE s.id IN (l.first_id, l.second_id)
                 AND NOT EXISTS (SELECT 1 FROM settlements_linkend e WHERE e.link_id = l.id)) l
        WHERE s.source_type = 'deal' AND s.quantity > 0 AND {FREE} AND l.together IS NOT TRUE
          AND s.due_date BETWEEN %(since)s AND %(until)s AND s.counterparty_id IN (SELECT id FROM keeper)
          AND (%(ids)s::bigint[] IS NULL OR s.id = ANY(%(ids)s::bigint[])))
SELECT a.entity_id, a.counterparty_id, a.owner_id, '', '', a.place_id, a.ssi_id, '', NULL::bigint, a.asset_id,
       a.money_asset_id, a.due_date, 2, 0, 2 * x.rest, 0, 2 * x.money, ARRAY[a.id, b.id]
  FROM open a
  JOIN open b ON b.entity_id = a.entity_id AND b.owner_id = a.counterparty_id AND b.counterparty_id = a.owner_id
   AND b.place_id = a.place_id AND b.method = a.method AND b.asset_id = a.asset_id
   AND b.money_asset_id = a.money_asset_id AND b.due_date = a.due_date AND NOT b.delivers
 CROSS JOIN LATERAL (SELECT least(a.rest, b.rest) AS rest, least(a.money, b.money) AS money) x
  JOIN refdata_place p ON p.id = a.place_id
 WHERE a.delivers AND a.owner_id <> a.counterparty_id AND {_crosses("a")} AND {_crosses("b")} AND {TOGETHER}
 ORDER BY a.rest <> b.rest, a.id, b.id
"""  # noqa: S608


def crossable(
    *, since: date, until: date, on: date, ids: Sequence[int] | None = None
) -> list[Group]:
    """All pairs of settlements that may cross on a day, the delivering one first; equal ones before the others."""
    chosen: dict[str, Any] = {
        "since": since, "until": until, "on": on, "ids": None if ids is None else list(ids),
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_MIRRORED, chosen)
        return [Group(tuple(row[:12]), *row[12:]) for row in cursor.fetchall()]


def mirrored(found: Sequence[Group], *, without: set[int]) -> list[Group]:
    """Of pairs those that cross: each settlement in one of them at most, and none of some."""
    chosen: list[Group] = []
    taken = set(without)
    for each in found:
        if taken.isdisjoint(each.ids):
            chosen.append(each)
            taken.update(each.ids)
    return chosen
