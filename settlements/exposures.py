"""What open settlements should use of settlement-day limits, taken, given back and worked out anew.

What we are to receive counts in full from the moment our own side of the same deal is released, or
can no longer be stopped, until the receipt is final by its place's word (domain-decisions 14, C7).
Against payment only the price move counts, and so with a clearing house: it gives securities against money
only, whichever nets these are part of (decision 0137). The source of an exposure is the settlement that we wait
for; where both sides are one (DVP) it is that one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection, transaction

from backoffice.kernel.rows import array
from deals.exposing.exposure import NoRate
from deals.exposing.valuing import Basis, Market
from limits.exposures import Difference, Recomputed, replace_exposures
from limits.rules import price_move, settlement_exposure
from refdata.firm_days import firm_day
from refdata.selectors import reference_data
from settlements.selectors import stop_by_of

EXPOSURE = "settlement"  # what limits know these exposures by
CHUNK = 5_000
FARTHEST_STOP = timedelta(days=14)  # deadlines lie so many days before the due date at most
_NOTHING = Decimal(0)

_SIBLINGS = """
SELECT o.id FROM settlements_settlement o
 WHERE o.cancellation <> 'AGREED' AND (o.source_type, o.source_id) IN (
       SELECT source_type, source_id FROM settlements_settlement WHERE id = ANY(%s))
 ORDER BY o.id
"""
# What is linked with these, where a netting set stands on either side.
_NETS_OF = """
SELECT DISTINCT x.id
  FROM settlements_settlementlink l
  JOIN settlements_settlement n ON n.id IN (l.first_id, l.second_id) AND n.source_type = 'set'
 CROSS JOIN LATERAL unnest(ARRAY[l.first_id, l.second_id]) AS x(id)
 WHERE l.first_id = ANY(%(ids)s) OR l.second_id = ANY(%(ids)s)
"""
# Open settlements under limits of the kind that bring us something, what is left of each, with our side of its deal:
# `released` and `waiting` are the ids of what we give, by whether it may go out already. What is
# taken is read by the same statement: a release that commits meanwhile is seen whole or not at all.
_OPEN = """
WITH page AS MATERIALIZED (
       SELECT s.* FROM settlements_settlement s
        WHERE s.id > %(after)s AND s.settlement <> 'SETTLED' AND s.cancellation <> 'AGREED'
          AND s.netted_by_id IS NULL
          AND (s.quantity > 0 AND (s.method = 'DVP' OR s.source_type = 'net' OR NOT s.delivers)
               OR s.quantity = 0 AND s.delivers AND s.source_type <> 'net')
          AND (%(ids)s::bigint[] IS NULL OR s.id = ANY(%(ids)s::bigint[]))
          AND (%(instruments)s::bigint[] IS NULL OR s.asset_id = ANY(%(instruments)s::bigint[]))
          AND (%(due)s::date IS NULL OR s.due_date <= %(due)s AND s.method <> 'DVP'
               AND s.source_type <> 'net' AND NOT EXISTS (
                 SELECT 1 FROM limits_reservation r
                  WHERE r.source_type = 'settlement' AND r.source_id = s.id AND r.state = 'COMMITTED'))
          AND EXISTS (SELECT 1 FROM limits_limit l
                        JOIN refdata_party c ON c.id = s.counterparty_id
                       WHERE l.kind = 'COUNTERPARTY_SETTLEMENT' AND l.entity_id = s.entity_id
                         AND l.closed_at IS NULL
                         AND (l.party_id = c.id OR l.group_id = c.group_id))
        ORDER BY s.id LIMIT %(most)s)
