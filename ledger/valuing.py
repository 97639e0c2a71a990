"""Valuation: what every owner's positions are worth at the close, by stored prices and rates.

A position is what is held at places plus what is dealt and not settled yet; what of a client is in our
use stays the client's. It is valued for the entity itself and for its clients; what others hold with us
is theirs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from django.db import connection, transaction
from django.db.models import Count, Q, Sum
from django.db.models.functions import Coalesce

from backoffice.events.copying import copy_rows
from backoffice.events.selectors import KnownAt
from backoffice.kernel.errors import Conflict
from backoffice.kernel.i18n import gettext_noop
from backoffice.kernel.rounding import half_up_minor
from ledger.models import Night, Valuation
from ledger.selectors import balances
from refdata.models import Currency
from refdata.quotes import Quote, Rate, StaleCheck, prices_on, rate_on, stale_check


class NoRateToValue(Conflict):
    code = "no-rate-to-value"
    title = gettext_noop("Positions cannot be valued without an exchange rate")
    detail = gettext_noop("No rate of %(currency)s in %(base)s is stored for %(day)s or before.")
    hint = gettext_noop("Load the rates of the day, then restart the step.")


class Holder(NamedTuple):
    """An account that counts in a position: whose, and whether what it counts is settled."""

    owner_id: int
    settled: bool


@dataclass(frozen=True, slots=True)
class Valued:
    """How many positions were valued, how many had no price, how many a stale price or rate, the sum.

    The sum is in the base currency.
    """

    positions: int
    unpriced: int
    stale: int
    total: Decimal


_HOLDERS = """
SELECT a.id, a.owner_id, a.kind NOT IN ('SETTLEMENT', 'NETTING', 'CONVERSION', 'USE')
  FROM ledger_ledgeraccount a
  JOIN refdata_entity e ON e.id = a.entity_id
  JOIN refdata_party p ON p.id = a.owner_id
 WHERE a.entity_id = %s AND a.kind IN ('HOLDING', 'CASH', 'SETTLEMENT', 'NETTING', 'CONVERSION', 'USE')
   AND (a.owner_id = e.own_party_id OR 'CLIENT' = ANY(p.roles))
"""
_COLUMNS = (
    "entity_id, night_id, owner_id, asset_id, settled, unsettled, price, price_date, price_source,"
    " price_stale, currency, value, rate, rate_date, rate_names, rate_stale, base_value, base_currency,"
    " recorded_at"
)


@transaction.atomic
def value_positions(night: Night, *, known: KnownAt, at: datetime) -> Valued:
    """Value all positions of a night's entity and day; once for each night.

    Values are rounded half up to the minor unit of their currency. Raises NoRateToValue before
    anything is written.
    """
    Night.objects.select_for_update().get(pk=night.pk)
    if not night.valuations.exists():
        day, base = night.day.day, night.entity.base_currency
        positions = positions_of(night.entity_id, day, known)
        copy_rows("ledger_valuation", _COLUMNS, _rows(night, positions, known, day, base, at))
    return Valued(
        **Valuation.objects.filter(night=night).aggregate(
            positions=Count("pk"),
            unpriced=Count("pk", filter=Q(price=None)),
            stale=Count("pk", filter=Q(price_stale=True) | Q(rate_stale=True)),
            total=Coalesce(Sum("base_value"), Decimal(0)),
        )
    )


def positions_of(
    entity_id: int, day: date, known: KnownAt
) -> dict[tuple[int, int], tuple[Decimal, Decimal]]:
    """By owner and asset: what is settled and what is not, as of a day as known at a watermark."""
    with connection.cursor() as cursor:
        cursor.execute(_HOLDERS, [entity_id])
        holders = {row[0]: Holder(*row[1:]) for row in cursor.fetchall()}
    sums: defaultdict[tuple[int, int], list[Decimal]] = defaultdict(
        lambda: [Decimal(0), Decimal(0)]
    )
    for line in balances(as_of=day, known=known, account_ids=list(holders)):
        holder = holders[line.account_id]
        sums[holder.owner_id, line.asset_id][0 if holder.settled else 1] += line.amount
    return {key: (pair[0], pair[1]) for key, pair in sorted(sums.items()) if any(pair)}


def _rows(
    night: Night,
    positions: Mapping[tuple[int, int], tuple[Decimal, Decimal]],
    known: KnownAt,
    day: date,
    base: str,
    at: datetime,
) -> Sequence[tuple[object, ...]]:
    currencies = {row.asset_id: row for row in Currency.objects.all()}
    units = {row.code: row.minor_unit for row in currencies.values()}
    securities = sorted({asset for _, asset in positions} - currencies.keys())
    prices = prices_on(day, securities, horizon=known.horizon)
    is_stale = stale_check(day)
    quoted = {price.currency for price in prices.values()}
    quoted |= {currencies[asset].code for _, asset in positions if asset in currencies}
    rates = {currency: _rate(currency, base, day, known) for currency in sorted(quoted)}
    rows = []
    for (owner_id, asset_id), (settled, unsettled) in positions.items():
        found = _price_of(asset_id, currencies, prices, is_stale)
        value = base_value = rate = None
        if found.price is not None:
            rate = rates[found.currency]
            value = half_up_minor(found.price * (settled + unsettled), units[found.currency])
            base_value = half_up_minor(value * rate.value, units[base])
        rows.append((
            night.entity_id, night.pk, owner_id, asset_id, settled, unsettled, *found, value,
            *_rate_columns(rate, is_stale), base_value, base, at.isoformat(),
        ))  # fmt: skip
    return rows


class _Priced(NamedTuple):
    """The columns of a price."""

    price: Decimal | None
    day: date | None
    source: str
    stale: bool
    currency: str


def _price_of(
    asset_id: int, currencies: Mapping[int, Currency], prices: Mapping[int, Quote], is_stale: StaleCheck
) -> _Priced:  # fmt: skip
    """Money is worth itself; a security what its last price says, if it has one."""
    if asset_id in currencies:
        return _Priced(Decimal(1), None, "", False, currencies[asset_id].code)
    price = prices.get(asset_id)
    if price is None:
        return _Priced(None, None, "", False, "")
    stale = is_stale(price.source, price.day)
    return _Priced(price.value, price.day, price.source, stale, price.currency)


def _rate_columns(rate: Rate | None, is_stale: StaleCheck) -> tuple[object, ...]:
    if rate is None:
        return None, None, "", False
    stale = any(is_stale(each.source, each.day) for each in rate.made_of)
    return rate.value, rate.day, rate.names, stale


def _rate(currency: str, base: str, day: date, known: KnownAt) -> Rate:
    rate = rate_on(currency, base, day, horizon=known.horizon)
    if rate is None:
        raise NoRateToValue(currency=currency, base=base, day=day.isoformat())
    return rate
