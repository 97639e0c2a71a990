"""What everybody holds at places, what of it is set apart, and what is free: one set-based question.

    free = settled - pledged - on loan - blocked - given as collateral + credit line, or nothing where a
           restriction forbids the act

Settled is the least that stands there from a day on, as the database itself judges a posting of that
day (`guarding`): what comes later covers nothing today, and what was dated forward is gone already.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.db import connection

from refdata.custody.sql import account_of, in_force, stopping

# Of which assets anything may be there: of those that moved, or of those asked for.
_MOVED = """SELECT m.account_id, m.asset_id FROM ledger_movement m JOIN account a ON a.id = m.account_id
        GROUP BY 1, 2
        UNION
       SELECT l.account_id, l.asset_id FROM ledger_line l JOIN account a ON a.id = l.account_id
        WHERE l.recorded_tx >= coalesce((SELECT f.horizon FROM ledger_fold f), 0)"""
_NAMED = """SELECT a.id AS account_id, s.id AS asset_id
         FROM account a CROSS JOIN unnest(%(assets)s::bigint[]) AS s(id)"""


def _held(moved: str) -> str:
    return f"""
WITH account AS (
       SELECT a.id, a.entity_id, a.owner_id, a.place_id FROM ledger_ledgeraccount a
        WHERE a.kind IN ('HOLDING', 'CASH') AND a.place_id IS NOT NULL
          AND (%(entities)s::bigint[] IS NULL OR a.entity_id = ANY(%(entities)s::bigint[]))
          AND (%(owners)s::bigint[] IS NULL OR a.owner_id = ANY(%(owners)s::bigint[]))
          AND (%(places)s::bigint[] IS NULL OR a.place_id = ANY(%(places)s::bigint[]))),
     moved AS (
       {moved}),
     asked AS (
       SELECT array_agg(m.account_id) AS accounts, array_agg(m.asset_id) AS assets,
              array_agg(%(day)s::date) AS days FROM moved m),
     held AS (
       SELECT a.entity_id, a.owner_id, a.place_id, l.asset_id, l.balance AS settled
         FROM asked, ledger_least(accounts, assets, days) l JOIN account a ON a.id = l.account_id
        WHERE l.balance <> 0),
     marked AS (
       SELECT e.entity_id, e.owner_id, e.place_id, e.asset_id,
              coalesce(sum(e.quantity) FILTER (WHERE e.kind = 'PLEDGED'), 0) AS pledged,
              coalesce(sum(e.quantity) FILTER (WHERE e.kind = 'ON_LOAN'), 0) AS on_loan,
              coalesce(sum(e.quantity) FILTER (WHERE e.kind = 'BLOCKED'), 0) AS blocked,
              coalesce(sum(e.quantity) FILTER (WHERE e.kind = 'COLLATERAL'), 0) AS collateral
         FROM refdata_earmark e WHERE {in_force("e", "%(day)s::date")}
        GROUP BY 1, 2, 3, 4),
     lent AS (
       SELECT c.entity_id, c.owner_id, c.place_id, m.id AS asset_id, sum(c.amount) AS credit_line
         FROM refdata_creditline c
         JOIN refdata_party o ON o.id = c.owner_id AND NOT 'CLIENT' = ANY(o.roles)
         JOIN refdata_asset m ON m.code = c.currency AND m.kind = 'CURRENCY'
        WHERE {in_force("c", "%(day)s::date")} GROUP BY 1, 2, 3, 4),
     together AS (
       SELECT entity_id, owner_id, place_id, asset_id, coalesce(settled, 0) AS settled,
              coalesce(pledged, 0) AS pledged, coalesce(on_loan, 0) AS on_loan,
              coalesce(blocked, 0) AS blocked, coalesce(collateral, 0) AS collateral,
              coalesce(credit_line, 0) AS credit_line
         FROM held FULL JOIN marked USING (entity_id, owner_id, place_id, asset_id)
         FULL JOIN lent USING (entity_id, owner_id, place_id, asset_id)
        WHERE (%(entities)s::bigint[] IS NULL OR entity_id = ANY(%(entities)s::bigint[]))
          AND (%(owners)s::bigint[] IS NULL OR owner_id = ANY(%(owners)s::bigint[]))
          AND (%(places)s::bigint[] IS NULL OR place_id = ANY(%(places)s::bigint[]))
          AND (%(assets)s::bigint[] IS NULL OR asset_id = ANY(%(assets)s::bigint[]))),
     forbidden AS MATERIALIZED (
       SELECT r.* FROM refdata_restriction r WHERE {stopping("r", "%(day)s::date")})
