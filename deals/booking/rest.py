"""What both sides agree to settle no more of a deal leaves the books, and the lots with it.

The trade-date entry stays: the opposite of the rest is booked on the day it was agreed. Securities
that were to come back under the same deal and do not have changed hands for good, for the money that
was paid.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection

from deals.booking.lots import POOL, SOURCE
from deals.booking.posting import Moved, TradeTerms, post_moved
from ledger.lots.keeping import NewChange, PoolKey, keep_changes, reverse_changes
from ledger.models import JournalEntry
from refdata.firm_days import firm_day

REST = "deal.cancel_rest"
PRINCIPAL, INTEREST = "PRINCIPAL", "INTEREST"

_TERMS = """
SELECT id, entity_id, owner_id, counterparty_id, book_id, state, %s::date, version
  FROM deals_deal WHERE id = ANY(%s) ORDER BY id
"""
# What a deal in securities comes to over all its dates, in them and in money.
_IN_SECURITIES = f"""
SELECT {POOL}, d.book_id, v.currency, v.traded_at, d.id, m.securities, m.money,
       (SELECT count(*) FROM ledger_lotchange c
         WHERE c.entity_id = d.entity_id AND c.source_type = 'deal' AND c.source_id = d.id
           AND c.reverses_id IS NULL)
  FROM deals_deal d
  JOIN deals_dealversion v ON v.deal_id = d.id AND v.number = d.version
 CROSS JOIN LATERAL (
       SELECT coalesce(sum(s.signed) FILTER (WHERE f.asset_id = d.instrument_id), 0) AS securities,
              coalesce(sum(s.signed) FILTER (WHERE f.asset_id <> d.instrument_id), 0) AS money
         FROM deals_flow f
        CROSS JOIN LATERAL (SELECT CASE f.direction WHEN 'RECEIVE' THEN f.quantity ELSE -f.quantity END
                           AS signed) s
        WHERE f.deal_id = d.id AND f.version = d.version AND f.kind = 'PRINCIPAL') m
 WHERE d.id = ANY(%s) AND d.instrument_id IS NOT NULL ORDER BY d.id
"""  # noqa: S608


class Kept(NamedTuple):
    """A deal in securities, and what of both is settled once the rest is gone: positive came in."""

    pool: PoolKey
    book_id: int
    currency: str
    traded_at: datetime
    deal_id: int
    before: Decimal
    securities: Decimal
    money: Decimal
    part: int


def book_cancelled(*, rests: Mapping[int, Sequence[Moved]], at: datetime) -> None:
    """Book the opposite of what these deals settle no more, and put their lots right; once for each."""
    known = JournalEntry.objects.filter(source_type=SOURCE, source_id__in=rests, kind=REST)
    ids = sorted(rests.keys() - set(known.values_list("source_id", flat=True)))
    with connection.cursor() as cursor:
        cursor.execute(_TERMS, [firm_day(at), ids])
        terms = [TradeTerms(*row) for row in cursor.fetchall()]
    gone = {each: _opposite(rests[each.id]) for each in terms}
    post_moved({each: moved for each, moved in gone.items() if moved}, kind=REST, at=at)
    _put_lots_right(ids, rests, at)


def _opposite(rest: Sequence[Moved]) -> list[Moved]:
    """Of each kind and asset once; interest was never booked (decision 0101)."""
    sums: dict[tuple[str, int], Decimal] = {}
    for kind, asset_id, quantity in rest:
        if kind != INTEREST:
            sums[kind, asset_id] = sums.get((kind, asset_id), Decimal(0)) - quantity
    return [Moved(kind, asset_id, moved) for (kind, asset_id), moved in sums.items() if moved]


def _put_lots_right(ids: Sequence[int], rests: Mapping[int, Sequence[Moved]], at: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_IN_SECURITIES, [list(ids)])
        kept = [_kept(row, rests) for row in cursor.fetchall()]
    changed = [each for each in kept if each.securities != each.before]
    reverse_changes(source_type=SOURCE, source_ids=[each.deal_id for each in changed], at=at)
    keep_changes([_change(each, at) for each in changed if each.securities], at=at)


def _kept(row: Sequence[Any], rests: Mapping[int, Sequence[Moved]]) -> Kept:
    *pool, book_id, currency, traded_at, id, securities, money, part = row
    key = PoolKey(*pool)
    gone = [each for each in rests[id] if each.kind == PRINCIPAL]
    less = sum((each.quantity for each in gone if each.asset_id == key.asset_id), Decimal(0))
    paid = sum((each.quantity for each in gone if each.asset_id != key.asset_id), Decimal(0))
    return Kept(
        key, book_id, currency, traded_at, id, securities, securities - less, money - paid, part
    )


def _change(kept: Kept, at: datetime) -> NewChange:
    """They changed hands for the money that was paid, on the day on which that was agreed."""
    return NewChange(
        kept.pool, kept.book_id, kept.securities > 0, abs(kept.securities), abs(kept.money),
        Decimal(0), kept.currency, firm_day(at), kept.traded_at, sequence=kept.deal_id,
        source_type=SOURCE, source_id=kept.deal_id, part=kept.part,
    )  # fmt: skip
