"""Internal crossing: which settlements of ours are the two sides of one, so that the market is not needed.

Both owners' accounts are kept by us, and each side is the mirror of the other: same security, quantity, money,
place and date. They cross where both are kept in one account at the place, or the place itself is in our books.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.db import connection

from settlements.netting.eligible import FREE, Group

# The account at a place in which an owner's securities are: its own, else the one for all clients.
_ACCOUNT = """coalesce(
       (SELECT n.id FROM refdata_depositoryaccount n
         WHERE n.entity_id = {s}.entity_id AND n.place_id = {s}.place_id AND n.owner_id = {s}.owner_id
         ORDER BY n.id LIMIT 1),
       (SELECT n.id FROM refdata_depositoryaccount n
          JOIN refdata_party c ON c.id = {s}.owner_id AND 'CLIENT' = ANY(c.roles)
         WHERE n.entity_id = {s}.entity_id AND n.place_id = {s}.place_id AND n.kind = 'CLIENT_OMNIBUS'
         ORDER BY n.id LIMIT 1))"""
_MIRRORED = f"""
WITH keeper AS MATERIALIZED (
       SELECT id FROM refdata_party WHERE 'CLIENT' = ANY(roles)
        UNION SELECT own_party_id FROM refdata_entity),
     open AS MATERIALIZED (
       SELECT s.* FROM settlements_settlement s
        WHERE s.source_type = 'deal' AND s.quantity > 0 AND s.settled_quantity = 0 AND {FREE}
          AND s.due_date BETWEEN %(since)s AND %(until)s AND s.counterparty_id IN (SELECT id FROM keeper)
          AND (%(ids)s::bigint[] IS NULL OR s.id = ANY(%(ids)s::bigint[])))
SELECT a.entity_id, a.counterparty_id, a.owner_id, '', '', a.place_id, a.ssi_id, '', NULL::bigint, a.asset_id,
       a.money_asset_id, a.due_date, 2, 0, 2 * a.quantity, 0, 2 * a.amount, ARRAY[a.id, b.id]
  FROM open a
  JOIN open b ON b.entity_id = a.entity_id AND b.owner_id = a.counterparty_id AND b.counterparty_id = a.owner_id
   AND b.place_id = a.place_id AND b.method = a.method AND b.asset_id = a.asset_id AND b.quantity = a.quantity
   AND b.money_asset_id = a.money_asset_id AND b.amount = a.amount AND b.due_date = a.due_date AND NOT b.delivers
  JOIN refdata_place p ON p.id = a.place_id
 WHERE a.delivers AND a.owner_id <> a.counterparty_id
   AND (p.finality = 'INTERNAL' OR {_ACCOUNT.format(s="a")} = {_ACCOUNT.format(s="b")})
 ORDER BY a.id, b.id
"""  # noqa: S608


def mirrored(*, since: date, until: date, ids: Sequence[int] | None = None) -> list[Group]:
    """Pairs of settlements that may cross, the delivering one first; each settlement in one of them."""
    with connection.cursor() as cursor:
        cursor.execute(
            _MIRRORED, {"since": since, "until": until, "ids": None if ids is None else list(ids)}
        )
        rows = [Group(tuple(row[:12]), *row[12:]) for row in cursor.fetchall()]
    found: list[Group] = []
    taken: set[int] = set()
    for each in rows:
        if taken.isdisjoint(each.ids):
            found.append(each)
            taken.update(each.ids)
    return found
