"""The SQL of matching: which deals confirmations may be about, and both sides as documents. Set-based.

A deal that they name (by our reference or the UTI) is the deal. Where none is named, the economics
say it: all of them alike first, then alike but for one respect, among deals nobody has confirmed yet.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any, NamedTuple

from django.db import connection

from deals.confirming.nearest import Pair
from deals.confirming.rules import Document

DAYS_APART = timedelta(days=14)  # a trade date told wrongly is not further off than that
MIRRORED = {"buy": "sell", "sell": "buy"}
# Money that is placed is sold against its coming back: of a loan both sides are told in these words.
_SIDE = "CASE v.side WHEN 'place' THEN 'sell' WHEN 'take' THEN 'buy' ELSE v.side END"
_TRADED = "coalesce(d.instrument_id::text, v.details->>'pair', v.currency)"


class Named(NamedTuple):
    """A deal that a confirmation names; `exact` where everything both tell is equal."""

    confirmation: int
    deal: int
    version: int
    deals: int  # that are named as well as this one
    taken: bool  # matched to another confirmation
    exact: bool


_OPEN = """
open AS MATERIALIZED (
  SELECT c.id, c.entity_id, c.sender_id, c.our_ref, c.uti, c.side, c.quantity, c.price, c.currency, c.amount,
         c.trade_date, c.settlement_date, c.place, c.linked, c.deal_id,
         coalesce(c.instrument_id::text, nullif(c.pair, ''), CASE WHEN c.told = c.currency THEN c.told END, '?')
           AS traded
    FROM deals_receivedconfirmation c WHERE c.id = ANY(%(ids)s))
"""
_EXACT = f"""
{_SIDE} <> o.side AND v.quantity = o.quantity AND v.currency = o.currency AND {_TRADED} = o.traded
 AND (o.amount IS NULL OR o.amount = v.net_amount) AND (o.price IS NULL OR o.price = v.price)
 AND d.trade_date = o.trade_date AND d.due_date = o.settlement_date AND o.place = ''
 AND (o.uti = '' OR coalesce(v.details->>'uti', o.uti) = o.uti)
"""
# Rank 0 was linked by a person, 1 names our reference, 2 the UTI.
_NAMED = f"""
WITH {_OPEN},
named AS (
  SELECT id, deal_id AS deal, 0 AS rank FROM open WHERE linked
   UNION ALL
  SELECT o.id, d.id, 1 FROM open o
    JOIN deals_deal d ON d.entity_id = o.entity_id AND d.external_ref = o.our_ref
   WHERE NOT o.linked AND o.our_ref <> '' AND d.counterparty_id = o.sender_id AND d.state <> 'CANCELLED'
   UNION ALL
  SELECT o.id, d.id, 1 FROM open o
    JOIN deals_deal d ON d.id = CASE WHEN o.our_ref ~ '^D-[1-9][0-9]{{0,17}}$' THEN substr(o.our_ref, 3)::bigint END
   WHERE NOT o.linked AND d.entity_id = o.entity_id AND d.counterparty_id = o.sender_id
     AND d.state <> 'CANCELLED'
   UNION ALL
  SELECT o.id, d.id, 2 FROM open o
    JOIN deals_dealversion v ON v.details->>'uti' = o.uti AND v.details ? 'uti'
    JOIN deals_deal d ON d.id = v.deal_id AND d.version = v.number
   WHERE NOT o.linked AND o.uti <> '' AND d.entity_id = o.entity_id AND d.counterparty_id = o.sender_id
     AND d.state <> 'CANCELLED'),
best AS (
  SELECT id, deal, count(*) OVER (PARTITION BY id) AS deals
    FROM (SELECT DISTINCT id, deal FROM
           (SELECT id, deal, rank, min(rank) OVER (PARTITION BY id) AS least FROM named) r
           WHERE rank = least) b)
SELECT b.id, b.deal, d.version, b.deals,
       EXISTS (SELECT 1 FROM deals_receivedconfirmation m
                WHERE m.deal_id = b.deal AND m.state = 'MATCHED' AND m.id <> b.id),
       {_EXACT}
  FROM best b JOIN open o ON o.id = b.id JOIN deals_deal d ON d.id = b.deal
  JOIN deals_dealversion v ON v.deal_id = d.id AND v.number = d.version
 ORDER BY b.id