SELECT p.id, l.id, l.currency, l.defined_at, p.method = 'DVP' OR p.source_type = 'net', NOT p.delivers,
       CASE WHEN p.quantity > 0 THEN p.asset_id END, p.quantity - p.settled_quantity,
       CASE WHEN p.source_type = 'net' THEN CASE WHEN p.delivers THEN -net.cost ELSE net.cost END
            WHEN p.quantity > 0 AND p.source_type <> 'set' THEN v.gross_amount ELSE p.amount END
       * CASE WHEN p.settled_quantity > 0 THEN (p.quantity - p.settled_quantity) / p.quantity ELSE 1 END,
       m.code, p.due_date, CASE p.source_type WHEN 'set' THEN -p.source_id ELSE p.source_id END,
       ours.released, ours.waiting, r.amount, coalesce(r.basis, '')
  FROM page p
  JOIN refdata_party c ON c.id = p.counterparty_id
  JOIN limits_limit l ON l.kind = 'COUNTERPARTY_SETTLEMENT' AND l.entity_id = p.entity_id AND l.closed_at IS NULL
   AND (l.party_id = c.id OR l.group_id = c.group_id)
  JOIN refdata_asset m ON m.id = p.money_asset_id
  LEFT JOIN deals_deal d ON p.source_type = 'deal' AND d.id = p.source_id
  LEFT JOIN deals_dealversion v ON v.deal_id = d.id AND v.number = d.version
  CROSS JOIN LATERAL (
       SELECT coalesce(sum(CASE f.direction WHEN 'RECEIVE' THEN w.gross_amount ELSE -w.gross_amount END), 0) AS cost
         FROM settlements_nettedflow k
         JOIN deals_flow f ON f.id = k.flow_id
         JOIN deals_dealversion w ON w.deal_id = k.deal_id AND w.number = f.version AND w.currency = m.code
        WHERE p.source_type = 'net' AND k.obligation_id = p.source_id
          AND NOT EXISTS (SELECT 1 FROM settlements_leftflow u WHERE u.netted_id = k.id)) net
  CROSS JOIN LATERAL (
       SELECT coalesce(array_agg(DISTINCT g.id) FILTER (WHERE g.approval = 'APPROVED'), '{}') AS released,
              coalesce(array_agg(DISTINCT g.id) FILTER (WHERE g.approval = 'PREPARED'), '{}') AS waiting
         FROM (SELECT s.* FROM settlements_settlement s
                WHERE s.source_type = p.source_type AND s.source_id = p.source_id
                UNION ALL -- of a net its partners; of a leg the net that the other leg is in
               SELECT s.* FROM settlements_settlementlink k
                 JOIN settlements_settlement s ON s.id IN (k.first_id, k.second_id) AND s.id <> p.id
                WHERE (k.first_id = p.id OR k.second_id = p.id) AND 'set' IN (p.source_type, s.source_type)) g
        WHERE g.cancellation <> 'AGREED' AND g.netted_by_id IS NULL
          AND g.due_date = p.due_date AND (g.method = 'DVP' OR g.delivers = (g.quantity > 0))) ours
  LEFT JOIN limits_reservation r ON r.source_type = 'settlement' AND r.source_id = p.id
   AND r.limit_id = l.id AND r.state = 'COMMITTED'
 ORDER BY p.id, l.id
"""
_ENDED = """
SELECT r.source_id, r.limit_id, r.amount, r.basis
  FROM limits_reservation r LEFT JOIN settlements_settlement s ON s.id = r.source_id
 WHERE r.source_type = 'settlement' AND r.state = 'COMMITTED'
   AND (s.id IS NULL OR s.settlement = 'SETTLED' OR s.cancellation = 'AGREED' OR s.netted_by_id IS NOT NULL)
 ORDER BY r.source_id LIMIT %s
"""
_RELEASED_AT = """
SELECT subject_id, max(recorded_at) FROM events_event
 WHERE subject_type = 'settlement' AND subject_id = ANY(%s) AND kind = 'settlement.release'
 GROUP BY subject_id