SELECT t.entity_id, t.owner_id, t.place_id, t.asset_id, t.settled, t.pledged, t.on_loan, t.blocked,
       t.collateral, t.credit_line,
       ARRAY(SELECT r.id FROM forbidden r
              WHERE r.act IN ('PERMIT_REQUIRED', CASE s.kind WHEN 'CURRENCY' THEN 'NO_PAY' ELSE 'NO_DELIVER' END)
                AND (r.entity_id IS NULL OR r.entity_id = t.entity_id)
                AND (r.asset_id IS NULL OR r.asset_id = t.asset_id)
                AND (r.party_id IS NULL OR r.party_id = t.owner_id)
                AND (r.place_id IS NULL OR r.place_id = t.place_id)
                AND {account_of("r", "t.place_id", "t.owner_id")} ORDER BY r.id) AS restrictions
  FROM together t JOIN refdata_asset s ON s.id = t.asset_id
 WHERE t.settled <> 0 OR t.credit_line <> 0 OR t.pledged + t.on_loan + t.blocked + t.collateral <> 0
 ORDER BY t.entity_id, t.place_id, t.owner_id, t.asset_id
"""  # noqa: S608


_OF_ALL, _OF_NAMED = _held(_MOVED), _held(_NAMED)


class Held(NamedTuple):
    """What an owner has at a place in one asset on a day, and what of it is set apart.

    `restrictions` are the keys of those that forbid to deliver, or to pay, any of it.
    """

    entity_id: int
    owner_id: int
    place_id: int
    asset_id: int
    settled: Decimal
    pledged: Decimal
    on_loan: Decimal
    blocked: Decimal
    collateral: Decimal
    credit_line: Decimal
    restrictions: Sequence[int]

    @property
    def set_apart(self) -> Decimal:
        return self.pledged + self.on_loan + self.blocked + self.collateral

    @property
    def unrestricted(self) -> Decimal:
        """What could be delivered or paid if nothing were forbidden; never below zero."""
        return max(self.settled - self.set_apart + self.credit_line, Decimal(0))

    @property
    def restricted(self) -> Decimal:
        return self.unrestricted if self.restrictions else Decimal(0)

    @property
    def free(self) -> Decimal:
        """What can be delivered, or paid, now."""
        return self.unrestricted - self.restricted


def held(
    *,
    on: date,
    entity_ids: Sequence[int] | None = None,
    owner_ids: Sequence[int] | None = None,
    place_ids: Sequence[int] | None = None,
    asset_ids: Sequence[int] | None = None,
) -> list[Held]:
    """What is held on a day, of some entities, owners, places and assets or of all."""
    chosen = (entity_ids, owner_ids, place_ids, asset_ids)
    facts = {
        name: None if ids is None else list(ids)
        for name, ids in zip(("entities", "owners", "places", "assets"), chosen, strict=True)
    }
    with connection.cursor() as cursor:
        cursor.execute(_OF_ALL if asset_ids is None else _OF_NAMED, facts | {"day": on})
        return [Held(*row) for row in cursor.fetchall()]


def at_hand(
    entity_id: int,
    *,
    on: date,
    owner_ids: Sequence[int] | None = None,
    place_ids: Sequence[int] | None = None,
) -> dict[tuple[int, int, int], Decimal]:
    """What can be delivered and paid on a day: `{(owner, place, asset): free}`; what is absent is zero.

    Credit lines are in it, what is earmarked or restricted is not. For a run: it asks for this in place
    of balances, and a plan that keeps to it is never refused by the database. What was sent to an outside
    place and is not final yet still stands here; the caller takes it off (`settlements.inventory`).
    """
    rows = held(on=on, entity_ids=[entity_id], owner_ids=owner_ids, place_ids=place_ids)
    return {(row.owner_id, row.place_id, row.asset_id): row.free for row in rows}
