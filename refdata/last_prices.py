"""The last prices and rates, kept in each process for who looks at one deal after another.

Only what is not stale is there: a price of last month says nothing about one of today. What is
loaded meanwhile is seen within a second.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from django.db import connection

from refdata.quotes import Quote, price_orders, prices_on, rate_on, stale_check

CHECK_EVERY_SECONDS = 1.0
OLDEST_DAYS = 30  # a source that is fresh for longer than this is none that prices are held against
MOST_DAYS_KEPT = 50

# Of every instrument the last price on or before a day: an index lookup for each.
_LAST = """
SELECT i.asset_id, p.id, p.value, p.currency, p.price_date, p.source
  FROM refdata_instrument i CROSS JOIN LATERAL (
       SELECT p.id, p.value, p.currency, p.price_date, p.source FROM refdata_price p
        WHERE p.instrument_id = i.asset_id AND p.price_date <= %(day)s
          AND p.price_date > %(day)s - %(oldest)s::int
        ORDER BY p.price_date DESC, p.id DESC LIMIT 1) p
"""
_VERSION = """
SELECT (SELECT coalesce(max(id), 0) FROM refdata_price),
       (SELECT coalesce(max(id), 0) FROM refdata_fxrate)
"""


class LastPrices:
    """The prices and rates that were the last on some days, as of one look at the tables."""

    def __init__(self, version: tuple[int, int]) -> None:
        self.version = version
        self._prices: dict[date, Mapping[int, Quote]] = {}
        self._rates: dict[tuple[str, str, date], Decimal | None] = {}

    def price(self, instrument_id: int, day: date) -> Quote | None:
        """The last price on or before a day, unless it is stale by what its source declares."""
        prices = self._prices.get(day)
        if prices is None:
            if len(self._prices) >= MOST_DAYS_KEPT:
                self._prices.clear()
            prices = self._prices[day] = _fresh_prices(day)
        return prices.get(instrument_id)

    def rate(self, base: str, quote: str, day: date) -> Decimal | None:
        """What one unit of `base` was worth, unless a stored rate it is made of is stale."""
        key = (base, quote, day)
        if key not in self._rates:
            self._rates[key] = _fresh_rate(base, quote, day)
        return self._rates[key]


def _fresh_prices(day: date) -> Mapping[int, Quote]:
    is_stale = stale_check(day)
    orders = price_orders(day)
    if orders:
        return {
            id: quote
            for id, quote in prices_on(day).items()
            if not is_stale(quote.source, quote.day)
        }
    with connection.cursor() as cursor:
        cursor.execute(_LAST, {"day": day, "oldest": OLDEST_DAYS})
        found = {row[0]: Quote(*row[1:]) for row in cursor.fetchall()}
    return {id: quote for id, quote in found.items() if not is_stale(quote.source, quote.day)}


def _fresh_rate(base: str, quote: str, day: date) -> Decimal | None:
    rate = rate_on(base, quote, day)
    is_stale = stale_check(day)
    if rate is None or any(is_stale(each.source, each.day) for each in rate.made_of):
        return None
    return rate.value


_kept: LastPrices | None = None
_checked_at = 0.0
_reading = threading.Lock()


def last_prices() -> LastPrices:
    """What is kept, or a new look when rows were added; at most CHECK_EVERY_SECONDS behind."""
    global _kept, _checked_at
    now = time.monotonic()
    if _kept is not None and now - _checked_at < CHECK_EVERY_SECONDS:
        return _kept
    with _reading:
        with connection.cursor() as cursor:
            cursor.execute(_VERSION)
            version = cursor.fetchone()
        if _kept is None or _kept.version != version:
            _kept = LastPrices(version)
        _checked_at = now
        return _kept


def forget_last_prices() -> None:
    """Look anew next time; tests add prices between two deals."""
    global _kept
    _kept = None