"""


class OpenReceipt(NamedTuple):
    """What we are still to receive, under which limit, and what of our own side has begun."""

    id: int
    limit_id: int
    limit_currency: str
    defined_at: datetime
    against_payment: bool
    buys: bool
    instrument_id: int | None
    quantity: Decimal
    agreed: Decimal
    currency: str
    due_date: date
    source_id: int
    released: list[int]
    waiting: list[int]
    taken: Decimal | None
    basis: str


def with_siblings(ids: Sequence[int], *, lock: str = "") -> list[int]:
    """Settlements and all others of the same deals, and the nets they are linked with, in ascending id."""
    with connection.cursor() as cursor:
        cursor.execute(_NETS_OF, {"ids": array(ids)})
        nets = [row[0] for row in cursor.fetchall()]
        cursor.execute(f"{_SIBLINGS} {lock}", [array([*ids, *nets])])
        return [row[0] for row in cursor.fetchall()]


def lock_with_siblings(ids: Sequence[int]) -> list[int]:
    """The same, locked: what one side takes depends on how the other stands while it is decided."""
    return with_siblings(ids, lock="FOR UPDATE")


def recompute_exposures(*, business_date: date, at: datetime) -> Recomputed:
    """Bring what all open settlements use to what they should use at the prices of a day.

    Restartable: every chunk is a transaction of its own, and a chunk that is right is not written.
    """
    done = _recompute({}, business_date, at)
    while ended := _ended():
        done.add(replace_exposures(EXPOSURE, ended, business_date=business_date, at=at))
    return done


def revalue_exposures(
    *, instrument_ids: Collection[int], rates: bool, business_date: date, at: datetime,
    everything: bool = False,
) -> Recomputed:  # fmt: skip
    """The same for what added prices, or added rates, concern; for all where a limit is new."""
    chosen = {} if rates or everything else {"instruments": sorted(instrument_ids)}
    return _recompute(chosen, business_date, at)


def take_passed_deadlines(*, business_date: date, at: datetime) -> Recomputed:
    """What waits for its release counts from the moment it can no longer be stopped; nobody is asked.

    An obligation is not dropped because there is no room: what is beyond the limit becomes its excess.
    """
    return _recompute({"due": firm_day(at) + FARTHEST_STOP}, business_date, at)


def _pages(chosen: Mapping[str, Any]) -> Iterator[list[OpenReceipt]]:
    after = 0
    while rows := page_of(after=after, **chosen):
        yield rows
        after = rows[-1].id


def page_of(
    *, after: int = 0, ids: Sequence[int] | None = None,
    instruments: Sequence[int] | None = None, due: date | None = None,
) -> list[OpenReceipt]:  # fmt: skip
    """Those of some settlements, or the next ones after a key; with `due` those that take nothing yet."""
    values: dict[str, Any] = {
        "after": after, "ids": None if ids is None else list(ids), "instruments": instruments,
        "due": due, "most": CHUNK if ids is None else len(ids),
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_OPEN, values)
        return [OpenReceipt(*row) for row in cursor.fetchall()]


def _recompute(chosen: Mapping[str, Any], day: date, at: datetime) -> Recomputed:
    done = Recomputed()
    for rows in _pages(chosen):
        market = _market(rows, day)
        differences = _differences(rows, market, at)
        done.checked += len(rows)
        done.stale |= market.stale()
        done.add(_replaced(differences, day, at))
    return done


def _replaced(differences: Sequence[Difference], day: date, at: datetime) -> Recomputed:
    """What is missing is looked at again while its settlements are locked; the rest needs no lock."""
    there = [each for each in differences if each.before is not None]
    missing = sorted({each.source_id for each in differences if each.before is None})
    done = replace_exposures(EXPOSURE, there, business_date=day, at=at)
    if missing:
        with transaction.atomic():
            lock_with_siblings(missing)
            rows = page_of(ids=missing)
            again = _differences(rows, _market(rows, day), at)
            added = [each for each in again if each.before is None]
            done.add(replace_exposures(EXPOSURE, added, business_date=day, at=at))
    return done


def count_again(ids: Sequence[int], *, at: datetime) -> None:
    """Let settlements that live again count as they did before; in the caller's transaction."""
    if ids:
        rows = page_of(ids=lock_with_siblings(ids))
        found = [
            each._replace(explained=True)
            for each in _differences(rows, _market(rows, firm_day(at)), at)
        ]
        replace_exposures(EXPOSURE, found, business_date=firm_day(at), at=at)


