"""What is netted together, as rows and as SQL."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection


class Key(NamedTuple):
    """One clearing account of an owner with a house, one asset, one date."""

    entity_id: int
    counterparty_id: int
    account: str
    owner_id: int
    asset_id: int
    due_date: date


class Last(NamedTuple):
    """The obligation of the last round of a key, as it stands."""

    id: int
    version: int
    quantity: Decimal
    state: str
    round: int


COLUMNS = ", ".join(Key._fields)
GIVEN = f"""
unnest(%(entity_id)s::bigint[], %(counterparty_id)s::bigint[], %(account)s::text[], %(owner_id)s::bigint[],
       %(asset_id)s::bigint[], %(due_date)s::date[]) AS g({COLUMNS})
"""


# Of the flows `k` that joined an obligation those that have not left it.
WITHIN = "NOT EXISTS (SELECT 1 FROM settlements_leftflow u WHERE u.netted_id = k.id)"


def same(one: str, other: str) -> str:
    """That two rows are of one key, as SQL over their aliases."""
    return " AND ".join(f"{one}.{name} = {other}.{name}" for name in Key._fields)


def arrays(keys: Collection[Key]) -> dict[str, list[Any]]:
    """The parameters of GIVEN."""
    return {name: [getattr(key, name) for key in keys] for name in Key._fields}


_LAST = f"""
SELECT n.{", n.".join(Key._fields)}, n.id, n.version, n.quantity, n.state, n.round
  FROM {GIVEN} JOIN settlements_netobligation n ON {same("n", "g")}
 WHERE NOT EXISTS (SELECT 1 FROM settlements_netobligation o WHERE {same("o", "n")} AND o.round > n.round)
 ORDER BY n.id
"""  # noqa: S608


def last_of(keys: Collection[Key]) -> dict[Key, Last]:
    """The last round of each key that has one."""
    with connection.cursor() as cursor:
        cursor.execute(_LAST, arrays(keys))
        rows = cursor.fetchall()
    width = len(Key._fields)
    return {Key(*row[:width]): Last(*row[width:]) for row in rows}
