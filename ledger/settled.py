"""Who holds an asset where at the end of a day, and in which books its position stands: set-based."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection

# As `ledger.selectors`: the fold's horizon is read in the statement that reads what was folded.
_OF_ASSET = """
WITH account AS MATERIALIZED (
       SELECT a.id, a.entity_id, a.owner_id, a.{by} FROM ledger_ledgeraccount a
        WHERE a.kind = %(kind)s AND (%(entities)s::bigint[] IS NULL OR a.entity_id = ANY(%(entities)s::bigint[])))
SELECT a.entity_id, a.owner_id, a.{by}, sum(x.amount)
  FROM account a CROSS JOIN LATERAL (
       SELECT m.amount FROM ledger_movement m
        WHERE m.account_id = a.id AND m.asset_id = %(asset)s AND m.effective_date <= %(day)s
        UNION ALL
       SELECT l.amount FROM ledger_line l
        WHERE l.account_id = a.id AND l.asset_id = %(asset)s AND l.effective_date <= %(day)s
          AND l.recorded_tx >= coalesce((SELECT f.horizon FROM ledger_fold f), 0)) AS x
 GROUP BY 1, 2, 3 HAVING sum(x.amount) <> 0 ORDER BY 1, 2, 3
"""


class Holder(NamedTuple):
    """What an owner holds at a place at the end of a day."""

    entity_id: int
    owner_id: int
    place_id: int
    quantity: Decimal


class InBook(NamedTuple):
    """What stands in an owner's book by trade date at the end of a day; a position is above zero when it is long."""

    entity_id: int
    owner_id: int
    book_id: int | None
    quantity: Decimal


def holders_of(asset_id: int, *, on: date, entity_ids: Sequence[int] | None = None) -> list[Holder]:
    """Everybody who holds an asset at a place at the end of a day, by all that is known now."""
    return [Holder(*row) for row in _read("HOLDING", "place_id", asset_id, on, entity_ids)]


def in_books(asset_id: int, *, on: date, entity_ids: Sequence[int] | None = None) -> list[InBook]:
    """In which books its position stands by trade date; the account of a position is its other side."""
    rows = _read("POSITION", "book_id", asset_id, on, entity_ids)
    return [InBook(entity, owner, book, -amount) for entity, owner, book, amount in rows]


def _read(
    kind: str, by: str, asset_id: int, day: date, entity_ids: Sequence[int] | None
) -> list[tuple[Any, ...]]:
    facts: dict[str, Any] = {
        "kind": kind, "asset": asset_id, "day": day,
        "entities": None if entity_ids is None else list(entity_ids),
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_OF_ASSET.format(by=by), facts)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found
