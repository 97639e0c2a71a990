"""What nets take of the limits of our own cash accounts: the net that is paid, not what each deal pays.

A deal counts what it pays from its capture on; once its flows have joined their nets it counts nothing by
itself, and each net of money what it comes to below zero (decision 0156). Both change in the transaction
in which deals join or leave. Deals of clients never counted, and their nets do not.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection, transaction

from deals.exposing.exposure import NoRate
from deals.exposing.taken import IN_NETS
from deals.exposing.valuing import Market
from deals.services import SOURCE
from limits.exposures import Difference, Recomputed, replace_exposures, replace_together
from limits.state import LimitKind
from refdata.firm_days import firm_day
from refdata.selectors import reference_data
from settlements.clearing.keys import WITHIN

NET = "net"  # what limits know these exposures by
_NOTHING = Decimal(0)

# What the own deals within pay in all, under each limit of the account; and what is taken of it now: a net that
# its last own deal has left pays nothing, and still holds what it did.
_NETS = f"""
SELECT n.id, n.due_date, n.version, c.code, l.id, l.currency, l.defined_at, greatest(own.paid, 0),
       r.amount, coalesce(r.basis, ''), coalesce(r.recorded_at, n.opened_at)
  FROM settlements_netobligation n
  JOIN refdata_currency c ON c.asset_id = n.asset_id
  JOIN limits_limit l ON l.entity_id = n.entity_id AND l.kind = %(kind)s AND l.nostro_currency = c.code
   AND l.closed_at IS NULL
  CROSS JOIN LATERAL (
       SELECT sum(CASE f.direction WHEN 'RECEIVE' THEN -f.quantity ELSE f.quantity END) AS paid
         FROM settlements_nettedflow k
         JOIN deals_flow f ON f.id = k.flow_id
         JOIN deals_deal d ON d.id = k.deal_id AND d.capacity = 'OWN'
        WHERE k.obligation_id = n.id AND {WITHIN}) own
  LEFT JOIN limits_reservation r ON r.source_type = 'net' AND r.source_id = n.id AND r.limit_id = l.id
   AND r.state = 'COMMITTED'
 WHERE n.state <> 'SETTLED' AND (%(ids)s::bigint[] IS NULL OR n.id = ANY(%(ids)s::bigint[]))
   AND (own.paid IS NOT NULL OR r.amount IS NOT NULL)
 ORDER BY n.id, l.id
"""  # noqa: S608
# Deals whose flows are within, and what they still take by themselves of those limits.
_ALONE = f"""
SELECT DISTINCT r.source_id, r.limit_id, r.amount, r.recorded_at > v.computed_at
  FROM settlements_netobligation n
  JOIN settlements_nettedflow k ON k.obligation_id = n.id AND {WITHIN}
  JOIN settlements_netquantity v ON v.obligation_id = n.id AND v.number = k.since
  JOIN limits_reservation r ON r.source_type = 'deal' AND r.source_id = k.deal_id AND r.state = 'COMMITTED'
  JOIN limits_limit l ON l.id = r.limit_id AND l.kind = %(kind)s
 WHERE (%(ids)s::bigint[] IS NULL AND n.state <> 'SETTLED' OR n.id = ANY(%(ids)s::bigint[]))
   AND NOT (%(word)s = ANY(string_to_array(coalesce(r.basis, ''), ' ')) AND r.amount = 0)
 ORDER BY r.source_id, r.limit_id
"""  # noqa: S608
_ENDED = """
SELECT r.source_id, r.limit_id, r.amount, r.basis
  FROM limits_reservation r LEFT JOIN settlements_netobligation n ON n.id = r.source_id
 WHERE r.source_type = 'net' AND r.state = 'COMMITTED' AND (n.id IS NULL OR n.state = 'SETTLED')
 ORDER BY r.source_id
"""


class NetUse(NamedTuple):
    """What a net pays under a limit, and what it takes of it."""

    id: int
    due_date: date
    version: int
    currency: str
    limit_id: int
    limit_currency: str
    defined_at: datetime
    paid: Decimal
    taken: Decimal | None
    basis: str
    recorded_at: datetime


def expose_nets(ids: Sequence[int], *, at: datetime) -> None:
    """Bring what these nets and the deals within take to what they should, in the caller's transaction.

    Without a rate into the currency of a limit everything stays as it was: each deal counts by itself.
    """
    try:
        _expose(list(ids), firm_day(at), at, joining=True)
    except NoRate:
        return


def recompute_nets(*, business_date: date, at: datetime) -> Recomputed:
    """The same for all open nets at the rates of a day; what nothing explains is an alarm."""
    with connection.cursor() as cursor:
        cursor.execute(_ENDED)
        rows = cursor.fetchall()
    ended = [Difference(id, limit, amount, None, basis, False) for id, limit, amount, basis in rows]
    done = replace_exposures(NET, ended, business_date=business_date, at=at)
    done.add(_expose(None, business_date, at, joining=False))
    return done


def revalue_nets(
    *, instrument_ids: Collection[int], rates: bool, business_date: date, at: datetime,
    everything: bool = False,
) -> Recomputed:  # fmt: skip
    """What added rates concern, or a limit that is new; prices move no money."""
    if not (rates or everything):
        return Recomputed()
    return recompute_nets(business_date=business_date, at=at)


def _expose(ids: list[int] | None, day: date, at: datetime, *, joining: bool) -> Recomputed:
    with transaction.atomic():  # nobody sees the deals gone and their net not yet there
        given = {"ids": ids, "kind": LimitKind.NOSTRO.value, "word": IN_NETS}
        market = Market(reference_data(), day, ())
        together, checked = _together(given, market, joining)
        parts = {SOURCE: _alone(given, joining), NET: together}
        done = Recomputed()
        if any(parts.values()):  # limits are locked once, in ascending id
            done = replace_together(parts, business_date=day, at=at)
    done.checked += checked
    done.stale |= market.stale()
    return done


def _alone(given: Mapping[str, Any], joining: bool) -> list[Difference]:
    """What deals within still count by themselves; of a limit that is newer than the net with reason."""
    with connection.cursor() as cursor:
        cursor.execute(_ALONE, given)
        return [
            Difference(deal_id, limit_id, amount, _NOTHING, IN_NETS, joining or newer)
            for deal_id, limit_id, amount, newer in cursor.fetchall()
        ]


def _together(
    given: Mapping[str, Any], market: Market, joining: bool
) -> tuple[list[Difference], int]:
    with connection.cursor() as cursor:
        cursor.execute(_NETS, given)
        rows = [NetUse(*row) for row in cursor.fetchall()]
    found = []
    for row in rows:
        basis = market.today(None, False)
        now = market.converted(row.paid, row.currency, row.limit_currency, basis) or None
        if now != row.taken:
            words = f"{basis.words()} V{row.version}".strip()
            explained = joining or _explained(row, market)
            found.append(
                Difference(row.id, row.limit_id, row.taken, now, words, explained, row.due_date)
            )
    return found, len(rows)


def _explained(row: NetUse, market: Market) -> bool:
    """Whether a rate moved it, or its limit is newer than the net: then nothing is wrong."""
    if row.taken is None:
        return row.defined_at > row.recorded_at
    if f"V{row.version}" not in row.basis.split():
        return False
    then = market.then(row.basis, market.day, row.recorded_at)
    try:
        return market.converted(row.paid, row.currency, row.limit_currency, then) == row.taken
    except NoRate:
        return False
