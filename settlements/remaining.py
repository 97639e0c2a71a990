"""What deals owe that no live settlement settles: not prepared yet, or cancelled at its place.

Of a settlement that was cancelled after a part of it had settled only the rest is owed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from django.db import connection

PRINCIPAL, INTEREST = "PRINCIPAL", "INTEREST"  # kinds of flows

# Whether a settlement that is not cancelled settles this flow `f`: what is due of an asset on a date.
LIVE = """EXISTS (
       SELECT 1 FROM settlements_settlement l
        WHERE l.source_type = 'deal' AND l.source_id = f.deal_id AND l.due_date = f.due_date
          AND l.cancellation <> 'AGREED'
          AND (l.asset_id = f.asset_id AND l.quantity > 0
               OR l.money_asset_id = f.asset_id AND l.amount > 0))"""
# What of an asset cancelled settlements of a deal `d` had settled in part by then, on the date of the flows
# `f`, and what of it was interest: it is owed no more. Positive came in.
_PARTLY = """
         FROM settlements_settlement l
        WHERE l.source_type = 'deal' AND l.source_id = d.id AND l.due_date = f.due_date
          AND l.settlement = 'PARTIAL' AND l.cancellation = 'AGREED'"""
SETTLED_BEFORE = f"""coalesce((
       SELECT sum(CASE WHEN l.asset_id = f.asset_id
                       THEN CASE WHEN l.delivers THEN -l.settled_quantity ELSE l.settled_quantity END
                       ELSE CASE WHEN l.delivers THEN l.settled_amount ELSE -l.settled_amount END END)
{_PARTLY} AND f.asset_id IN (l.asset_id, l.money_asset_id)), 0)"""
INTEREST_BEFORE = f"""coalesce((
       SELECT sum(l.settled_interest) {_PARTLY} AND l.money_asset_id = f.asset_id), 0)"""
_REST = f"""
SELECT f.deal_id, f.due_date, f.asset_id, array_agg(f.kind), array_agg(f.signed), sum(f.signed),
       {SETTLED_BEFORE}, {INTEREST_BEFORE}, coalesce(y.minor_unit, 8)
  FROM deals_deal d
 CROSS JOIN LATERAL (
       SELECT f.deal_id, f.kind, f.asset_id, f.due_date, sum(s.signed) AS signed FROM deals_flow f
        CROSS JOIN LATERAL (SELECT CASE f.direction WHEN 'RECEIVE' THEN f.quantity ELSE -f.quantity END
                           AS signed) s
        WHERE f.deal_id = d.id AND f.version = d.version AND NOT {LIVE}
        GROUP BY f.deal_id, f.kind, f.asset_id, f.due_date ORDER BY f.kind) f
  LEFT JOIN refdata_currency y ON y.asset_id = f.asset_id
 WHERE d.id = ANY(%s)
 GROUP BY d.id, f.deal_id, f.due_date, f.asset_id, y.minor_unit
 ORDER BY f.deal_id, f.due_date, f.asset_id
"""  # noqa: S608


class Owed(NamedTuple):
    """What of a kind and an asset is due on a date: positive is received."""

    due_date: date
    kind: str
    asset_id: int
    quantity: Decimal


def rest_of(deal_ids: Sequence[int]) -> dict[int, list[Owed]]:
    """For each deal that has any, what it owes and no live settlement settles.

    What was settled in part before its settlement was cancelled is not owed any more.
    """
    if not deal_ids:
        return {}
    found: dict[int, list[Owed]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_REST, [list(deal_ids)])
        rows = cursor.fetchall()
    for deal_id, due, asset_id, kinds, signed, net, before, interest, places in rows:
        if net != before:
            left = left_of(dict(zip(kinds, signed, strict=True)), before, interest, places=places)
            owed = [Owed(due, kind, asset_id, quantity) for kind, quantity in left.items()]
            found.setdefault(deal_id, []).extend(owed)
    return found


class OfKind(NamedTuple):
    """Of a deal of which a part is settled: what was due of a kind of flow, and what is left of that."""

    deal_id: int
    due_date: date
    asset_id: int
    kind: str
    whole: Decimal
    rest: Decimal
    places: int


def partly_settled(deal_ids: Sequence[int]) -> list[OfKind]:
    """Each kind of flow of which a cancelled settlement had settled a part, and no live one settles the rest."""
    if not deal_ids:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_REST, [list(deal_ids)])
        rows = cursor.fetchall()
    found = []
    for deal_id, due, asset_id, kinds, signed, _net, before, interest, places in rows:
        if before:
            whole = dict(zip(kinds, signed, strict=True))
            left = left_of(whole, before, interest, places=places)
            found += [
                OfKind(deal_id, due, asset_id, kind, amount, left.get(kind, Decimal(0)), places)
                for kind, amount in whole.items()
                if amount
            ]
    return found


def left_of(
    due: Mapping[str, Decimal], before: Decimal, interest: Decimal, *, places: int
) -> dict[str, Decimal]:
    """What of each kind is left once so much of an asset is settled, `interest` of it as interest.

    The other kinds are settled in proportion, and the principal takes the residue. Pure.
    """
    if not before:
        return dict(due)
    settled = {INTEREST: interest} if INTEREST in due else {}
    others = {kind: amount for kind, amount in due.items() if kind != INTEREST}
    rest = before - settled.get(INTEREST, Decimal(0))
    whole = sum(others.values(), Decimal(0))
    first = PRINCIPAL if PRINCIPAL in others else next(iter(others), "")
    for kind, amount in others.items():
        if kind != first and whole:
            settled[kind] = (amount * rest / whole).quantize(
                Decimal(1).scaleb(-places), ROUND_HALF_UP
            )
    if first:
        settled[first] = rest - sum((settled[kind] for kind in others if kind != first), Decimal(0))
    left = {kind: amount - settled.get(kind, Decimal(0)) for kind, amount in due.items()}
    return {kind: amount for kind, amount in left.items() if amount}
