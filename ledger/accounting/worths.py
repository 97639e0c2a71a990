"""What one unit of an asset is worth on a day, in a currency: by the last price and rate known of it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import partial
from typing import NamedTuple

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from backoffice.events.selectors import KnownAt
from ledger.valuing import NoRateToValue
from refdata.models import Currency
from refdata.quotes import Quote, crossed, first_price, first_rate, prices_on, rate_on
from refdata.selectors import reference_data

ZERO = Decimal(0)
FINE = Decimal("1e-18")  # a rate that is crossed has no end


class Instead(TextChoices):
    """By what an asset is counted that has no price or rate of its day or before."""

    NOTHING = "NOTHING", _("Counted as worth nothing")
    LATER = "LATER", _("The first price or rate after it")


class Lacking(NamedTuple):
    asset_id: int
    day: date
    instead: Instead


class Worths:
    """Money is worth its rate, a security its price; a bond, which is priced without it, with its accrued coupon.

    All by what is quoted until a day, as known at a watermark.
    """

    def __init__(self, base: str, until: date, known: KnownAt) -> None:
        self.base, self.until, self.known = base, until, known
        rows = list(Currency.objects.values_list("asset_id", "code", "minor_unit"))
        self.money = {asset: code for asset, code, _unit in rows}
        self.minor_units = {code: unit for _asset, code, unit in rows}
        self.lacking: set[Lacking] = set()
        self._bonds = reference_data().bonds
        self._found: dict[tuple[int, date], Decimal] = {}
        self._prices: dict[date, dict[int, Quote]] = {}
        self._rates: dict[tuple[str, date, bool], Decimal | None] = {}

    @property
    def minor_unit(self) -> int:
        """Of the currency that all is worth."""
        return self.minor_units[self.base]

    def of(self, asset_id: int, day: date) -> Decimal:
        """On a day, to 18 decimals: by the first that was quoted after it where nothing was by then.

        Opening balances are older than the quotes that a firm begins with. A security without any price is worth
        nothing. Raises NoRateToValue.
        """
        if (asset_id, day) not in self._found:
            found = self._worth(asset_id, day)
            if found is None:
                found = self._worth(asset_id, day, later=True)
                instead = Instead.NOTHING if found is None else Instead.LATER
                self.lacking.add(Lacking(asset_id, day, instead))
            self._found[asset_id, day] = found or ZERO
        return self._found[asset_id, day]

    def apart(self, asset_id: int, first: date, last: date) -> dict[str, Decimal]:
        """Why one unit is worth something else on a later day: price, rate and coupon, which add up to the change."""
        change = self.of(asset_id, last) - self.of(asset_id, first)
        if asset_id in self.money:
            return {"FX": change}
        carry = self.accrued(asset_id, last) - self.accrued(asset_id, first)
        price, rates = self._price(asset_id, first, later=True), ZERO
        if price is not None:
            rates = self.in_base(price.value, price.currency, last)
            rates -= self.in_base(price.value, price.currency, first)
        return {"PRICE": change - carry - rates, "FX": rates, "CARRY": carry}

    def accrued(self, asset_id: int, day: date) -> Decimal:
        """What of the worth of one is its coupon; nothing but of a bond within its life."""
        bond = self._bonds.get(asset_id)
        if bond is None or bond.coupon_on(day) is None:
            return ZERO
        accrued = bond.accrued_in_full(Decimal(1), day, self.minor_units[bond.currency])
        return self.in_base(accrued, bond.currency, day)

    def in_base(self, amount: Decimal, currency: str, day: date) -> Decimal:
        """An amount at the rate of a day, or the first after it, to 18 decimals. Raises NoRateToValue."""
        rate = self._rate(currency, day, later=True)
        if rate is None:
            raise NoRateToValue(currency=currency, base=self.base, day=day.isoformat())
        return (amount * rate).quantize(FINE)

    def _worth(self, asset_id: int, day: date, *, later: bool = False) -> Decimal | None:
        """None where its price or rate is not quoted by then. Raises NoRateToValue where no rate is, later either."""
        if asset_id in self.money:
            amount, currency = Decimal(1), self.money[asset_id]
        else:
            price = self._price(asset_id, day, later=later)
            if price is None:
                return None
            amount, currency = price.value, price.currency
        if not later and self._rate(currency, day, later=False) is None:
            return None
        return self.in_base(amount, currency, day) + self.accrued(asset_id, day)

    def _price(self, asset_id: int, day: date, *, later: bool) -> Quote | None:
        if day not in self._prices:
            self._prices[day] = prices_on(day, horizon=self.known.horizon)
        found = self._prices[day].get(asset_id)
        if found is None and later:
            return first_price(asset_id, after=day, until=self.until, horizon=self.known.horizon)
        return found

    def _rate(self, currency: str, day: date, *, later: bool) -> Decimal | None:
        key = currency, day, later
        if key not in self._rates:
            horizon = self.known.horizon
            rate = rate_on(currency, self.base, day, horizon=horizon)
            if rate is None and later:
                first = partial(first_rate, after=day, until=self.until, horizon=horizon)
                rate = crossed(currency, self.base, first)
            self._rates[key] = None if rate is None else rate.value
        return self._rates[key]
