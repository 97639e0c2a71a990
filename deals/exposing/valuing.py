"""Prices and rates to value exposures with: those of a day, and those an amount was made of before.

What an amount was worked out with is kept beside it by name, `P12 R7`: prices and rates are facts, so
the names say the numbers for ever.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from backoffice.kernel.money import Money
from backoffice.kernel.rounding import half_up_minor
from deals.exposing.exposure import NoRate
from refdata.quotes import Quote, StoredRate, crossed, last_rate, named, prices_on, stale_check
from refdata.selectors import ReferenceData

OneRate = Callable[[str, str], StoredRate | None]


@dataclass(slots=True)
class Basis:
    """A price, if any, and where rates come from; it remembers which rates were used."""

    price: Quote | None
    last: OneRate
    used: set[StoredRate] = field(default_factory=set)

    def rate(self, base: str, quote: str) -> Decimal | None:
        rate = crossed(base, quote, self.last)
        if rate is None:
            return None
        self.used |= set(rate.made_of)
        return rate.value

    def words(self) -> str:
        """The names of what was used, as they are kept beside the amount."""
        price = [] if self.price is None else [self.price.name]
        return " ".join([*price, *(rate.name for rate in sorted(self.used))])


class Market:
    """The prices and rates on or before a day, each read once; it remembers what was asked for."""

    def __init__(
        self, reference: ReferenceData, day: date, instrument_ids: Collection[int]
    ) -> None:
        self.reference = reference
        self.day = day
        self.prices = prices_on(day, instrument_ids) if instrument_ids else {}
        self._valued_with: set[Quote] = set()
        self._rates: dict[tuple[str, str, date, datetime | None], StoredRate | None] = {}
        self._made_of: dict[str, tuple[Quote | None, dict[frozenset[str], StoredRate]]] = {}

    def today(self, instrument_id: int | None, moves: bool) -> Basis:
        """What exposures are valued with on this day."""
        price = self.prices.get(instrument_id) if moves and instrument_id is not None else None
        if price is not None:
            self._valued_with.add(price)
        return Basis(price, lambda base, quote: self._latest(base, quote, self.day, None))

    def then(self, words: str | None, trade_date: date, recorded_at: datetime) -> Basis:
        """What an amount was made of: named beside it, else the rates that capture found."""
        if words is None:
            return Basis(None, lambda b, q: self._found_by_capture(b, q, trade_date, recorded_at))
        price, rates = self._named(words)
        return Basis(price, lambda base, quote: rates.get(frozenset((base, quote))))

    def stale(self) -> set[str]:
        """The names of the prices and rates of this day that were asked for and are stale on it."""
        is_stale = stale_check(self.day)
        rates = {
            r for (_, _, day, at), r in self._rates.items() if r and day == self.day and not at
        }
        return {each.name for each in self._valued_with | rates if is_stale(each.source, each.day)}

    def worth(self, quantity: Decimal, currency: str, basis: Basis) -> Decimal:
        """A quantity at the price of a basis, in a currency, half up to its minor unit."""
        assert basis.price is not None
        exact = Money(quantity * basis.price.value, basis.price.currency)
        if exact.currency == currency:
            return half_up_minor(exact.amount, self.reference.currencies[currency].minor_unit)
        return self.converted(exact.amount, exact.currency, currency, basis)

    def converted(self, amount: Decimal, currency: str, into: str, basis: Basis) -> Decimal:
        """An amount in another currency by the rates of a basis, as capture does. Raises NoRate."""
        if currency == into:
            return amount
        rate = basis.rate(currency, into)
        if rate is None:
            raise NoRate(currency=currency, into=into, day=self.day.isoformat())
        unit = self.reference.currencies[into].minor_unit
        return Money(amount, currency).converted(rate, into, unit).amount

    def _found_by_capture(
        self, base: str, quote: str, day: date, at: datetime
    ) -> StoredRate | None:
        row = self._latest(base, quote, day, None)
        if row is not None and row.recorded_at > at:  # it came later than the deal
            return self._latest(base, quote, day, at)
        return row

    def _latest(
        self, base: str, quote: str, day: date, known_at: datetime | None
    ) -> StoredRate | None:
        key = (min(base, quote), max(base, quote), day, known_at)
        if key not in self._rates:
            self._rates[key] = last_rate(base, quote, on=day, known_at=known_at)
        return self._rates[key]

    def _named(self, words: str) -> tuple[Quote | None, dict[frozenset[str], StoredRate]]:
        if words not in self._made_of:
            price, rates = named(words)
            pairs = {frozenset((rate.base, rate.quote)): rate for rate in rates}
            self._made_of[words] = price, pairs
        return self._made_of[words]
