"""The questions of the ladder: all sources in one statement, grouped, or row by row."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db import connection

from backoffice.events.selectors import NO_HORIZON, KnownAt
from backoffice.kernel.business_days import ONE_DAY
from ledger.selectors import balances_query
from refdata.scopes import Scope
from settlements.ladder import foreseen, penalties, settlements  # noqa: F401 - they register their sources
from settlements.ladder.asking import Asked
from settlements.ladder.rules import Group, Key
from settlements.ladder.sources import COLUMNS, Span, all_rows, facts_of
from settlements.ladder.then import CHANGED, LATER

# Whose money it is of an owner `o` on the books of an entity `e` (`kinds.Whose`).
WHOSE = """CASE WHEN o.id = e.own_party_id THEN 'OWN' WHEN 'CLIENT' = ANY(o.roles) THEN 'CLIENT' ELSE 'OTHER' END"""
# Which owners, places and currencies are asked for: codes once, never for each row.
_WANTED = f"""
wanted AS (
  SELECT e.id AS entity_id, o.id AS owner_id, {WHOSE} AS whose
    FROM refdata_entity e CROSS JOIN refdata_party o
   WHERE (%(entities)s::bigint[] IS NULL OR e.id = ANY(%(entities)s::bigint[]))
     AND (%(entity)s = '' OR e.code = %(entity)s) AND (%(owner)s = '' OR o.code = %(owner)s))"""  # noqa: S608
_HERE = """
  JOIN wanted w ON w.entity_id = r.entity_id AND w.owner_id = r.owner_id
   AND (%(whose)s = '' OR w.whose = %(whose)s)
  JOIN refdata_asset a ON a.id = r.asset_id AND (%(currency)s = '' OR a.code = %(currency)s)
  LEFT JOIN refdata_place p ON p.id = r.place_id
 WHERE (%(place)s = '' OR p.code = %(place)s)"""


def _rows() -> str:
    return f"""later AS MATERIALIZED ({LATER}),
     changed AS MATERIALIZED ({CHANGED}),
     money ({", ".join(COLUMNS)}) AS (
{all_rows()}),
     {_WANTED.strip()}"""


def _groups_query() -> str:
    return f"""
WITH {_rows()}
SELECT r.entity_id, r.owner_id, r.place_id, r.asset_id, r.due_date, r.method, r.source, r.certainty, r.booked,
       coalesce(sum(r.amount) FILTER (WHERE r.amount > 0), 0),
       coalesce(-sum(r.amount) FILTER (WHERE r.amount < 0), 0), count(*)
  FROM money r{_HERE} AND r.due_date <= %(until)s
 GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9 ORDER BY 1, 2, 3, 4, 5, 6, 7, 8, 9
"""  # noqa: S608


def rows_query() -> str:
    """Those of some references, one by one."""
    return f"""
WITH {_rows()}
SELECT r.entity_id, r.owner_id, r.place_id, r.asset_id, r.due_date, r.method, r.source, r.certainty,
       r.reference, r.amount
  FROM money r{_HERE} AND r.reference = ANY(%(references)s) AND NOT r.booked ORDER BY r.reference, r.owner_id
"""  # noqa: S608


def _openings_query(balances: str) -> str:
    return f"""
WITH {_WANTED.strip()},
     balance AS ({balances}),
     r AS (
  SELECT l.entity_id, l.owner_id, l.place_id, b.asset_id, b.sum AS amount
    FROM balance b JOIN ledger_ledgeraccount l ON l.id = b.account_id
   WHERE l.kind = 'CASH' AND l.place_id IS NOT NULL)
SELECT r.entity_id, r.owner_id, r.place_id, r.asset_id, sum(r.amount)
  FROM r{_HERE} GROUP BY 1, 2, 3, 4
"""  # noqa: S608


def figure_query() -> str:
    return f"""
WITH {_rows()},
     part AS (SELECT * FROM unnest(%(dates)s::date[], %(methods)s::text[], %(sources)s::text[],
                                   %(certainties)s::text[], %(bookeds)s::boolean[])
              AS g(due_date, method, source, certainty, booked))
SELECT r.reference, r.due_date, r.source, r.certainty, sum(r.amount), coalesce(max(o.code), '')
  FROM money r JOIN part g ON g.due_date = r.due_date AND g.method = r.method AND g.source = r.source
   AND g.certainty = r.certainty AND g.booked = r.booked
  LEFT JOIN refdata_party o ON o.id = r.other_id
 WHERE r.entity_id = %(key_entity)s AND r.owner_id = %(key_owner)s AND r.asset_id = %(key_asset)s
   AND r.place_id IS NOT DISTINCT FROM %(key_place)s
   AND (%(comes)s::boolean IS NULL OR %(comes)s::boolean = (r.amount > 0)) AND r.amount <> 0
 GROUP BY r.reference, r.due_date, r.source, r.certainty
 ORDER BY r.source, r.due_date, length(r.reference), r.reference
 OFFSET %(offset)s LIMIT %(limit)s
"""  # noqa: S608


def facts_for(asked: Asked, scope: Scope, span: Span, known: KnownAt) -> dict[str, Any]:
    return {
        "on": span.on, "until": span.until, "horizon": span.horizon,
        "known_now": known.horizon == NO_HORIZON,
        "entities": None if scope.entities is None else list(scope.entities),
        "entity": asked.entity, "owner": asked.owner, "place": asked.place, "currency": asked.currency,
        "whose": asked.whose, "silent": list(asked.silent), "taken": list(asked.taken),
        **facts_of(span),
    }  # fmt: skip


def groups_for(facts: Mapping[str, Any]) -> list[Group]:
    with connection.cursor() as cursor:
        cursor.execute(_groups_query(), facts)
        return [Group(Key(*row[:4]), *row[4:]) for row in cursor.fetchall()]


def openings_for(span: Span, facts: Mapping[str, Any], known: KnownAt) -> dict[Key, Decimal]:
    """What stood there at the end of the day before the first one."""
    sql, of_balances = balances_query(as_of=span.on - ONE_DAY, known=known)
    with connection.cursor() as cursor:
        cursor.execute(_openings_query(sql), {**facts, **of_balances})
        return {Key(*row[:4]): row[4] for row in cursor.fetchall()}