"""  # noqa: S608 - pieces of our own
_FREE = """
free AS MATERIALIZED (
  SELECT d.id, d.version, d.entity_id, d.counterparty_id, d.trade_date, d.due_date, {side} AS side, v.quantity,
         v.price, v.currency, v.net_amount, v.details->>'uti' AS uti, {traded} AS traded
    FROM deals_deal d JOIN deals_dealversion v ON v.deal_id = d.id AND v.number = d.version
   WHERE d.trade_date >= (SELECT min(trade_date) FROM open) - %(apart)s
     AND d.trade_date <= (SELECT max(trade_date) FROM open) + %(apart)s
     AND EXISTS (SELECT 1 FROM (SELECT DISTINCT entity_id, sender_id FROM open) o
                  WHERE o.entity_id = d.entity_id AND o.sender_id = d.counterparty_id)
     AND d.state <> 'CANCELLED'
     AND {taken}EXISTS (SELECT 1 FROM deals_receivedconfirmation m WHERE m.deal_id = d.id AND m.state = 'MATCHED')
     AND NOT EXISTS (SELECT 1 FROM unnest(%(spoken)s::bigint[]) s WHERE s = d.id))
"""
_FREE_ONES, _TAKEN_ONES = (
    _FREE.format(taken=each, side=_SIDE, traded=_TRADED) for each in ("NOT ", "")
)
_SAME = """
f.entity_id = o.entity_id AND f.counterparty_id = o.sender_id AND f.traded = o.traded
 AND f.quantity = o.quantity AND f.currency = o.currency AND f.trade_date = o.trade_date
 AND f.due_date = o.settlement_date AND f.side <> o.side
 AND (o.amount IS NULL OR o.amount = f.net_amount) AND (o.price IS NULL OR o.price = f.price)
"""
_ALIKE = f"""
WITH {_OPEN}, {_FREE_ONES}
SELECT o.id, f.id, f.version, count(*) OVER (PARTITION BY o.id), count(*) OVER (PARTITION BY f.id),
       o.place = '' AND (o.uti = '' OR coalesce(f.uti, o.uti) = o.uti)
  FROM open o JOIN free f ON {_SAME} ORDER BY o.id, f.id
"""  # noqa: S608
_TAKEN = f"""
WITH {_OPEN}, {_TAKEN_ONES} SELECT DISTINCT o.id FROM open o JOIN free f ON {_SAME}
"""  # noqa: S608
_OWN = "f.entity_id = o.entity_id AND f.counterparty_id = o.sender_id"
_NEAR = f"""
WITH {_OPEN}, {_FREE_ONES}
SELECT o.id, f.id FROM open o JOIN free f ON {_OWN} AND f.traded = o.traded AND f.quantity = o.quantity
 UNION
SELECT o.id, f.id FROM open o JOIN free f ON {_OWN} AND f.traded = o.traded AND f.price = o.price
   AND f.trade_date = o.trade_date AND f.due_date = o.settlement_date AND f.side <> o.side
 UNION
SELECT o.id, f.id FROM open o JOIN free f ON {_OWN} AND f.quantity = o.quantity AND f.price = o.price
   AND f.trade_date = o.trade_date
 UNION
SELECT o.id, f.id FROM open o JOIN free f ON {_OWN} AND f.net_amount = o.amount AND f.trade_date = o.trade_date
 UNION