def _ended() -> list[Difference]:
    """What still counts although its settlement is over."""
    with connection.cursor() as cursor:
        cursor.execute(_ENDED, [CHUNK])
        rows = cursor.fetchall()
    return [Difference(id, limit, amount, None, basis, False) for id, limit, amount, basis in rows]


def expose_anew(ids: Sequence[int], *, at: datetime) -> None:
    """Give back what these hold beyond what is left of them, by the prices and rates they took it at.

    For what settled in part, in the caller's transaction: the limits are locked here, unless they are already.
    """
    rows = [row for row in page_of(ids=ids) if row.taken is not None]
    stops = stop_by_of([id for row in rows if not row.released for id in row.waiting])
    market, found = _market(rows, firm_day(at)), []
    for row in rows:
        stop_by = min((stops[id] for id in row.waiting if id in stops), default=None)
        then = market.then(row.basis, market.day, at)
        try:
            now = amount_of(row, market, then, stop_by=stop_by, at=at)
        except NoRate:  # the night says so; what is settled is settled
            continue
        if now != row.taken:
            found.append(Difference(row.id, row.limit_id, row.taken, now or None, row.basis, True))
    replace_exposures(EXPOSURE, found, business_date=market.day, at=at)


def _differences(rows: Sequence[OpenReceipt], market: Market, at: datetime) -> list[Difference]:
    """Those of these that do not take what they should."""
    stops = stop_by_of([id for row in rows if not row.released for id in row.waiting])
    found: list[Difference] = []
    missing: list[tuple[OpenReceipt, Difference]] = []
    for row in rows:
        stop_by = min((stops[id] for id in row.waiting if id in stops), default=None)
        today = market.today(row.instrument_id, row.against_payment)
        now = amount_of(row, market, today, stop_by=stop_by, at=at)
        before = row.taken
        if before is None:
            if now:
                new = Difference(row.id, row.limit_id, None, now, today.words(), True, row.due_date)
                missing.append((row, new))
        elif before != now:
            then = market.then(row.basis, market.day, at)
            explained = amount_of(row, market, then, stop_by=stop_by, at=at) == before
            found.append(
                Difference(row.id, row.limit_id, before, now or None, today.words(), explained)
            )
    return [*found, *_with_reasons(missing)]


def _with_reasons(missing: Sequence[tuple[OpenReceipt, Difference]]) -> Iterator[Difference]:
    """What was released under a limit that was there already should have taken its room then."""
    if not missing:
        return
    ids = [id for row, _ in missing if not row.against_payment for id in row.released]
    with connection.cursor() as cursor:
        cursor.execute(_RELEASED_AT, [ids])
        released_at = dict(cursor.fetchall())
    for row, difference in missing:
        times = [released_at[id] for id in row.released if id in released_at]
        late = not row.against_payment and any(each > row.defined_at for each in times)
        yield difference._replace(explained=not late)


def _market(rows: Sequence[OpenReceipt], day: date) -> Market:
    priced = {r.instrument_id for r in rows if r.against_payment and r.instrument_id is not None}
    return Market(reference_data(), day, priced)


def amount_of(
    row: OpenReceipt, market: Market, basis: Basis, *, stop_by: datetime | None, at: datetime
) -> Decimal:
    """What it puts at risk now, in the limit's currency, by the prices and rates of a basis."""
    move = _NOTHING
    if row.against_payment and basis.price is not None:
        worth = market.worth(row.quantity, row.currency, basis)
        move = price_move(buys=row.buys, agreed=row.agreed, market=worth)
    begun = at if row.released else None
    exact = settlement_exposure(
        receives=row.agreed, price_move=move, against_payment=row.against_payment, left_at=begun,
        stop_by=stop_by or begun or at + timedelta(days=1), received_at=None, at=at,
    )  # fmt: skip
    return market.converted(exact, row.currency, row.limit_currency, basis) if exact else _NOTHING
