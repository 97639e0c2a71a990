"""The open currency position in total, over all currencies: what is long or what is short, whichever is more.

It is no sum of what deals add. A deal takes what it can move the total by at most; every half minute, when
prices or rates are added and every night the limit becomes the source of its own exposure (`position`), by
the books and the deals that are not booked yet, and what deals took of it counts no more (decision 0151).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import connection

from backoffice.kernel.rounding import half_up_minor
from deals.exposing.exposure import LimitRow, NoRate, definitions
from deals.exposing.live import LIVE
from deals.exposing.valuing import Basis, Market
from deals.services import SOURCE
from ledger.models import LedgerAccount
from ledger.selectors import balances
from ledger.state import AccountKind
from limits.add_ons import GOLD
from limits.exposures import Difference, Recomputed, replace_together
from limits.rules import total_position
from limits.state import LimitKind
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
_BY_DEALS = """
SELECT r.source_id, r.limit_id, r.amount, r.basis FROM limits_reservation r
 WHERE r.source_type = 'deal' AND r.source_id > %s AND r.limit_id = %s AND r.state = 'COMMITTED'
   AND r.amount <> 0
"""
_LAST = "SELECT coalesce(max(id), 0) FROM deals_deal"
# What own deals that the books do not have yet move of each asset, without interest, as those book it.
_NOT_BOOKED = """
SELECT f.asset_id, sum(CASE f.direction WHEN 'RECEIVE' THEN f.quantity ELSE -f.quantity END)
  FROM deals_deal d JOIN deals_flow f ON f.deal_id = d.id AND f.version = d.version
 WHERE d.entity_id = %s AND d.capacity = 'OWN' AND d.state = ANY(%s) AND f.kind <> 'INTEREST'
   AND NOT EXISTS (
         SELECT 1 FROM ledger_journalentry e
          WHERE e.entity_id = d.entity_id AND e.source_type = 'deal' AND e.source_id = d.id
            AND e.kind = 'deal.trade'
            AND NOT EXISTS (SELECT 1 FROM ledger_journalentry r WHERE r.reverses_id = e.id))
 GROUP BY 1
"""


def revalue_totals(
    *, business_date: date, at: datetime, instrument_ids: Collection[int] = (), rates: bool = True,
    everything: bool = True, all_deals: bool = False,
) -> Recomputed:  # fmt: skip
    """Bring what counts under all these limits to what the books say, one after the other. Raises NoRate.

    `all_deals`: what deals took long ago and were amended since is looked for as well, as every night.
    """
    done = Recomputed()
    day = max(business_date, at.date())
    for limit in totals():
        parts = _differences(limit, day, all_deals)
        done.checked += 1
        if any(parts.values()):
            done.add(replace_together(parts, business_date=day, at=at))
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


def positions_of(entity_id: int) -> dict[int, Decimal]:
    """What an entity has of each asset, below nothing where it owes: by its books, and by its deals."""
    reference = reference_data()
    books = [row for row in reference.books.values() if row.entity_id == entity_id]
    accounts = LedgerAccount.objects.filter(
        kind=AccountKind.POSITION, book_id__in=[row.id for row in books],
        owner_id__in={row.own_party_id for row in books},
    )  # fmt: skip
    has: dict[int, Decimal] = {}
    with connection.cursor() as cursor:
        cursor.execute(_NOT_BOOKED, [entity_id, list(LIVE)])
        has.update(cursor.fetchall())
    for line in balances(account_ids=list(accounts.values_list("pk", flat=True))):
        # The account is credited with what the book has (decision 0005).
        has[line.asset_id] = has.get(line.asset_id, _NOTHING) - line.amount
    return has


def _by_currency(
    limit: LimitRow, moved: Amounts, day: date, market_of: Callable[..., Market]
) -> dict[str, Decimal]:
    """Each position but that in the limit's own currency, at the rates of a day; a security is its currency's.

    One without a price is worth nothing here: what was paid for it stands open.
    """
    reference = reference_data()
    codes = {row.asset_id: row.code for row in reference.currencies.values()}
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
        since = 0 if all_deals else max(looked - MARGIN, 0)
        cursor.execute(_BY_DEALS, [since, limit.id])
        by_deals = cursor.fetchall()
    words = f"D{day:%Y%m%d} {UNTIL}{last}"
    now = total_of(limit, day)
    # The name of the last deal moves on as well, before there are too many to look through.
    changed = now != (before or _NOTHING) or last - looked > 10 * MARGIN
    own = [Difference(limit.id, limit.id, before, now, words, True)] if changed else []
    return {
        SOURCE: [
            Difference(id, limit_id, amount, _NOTHING, POSITION, True)
            for id, limit_id, amount, _ in by_deals
        ],
        POSITION: own,
    }


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
