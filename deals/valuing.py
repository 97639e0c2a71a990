"""Prices and rates to value exposures with: those of a day, and those an amount was made of before.

What an amount was worked out with is kept beside it by name, `P12 R7`: prices and rates are facts, so
the names say the numbers for ever.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Q

from backoffice.kernel.money import Money
from backoffice.kernel.rounding import half_up_minor
from deals.exposure import NoRate
from refdata.models import FxRate, Price
from refdata.selectors import ReferenceData, crossed, latest_prices


class RateRow(NamedTuple):
    id: int
    base: str
    value: Decimal
    recorded_at: datetime

    def of(self, base: str) -> Decimal:
        """What one unit of `base` is worth in the other currency."""
        return self.value if self.base == base else 1 / self.value


OneRate = Callable[[str, str], RateRow | None]


@dataclass(slots=True)
class Basis:
    """A price, if any, and where rates come from; it remembers which rates were used."""

    price: Price | None
    one: OneRate
    used: set[int] = field(default_factory=set)

    def rate(self, base: str, quote: str) -> Decimal | None:
        return crossed(base, quote, self._one)

    def _one(self, base: str, quote: str) -> Decimal | None:
        row = self.one(base, quote)
        if row is None:
            return None
        self.used.add(row.id)
        return row.of(base)

    def words(self) -> str:
        """The names of what was used, as they are kept beside the amount."""
        price = [] if self.price is None else [f"P{self.price.pk}"]
        return " ".join([*price, *(f"R{id}" for id in sorted(self.used))])


class Market:
    """The prices and rates on or before a day, each read once."""

    def __init__(
        self, reference: ReferenceData, day: date, instrument_ids: Collection[int]
    ) -> None:
        self.reference = reference
        self.day = day
        self.prices = latest_prices(day, sorted(instrument_ids)) if instrument_ids else {}
        self._rates: dict[tuple[str, str, date, datetime | None], RateRow | None] = {}
        self._by_id: dict[str, tuple[Price | None, dict[frozenset[str], RateRow]]] = {}

    def today(self, instrument_id: int | None, moves: bool) -> Basis:
        """What exposures are valued with on this day."""
        price = self.prices.get(instrument_id) if moves and instrument_id is not None else None
        return Basis(price, lambda base, quote: self._latest(base, quote, self.day, None))

    def then(self, words: str | None, trade_date: date, recorded_at: datetime) -> Basis:
        """What an amount was made of: named beside it, else the rates that capture found."""
        if words is None:
            return Basis(None, lambda b, q: self._found_by_capture(b, q, trade_date, recorded_at))
        price, rates = self._named(words)
        return Basis(price, lambda base, quote: rates.get(frozenset((base, quote))))

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

    def _found_by_capture(self, base: str, quote: str, day: date, at: datetime) -> RateRow | None:
        row = self._latest(base, quote, day, None)
        if row is not None and row.recorded_at > at:  # it came later than the deal
            return self._latest(base, quote, day, at)
        return row

    def _latest(
        self, base: str, quote: str, day: date, known_at: datetime | None
    ) -> RateRow | None:
        key = (min(base, quote), max(base, quote), day, known_at)
        if key not in self._rates:
            rows = FxRate.objects.filter(_pair(base, quote), rate_date__lte=day)
            if known_at is not None:
                rows = rows.filter(recorded_at__lte=known_at)
            found = rows.order_by("-rate_date", "-id").first()
            self._rates[key] = None if found is None else _row(found)
        return self._rates[key]

    def _named(self, words: str) -> tuple[Price | None, dict[frozenset[str], RateRow]]:
        if words not in self._by_id:
            names = words.split()
            rates = FxRate.objects.filter(pk__in=[n[1:] for n in names if n.startswith("R")])
            prices = Price.objects.filter(pk__in=[n[1:] for n in names if n.startswith("P")])
            self._by_id[words] = (
                prices.first(),
                {frozenset((row.base, row.quote)): _row(row) for row in rates},
            )
        return self._by_id[words]


def _pair(base: str, quote: str) -> Q:
    return Q(base=base, quote=quote) | Q(base=quote, quote=base)


def _row(row: FxRate) -> RateRow:
    return RateRow(row.pk, row.base, row.value, row.recorded_at)
