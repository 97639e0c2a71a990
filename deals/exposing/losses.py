"""The result of a day of dealers and books, and what of it counts under their stop-losses.

Worked out anew when prices, rates or limits were added, every half minute and every night. A limit is the
source of its own exposure: no deal takes anything of it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection

from backoffice.kernel.rounding import half_up_minor
from deals.exposing.exposure import LimitRow, definitions
from deals.exposing.live import LIVE, LiveFlow
from deals.exposing.netting import worth_of
from deals.exposing.valuing import Market
from ledger.models import LedgerAccount
from ledger.selectors import balances
from ledger.state import AccountKind
from limits.exposures import Difference, Recomputed, replace_exposures
from limits.rules import counted_loss
from limits.state import LimitKind
from refdata.firm_days import firm_day
from refdata.selectors import reference_data

RESULT = "result"  # what limits know the result of a day by
DEALT_AHEAD = timedelta(days=7)  # that a deal may be captured before its trade date
_NOTHING = Decimal(0)

# Money and securities that own deals of the day move, without what a bond has accrued, interest and tax:
# what goes out and comes back under the same deal is no result (decision 0101).
_DEALT = """
SELECT d.entity_id, d.book_id, coalesce(v.details->>'trader', u.username), d.instrument_id, f.asset_id,
       CASE WHEN a.kind = 'CURRENCY' THEN a.code END,
       sum(CASE f.direction WHEN 'RECEIVE' THEN f.quantity ELSE -f.quantity END)
  FROM deals_deal d
  JOIN deals_dealversion v ON v.deal_id = d.id AND v.number = d.version
  JOIN access_user u ON u.id = d.captured_by_id
  JOIN deals_flow f ON f.deal_id = d.id AND f.version = d.version
  JOIN refdata_asset a ON a.id = f.asset_id
 WHERE d.id >= %(first)s AND d.trade_date = %(day)s AND d.entity_id = ANY(%(entities)s)
   AND d.capacity = 'OWN' AND d.state = ANY(%(states)s) AND f.kind IN ('PRINCIPAL', 'FEE')
 GROUP BY 1, 2, 3, 4, 5, 6
 ORDER BY 1, 2, 3, 4, 5