SELECT o.id, f.id FROM open o JOIN free f ON {_OWN} AND f.net_amount = o.quantity AND f.quantity = o.amount
"""  # noqa: S608


class Alike(NamedTuple):
    """A deal whose economics are all that a confirmation tells, and how many rivals either has."""

    confirmation: int
    deal: int
    version: int
    deals: int
    confirmations: int
    exact: bool


def named_deals(ids: Sequence[int]) -> list[Named]:
    return [Named(*row) for row in _rows(_NAMED, {"ids": list(ids)})]


def alike_deals(ids: Sequence[int], spoken: Collection[int]) -> list[Alike]:
    return [Alike(*row) for row in _rows(_ALIKE, _facts(ids, spoken))] if ids else []


def near_deals(ids: Sequence[int], spoken: Collection[int]) -> list[Pair]:
    """Deals that share what a single slip would leave; most of them are not meant."""
    return [Pair(*row) for row in _rows(_NEAR, _facts(ids, spoken))] if ids else []


def already_matched(ids: Sequence[int]) -> set[int]:
    """Confirmations whose economics are those of a deal that another confirmation is matched to."""
    return {row[0] for row in _rows(_TAKEN, _facts(ids, ()))} if ids else set()


def _facts(ids: Sequence[int], spoken: Collection[int]) -> dict[str, Any]:
    return {"ids": list(ids), "spoken": list(spoken), "apart": DAYS_APART.days}


# What we would tell: the terms of a version, what settles of it, and where it would settle.
_OURS = f"""
SELECT d.id, d.version, {_SIDE}, coalesce(a.code, v.details->>'pair', v.currency), v.quantity, v.currency,
       d.trade_date, d.due_date, v.price, v.net_amount, coalesce(v.details->>'uti', ''), v.gross_amount,
       coalesce((SELECT p.code FROM refdata_standinginstruction s JOIN refdata_place p ON p.id = s.place_id
                  WHERE s.party_id = d.counterparty_id AND s.status = 'APPROVED'
                    AND s.valid_from <= d.due_date AND (s.valid_until IS NULL OR s.valid_until > d.due_date)
                    AND (s.entity_id IS NULL OR s.entity_id = d.entity_id)
                    AND s.instrument_kind IN ('', coalesce(i.kind, 'CURRENCY'))
                    AND s.market IN ('', coalesce(i.market, '')) AND s.currency IN ('', v.currency)
                  ORDER BY (s.entity_id IS NOT NULL)::int + (s.instrument_kind <> '')::int + (s.market <> '')::int
                           + (s.currency <> '')::int DESC, s.valid_from DESC, s.id DESC LIMIT 1), '')
  FROM deals_deal d JOIN deals_dealversion v ON v.deal_id = d.id AND v.number = coalesce(%(version)s, d.version)
  LEFT JOIN refdata_instrument i ON i.asset_id = d.instrument_id
  LEFT JOIN refdata_asset a ON a.id = d.instrument_id
 WHERE d.id = ANY(%(ids)s)
"""  # noqa: S608
_THEIRS = """
SELECT c.id, c.side, coalesce(a.code, nullif(c.pair, ''), c.told), c.quantity, c.currency, c.trade_date,
       c.settlement_date, c.price, c.amount, c.uti, c.place
  FROM deals_receivedconfirmation c LEFT JOIN refdata_asset a ON a.id = c.instrument_id
 WHERE c.id = ANY(%(ids)s)
"""


def our_documents(
    deal_ids: Iterable[int], *, version: int | None = None
) -> dict[int, tuple[int, Document]]:
    """By deal, the version and what we say of it; of another version than the present by its number."""
    found = {}
    for row in _rows(_OURS, {"ids": list(deal_ids), "version": version}):
        (
            id,
            number,
            side,
            traded,
            quantity,
            currency,
            traded_on,
            due,
            price,
            net,
            uti,
            gross,
            place,
        ) = row
        found[id] = number, Document(
            side=side, instrument=traded, quantity=quantity, currency=currency, trade_date=traded_on,
            settlement_date=due, price=price, amount=net, place=place, uti=uti, gross=gross,
            fee=abs(net - gross),
        )  # fmt: skip
    return found


def their_documents(ids: Iterable[int]) -> Mapping[int, Document]:
    """By confirmation, what they say, seen from our side."""
    found = {}
    for row in _rows(_THEIRS, {"ids": list(ids)}):
        id, side, traded, quantity, currency, traded_on, due, price, amount, uti, place = row
        found[id] = Document(
            side=MIRRORED[side], instrument=traded, quantity=quantity, currency=currency,
            trade_date=traded_on, settlement_date=due, price=price, amount=amount, place=place, uti=uti,
        )  # fmt: skip
    return found


def _rows(statement: str, facts: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, facts)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows
