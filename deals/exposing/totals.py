"""The open currency position in total, over all currencies: what is long or what is short, whichever is more.

It is no sum of what deals add. A deal takes what it can move the total by at most; every half minute, when
prices or rates are added and every night the limit becomes the source of its own exposure (`position`), by
the books and the deals that are not booked yet, and what deals took of it counts no more (decision 0151).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from typing import Any

from django.db import connection

from backoffice.kernel.rounding import half_up_minor
from deals.exposing.exposure import LimitRow, NoRate, definitions
from deals.exposing.positions import positions_of
from deals.exposing.valuing import Basis, Market
from deals.services import SOURCE
from limits.add_ons import GOLD
from limits.exposures import Difference, Recomputed, replace_as_seen
from limits.rules import total_position
from limits.state import LimitKind
from refdata.firm_days import firm_day
from refdata.selectors import reference_data

POSITION = "position"  # what limits know it by
UNTIL = "U"  # names the last deal that was looked at: `D20261128 U1000`
MARGIN = 1_000  # ids before it: a deal draws its id before it is there
_NOTHING = Decimal(0)
Amounts = Mapping[int, Decimal]  # by asset

_TAKEN = """
SELECT limit_id, amount, basis FROM limits_reservation
 WHERE source_type = 'position' AND state = 'COMMITTED'
"""
# What the sum of all says that these do not explain, and what deals since one count by themselves.
_BY_DEALS = """
SELECT l.used - coalesce(p.amount, 0) - coalesce(sum(d.amount) OVER (), 0), d.source_id, d.amount
  FROM limits_limit l
  LEFT JOIN limits_reservation p ON p.source_type = 'position' AND p.source_id = l.id
   AND p.limit_id = l.id AND p.state = 'COMMITTED'
  LEFT JOIN limits_reservation d ON d.source_type = 'deal' AND d.source_id > %s
   AND d.limit_id = l.id AND d.state = 'COMMITTED' AND d.amount <> 0
 WHERE l.id = %s
"""
_LAST = "SELECT coalesce(max(id), 0) FROM deals_deal"


def revalue_totals(
    *, business_date: date, at: datetime, instrument_ids: Collection[int] = (), rates: bool = True,
    everything: bool = True, all_deals: bool = False,
) -> Recomputed:  # fmt: skip
    """Bring what counts under all these limits to what the books say, one after the other. Raises NoRate.

    `all_deals`: each is looked at, whatever the sum says, as every night.
    """
    done = Recomputed()
    day = max(business_date, firm_day(at))
    for limit in totals():
        done.checked += 1
        look = partial(_differences, limit, day, all_deals)
        done.add(replace_as_seen(look, business_date=day, at=at))
    return done


def total_differences(day: date, market_of: Callable[..., Market] = Market) -> list[Difference]:
    """What the prices and rates of a day make of all totals; changes nothing."""
    taken = _taken()
    found = []
    for limit in totals():
        before = taken.get(limit.id, (_NOTHING, ""))[0]
        now = total_of(limit, day, market_of=market_of)
        if now != before:
            found.append(Difference(limit.id, limit.id, before, now, None, True))
    return found


def totals() -> Iterator[LimitRow]:
    for kinds in definitions().of_entity.values():
        for rows in kinds.get(LimitKind.OPEN_CURRENCY_TOTAL.value, {}).values():
            yield from rows


def total_of(
    limit: LimitRow, day: date, *, also: Iterable[tuple[int, Decimal]] = (),
    market_of: Callable[..., Market] = Market, known: Amounts | None = None,
) -> Decimal:  # fmt: skip
    """The total in the limit's currency, with what a deal would `also` move of assets. Raises NoRate."""
    moved = dict(positions_of(limit.entity_id) if known is None else known)
    for asset_id, quantity in also:
        moved[asset_id] = moved.get(asset_id, _NOTHING) + quantity
    return total_position(_by_currency(limit, moved, day, market_of), gold=GOLD)


def _by_currency(
    limit: LimitRow, moved: Amounts, day: date, market_of: Callable[..., Market]
) -> dict[str, Decimal]:
    """Each position but that in the limit's own currency, at the rates of a day; a security is its currency's.

    One without a price is worth nothing here: what was paid for it stands open.
    """
    reference = reference_data()
    codes = reference.currency_codes
    market = market_of(reference, day, {id for id in moved if id not in codes})
    basis = market.today(None, False)
    found: dict[str, Decimal] = {}
    for asset_id, quantity in moved.items():
        of, amount = codes.get(asset_id), quantity
        if of is None:
            price = market.prices.get(asset_id)
            if price is None:
                continue
            of, amount = price.currency, quantity * price.value
        if of != limit.currency and amount:
            found[of] = found.get(of, _NOTHING) + amount
    unit = reference.currencies[limit.currency].minor_unit
    return {
        of: half_up_signed(_converted(amount, of, limit.currency, market, basis), unit)
        for of, amount in found.items()
    }


def half_up_signed(amount: Decimal, minor_unit: int) -> Decimal:
    rounded = half_up_minor(abs(amount), minor_unit)
    return rounded if amount > 0 else -rounded


def _converted(amount: Decimal, of: str, into: str, market: Market, basis: Basis) -> Decimal:
    rate = basis.rate(of, into)
    if rate is None:
        raise NoRate(currency=of, into=into, day=market.day.isoformat())
    return amount * rate


def _differences(limit: LimitRow, day: date, all_deals: bool) -> dict[str, Sequence[Difference]]:
    before, basis = _taken().get(limit.id, (None, ""))
    with connection.cursor() as cursor:
        cursor.execute(_LAST)
        last = int(cursor.fetchone()[0])
        looked = next((int(x[1:]) for x in basis.split() if x.startswith(UNTIL)), 0)
    by_deals = _by_deals(limit.id, looked, back=max(looked, MARGIN) if all_deals else MARGIN)
    words = f"D{day:%Y%m%d} {UNTIL}{last}"
    now = total_of(limit, day)
    # The name of the last deal moves on as well, before there are too many to look through.
    changed = now != (before or _NOTHING) or last - looked > 10 * MARGIN
    own = Difference(limit.id, limit.id, before, now, words, True, goes_with=limit.id)
    return {
        SOURCE: [
            Difference(id, limit.id, amount, _NOTHING, POSITION, True, goes_with=limit.id)
            for id, amount in by_deals
        ],
        POSITION: [own] if changed or by_deals else [],
    }


def _by_deals(limit_id: int, looked: int, *, back: int) -> list[tuple[int, Decimal]]:
    """The deals that count by themselves, from so many ids back on; further back while some are missing.

    Those of a large file were drawn long before they are there, and one that is amended may be of any day.
    """
    with connection.cursor() as cursor:
        while True:
            since = max(looked - back, 0)
            cursor.execute(_BY_DEALS, [since, limit_id])
            rows = cursor.fetchall()
            if not since or not rows[0][0]:
                return [(id, amount) for _, id, amount in rows if id is not None]
            back *= 10


def _taken() -> dict[int, tuple[Decimal, str]]:
    with connection.cursor() as cursor:
        cursor.execute(_TAKEN)
        return {id: (amount, basis or "") for id, amount, basis in cursor.fetchall()}


def counts_in_total(kind: str) -> bool:
    """Whether what deals take of a limit of a kind counts only until the next look."""
    return kind == LimitKind.OPEN_CURRENCY_TOTAL.value


def moved_by(flows: Iterable[Any]) -> list[tuple[int, Decimal]]:
    """What a deal that is not made yet would move of each asset."""
    return [
        (f.asset_id, f.quantity if f.direction == "RECEIVE" else -f.quantity)
        for f in flows
        if getattr(f, "kind", "") != "INTEREST"
    ]