"""
_NEXT = "SELECT id, captured_at FROM deals_deal WHERE id >= %s ORDER BY id LIMIT 1"
_LAST = "SELECT coalesce(max(id), 0) FROM deals_deal"
_TAKEN = """
SELECT limit_id, amount FROM limits_reservation WHERE source_type = 'result' AND state = 'COMMITTED'
"""


class Dealt(NamedTuple):
    """What all own deals of a day in one instrument, by one trader in one book, move."""

    entity_id: int
    book_id: int
    trader: str
    flows: list[LiveFlow]


def revalue_losses(
    *, business_date: date, at: datetime, instrument_ids: Collection[int] = (), rates: bool = True,
    everything: bool = True,
) -> Recomputed:  # fmt: skip
    """Bring what counts under all stop-losses to what it should be; raises NoRate before any of it."""
    # The night of a day that is over finds the next one begun.
    day = max(business_date, firm_day(at))
    checked, differences = loss_differences(day)
    done = replace_exposures(RESULT, differences, business_date=day, at=at)
    done.checked += checked
    return done


def loss_differences(
    day: date, market_of: Callable[..., Market] = Market
) -> tuple[int, list[Difference]]:
    """How many stop-losses there are, and which of them do not count what they should."""
    limits = list(_stop_losses())
    if not limits:
        return 0, []
    with connection.cursor() as cursor:
        cursor.execute(_TAKEN)
        before = dict(cursor.fetchall())
    now = {id: counted_loss(result) for id, result in results(limits, day, market_of).items()}
    words = f"D{day:%Y%m%d}"
    return len(limits), [
        Difference(id, id, before.get(id), after, words, True)
        for id, after in sorted(now.items())
        if before.get(id) != after
    ]


def _stop_losses() -> Iterator[LimitRow]:
    for kinds in definitions().of_entity.values():
        for rows in kinds.get(LimitKind.STOP_LOSS.value, {}).values():
            yield from rows


def results(
    limits: Iterable[LimitRow], day: date, market_of: Callable[..., Market] = Market
) -> dict[int, Decimal]:
    """What was won (or lost: below nothing) on a day, by limit and in its currency. Raises NoRate.

    Of a trader: by the deals dealt that day, at the last prices and rates. Of a book as a whole: by
    what it held before, too, which is worth more or less than at the prices of the day before.
    """
    rows = list(limits)
    dealt = list(_dealt({row.entity_id for row in rows}, day))
    held = _held([row for row in rows if not row.trader and row.book_id], day)
    priced = {f.asset_id for each in dealt for f in each.flows if f.code is None}
    priced |= {f.asset_id for flows in held.values() for f in flows if f.code is None}
    market, before = market_of(reference_data(), day, priced), Market(
        reference_data(), day - timedelta(days=1), priced
    )  # fmt: skip
    return {row.id: _result(row, dealt, held, market, before) for row in rows}


def _result(
    limit: LimitRow, dealt: Iterable[Dealt], held: Mapping[int, list[LiveFlow]], market: Market,
    before: Market,
) -> Decimal:  # fmt: skip
    basis, then = market.today(None, False), before.today(None, False)
    result = _NOTHING
    for each in dealt:
        if _concerns(limit, each):
            result += worth_of(each.flows, limit.currency, market, basis)
    if not limit.trader and limit.book_id is not None:
        for flow in held.get(limit.book_id, ()):
            if flow.code is None and not (
                flow.asset_id in market.prices and flow.asset_id in before.prices
            ):
                continue  # of which nobody knows what it was worth
            result += worth_of([flow], limit.currency, market, basis)
            result -= worth_of([flow], limit.currency, before, then)
    return half_up_minor(result, market.reference.currencies[limit.currency].minor_unit)


def _concerns(limit: LimitRow, dealt: Dealt) -> bool:
    return (
        limit.entity_id == dealt.entity_id
        and limit.book_id in (None, dealt.book_id)
        and limit.trader in ("", dealt.trader)
    )


def _dealt(entity_ids: Collection[int], day: date) -> Iterator[Dealt]:
    values: dict[str, Any] = {
        "first": _first_captured_since(day - DEALT_AHEAD), "day": day,
        "entities": sorted(entity_ids), "states": [*LIVE, "SETTLED", "CLOSED"],
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_DEALT, values)
        rows = cursor.fetchall()
    groups: dict[tuple[int, int, str, int | None], list[LiveFlow]] = {}
    for *key, asset_id, code, moved in rows:
        flow = _flow(asset_id, code, moved, day)
        groups.setdefault((key[0], key[1], key[2], key[3]), []).append(flow)
    for (entity_id, book_id, trader, _), flows in groups.items():
        yield Dealt(entity_id, book_id, trader, flows)


def _flow(asset_id: int, code: str | None, moved: Decimal, day: date) -> LiveFlow:
    return LiveFlow(0, "RECEIVE" if moved > 0 else "PAY", asset_id, code, abs(moved), day)


def _first_captured_since(day: date) -> int:
    """The least id of a deal captured on a day or later: ids grow with time, and no index is needed."""
    with connection.cursor() as cursor:
        cursor.execute(_LAST)
        low, high = 1, int(cursor.fetchone()[0]) + 1
        while low < high:
            middle = (low + high) // 2
            cursor.execute(_NEXT, [middle])
            row = cursor.fetchone()
            if row is None or firm_day(row[1]) >= day:
                high = middle
            else:
                low = row[0] + 1
    return low


def _held(limits: Collection[LimitRow], day: date) -> dict[int, list[LiveFlow]]:
    """What books had of each security and currency at the end of the day before, by their own accounts."""
    reference = reference_data()
    books = {row.book_id for row in limits if row.book_id is not None}
    if not books:
        return {}
    accounts = LedgerAccount.objects.filter(kind=AccountKind.POSITION, book_id__in=books)
    own = [row.own_party_id for row in reference.books.values() if row.id in books]
    of_book = dict(accounts.filter(owner_id__in=own).values_list("pk", "book_id"))
    codes = reference.currency_codes
    held: dict[int, list[LiveFlow]] = {}
    for line in balances(as_of=day - timedelta(days=1), account_ids=list(of_book)):
        if line.amount:
            # The account is credited with what the book has (decision 0005).
            flow = _flow(line.asset_id, codes.get(line.asset_id), -line.amount, day)
            held.setdefault(of_book[line.account_id] or 0, []).append(flow)
    return held
