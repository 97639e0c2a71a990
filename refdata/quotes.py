"""The last prices and rates that sources gave, how old they are, and whether that is too old.

Each source declares after how many days what it said is stale (`Source`), in working days of its
calendar or in calendar days. What comes from a source that declares nothing is stale the next day.
Prices and rates are facts, so their names (`P12`, `R7`) say the numbers for ever.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import NamedTuple

from django.db.models import Q, QuerySet

from backoffice.events.selectors import NO_HORIZON
from backoffice.kernel.decimals import plain
from refdata.dated_rules.rows import rules_as_known
from refdata.models import FxRate, Price
from refdata.price_order import PRICE_ORDER, PriceOrder, choose
from refdata.selectors import reference_data

PIVOTS = ("RUB", "EUR", "USD")  # currencies that rates may be crossed through

StaleCheck = Callable[[str, date], bool]


class Quote(NamedTuple):
    """The price of one unit of an instrument as a source gave it for a day."""

    id: int
    value: Decimal
    currency: str
    day: date
    source: str

    @property
    def name(self) -> str:
        return f"P{self.id}"


class StoredRate(NamedTuple):
    """What a source said of two currencies for a day; it is read both ways."""

    id: int
    base: str
    quote: str
    value: Decimal
    day: date
    source: str
    recorded_at: datetime

    @property
    def name(self) -> str:
        return f"R{self.id}"

    def of(self, base: str) -> Decimal:
        """What one unit of `base` is worth in the other currency."""
        return self.value if self.base == base else 1 / self.value


class Rate(NamedTuple):
    """What one unit of a currency is worth in another, and the stored rates it is made of.

    One rate, two where it is crossed through a pivot, none where both currencies are the same.
    """

    value: Decimal
    made_of: tuple[StoredRate, ...] = ()

    @property
    def names(self) -> str:
        """`R7 R9`, as they are kept beside an amount."""
        return " ".join(rate.name for rate in sorted(self.made_of))

    @property
    def day(self) -> date | None:
        """The day of the oldest of them."""
        return min((rate.day for rate in self.made_of), default=None)


UNITY = Rate(Decimal(1))


def stale_check(on: date) -> StaleCheck:
    """Whether what a source said of a day is stale on a day."""
    reference = reference_data()
    last_fresh: dict[tuple[str, date], date] = {}

    def is_stale(source: str, day: date) -> bool:
        key = (source, day)
        if key not in last_fresh:
            row = reference.sources.get(source)
            if row is None:
                last_fresh[key] = day
            elif row.calendar is None:
                last_fresh[key] = day + timedelta(days=row.stale_after_days)
            else:
                calendar = reference.calendars[row.calendar]
                # Whoever asks on a closed day asks about the last open one.
                end = calendar.add(day, row.stale_after_days)
                last_fresh[key] = calendar.add(end, 1) - timedelta(days=1)
        return on > last_fresh[key]

    return is_stale


def prices_on(
    on: date,
    instrument_ids: Collection[int] | None = None,
    *,
    source: str = "",
    horizon: int = NO_HORIZON,
) -> dict[int, Quote]:
    """The price of each instrument that counts on a day: the last of one source, or by the rule of whose price counts.

    Without a rule the last that anybody said. Only what was recorded below the horizon counts. Instruments without
    a price are absent.
    """
    rows = Price.objects.filter(price_date__lte=on, recorded_tx__lt=horizon)
    if instrument_ids is not None:
        rows = rows.filter(instrument_id__in=sorted(instrument_ids))
    if source:
        rows = rows.filter(source=source)
    orders = {} if source else price_orders(on, horizon)
    if orders:
        return _in_order(rows, on, orders)
    last = rows.order_by("instrument_id", "-price_date", "-id").distinct("instrument_id")
    return {key: Quote(*row) for key, *row in last.values_list("instrument_id", *_PRICE)}


def price_orders(on: date, horizon: int = NO_HORIZON) -> dict[str, PriceOrder]:
    """Whose price counts on a day, by kind of instrument, as known below a horizon; empty where no rule says it."""
    rules = reference_data().rules if horizon == NO_HORIZON else rules_as_known(horizon)
    return rules.by_key(PRICE_ORDER, on)


def _in_order(
    rows: QuerySet[Price], on: date, orders: Mapping[str, PriceOrder]
) -> dict[int, Quote]:
    """What counts of the last that each source said of each instrument; of a kind without a rule the last of all."""
    columns = ("instrument_id", "source")
    last = rows.order_by(*columns, "-price_date", "-id").distinct(*columns)
    said: dict[tuple[int, str], list[Quote]] = {}
    for id, kind, *row in last.values_list("instrument_id", "instrument__kind", *_PRICE):
        said.setdefault((id, kind), []).append(Quote(*row))
    found = {}
    for (id, kind), quotes in said.items():
        order = orders.get(kind, orders.get(""))
        quote = (
            max(quotes, key=lambda q: (q.day, q.id)) if order is None else choose(order, quotes, on)
        )
        if quote is not None:
            found[id] = quote
    return found


def rate_on(
    base: str, quote: str, on: date, *, source: str = "", horizon: int = NO_HORIZON
) -> Rate | None:
    """The last rate on or before a day, from one source or from any; crossed if need be."""
    return crossed(base, quote, partial(last_rate, on=on, source=source, horizon=horizon))


def crossed(base: str, quote: str, last: Callable[[str, str], StoredRate | None]) -> Rate | None:
    """What one unit of `base` is worth in `quote`, from stored rates: direct, else through a pivot."""
    if base == quote:
        return UNITY
    direct = last(base, quote)
    if direct is not None:
        return Rate(direct.of(base), (direct,))
    for pivot in PIVOTS:
        if pivot not in (base, quote):
            first, second = last(base, pivot), last(pivot, quote)
            if first is not None and second is not None:
                return Rate(first.of(base) * second.of(pivot), (first, second))
    return None


def first_price(instrument_id: int, *, after: date, until: date, horizon: int) -> Quote | None:
    """The first price of an instrument after a day, not later than another."""
    rows = Price.objects.filter(
        instrument_id=instrument_id, price_date__gt=after, price_date__lte=until,
        recorded_tx__lt=horizon,
    )  # fmt: skip
    row = rows.order_by("price_date", "id").values_list(*_PRICE).first()
    return None if row is None else Quote(*row)


_PRICE = ("id", "value", "currency", "price_date", "source")
_RATE = ("id", "base", "quote", "value", "rate_date", "source", "recorded_at")


def last_rate(
    one: str,
    other: str,
    *,
    on: date,
    source: str = "",
    horizon: int = NO_HORIZON,
    known_at: datetime | None = None,
) -> StoredRate | None:
    """The last stored rate of two currencies on or before a day, whichever of them is its base."""
    rows = FxRate.objects.filter(
        Q(base=one, quote=other) | Q(base=other, quote=one),
        rate_date__lte=on, recorded_tx__lt=horizon,
    )  # fmt: skip
    if source:
        rows = rows.filter(source=source)
    if known_at is not None:
        rows = rows.filter(recorded_at__lte=known_at)
    row = rows.order_by("-rate_date", "-id").values_list(*_RATE).first()
    return None if row is None else StoredRate(*row)


def first_rate(
    one: str, other: str, *, after: date, until: date, horizon: int
) -> StoredRate | None:
    """The first stored rate of two currencies after a day, not later than another, whichever is its base."""
    rows = FxRate.objects.filter(
        Q(base=one, quote=other) | Q(base=other, quote=one),
        rate_date__gt=after, rate_date__lte=until, recorded_tx__lt=horizon,
    )  # fmt: skip
    row = rows.order_by("rate_date", "id").values_list(*_RATE).first()
    return None if row is None else StoredRate(*row)


def in_words(names: Collection[str]) -> list[str]:
    """Prices and rates by their names, for people to read: what, of which day, by which source."""
    price_ids, rate_ids = _ids_in(names)
    prices = Price.objects.filter(pk__in=price_ids).order_by("instrument__asset__code", "pk")
    rates = FxRate.objects.filter(pk__in=rate_ids).order_by("base", "quote", "pk")
    found = [
        *prices.values_list("pk", "instrument__asset__code", "value", "price_date", "source"),
        *(
            (row.pk, f"{row.base}/{row.quote}", row.value, row.rate_date, row.source)
            for row in rates
        ),
    ]
    return [f"{what} {plain(value)} of {day} ({source})" for _, what, value, day, source in found]


def named(names: str) -> tuple[Quote | None, list[StoredRate]]:
    """The price, if any, and the rates that an amount was made of, by their names: `P12 R7`."""
    price_ids, rate_ids = _ids_in(names.split())
    prices = Price.objects.filter(pk__in=price_ids)
    price = prices.values_list(*_PRICE).first() if price_ids else None
    rates = FxRate.objects.filter(pk__in=rate_ids).values_list(*_RATE)
    return (None if price is None else Quote(*price)), [StoredRate(*row) for row in rates]


def _ids_in(names: Collection[str]) -> tuple[list[int], list[int]]:
    """The keys of the prices and of the rates that are named."""
    prices = [int(name[1:]) for name in names if name[0] == "P"]
    return prices, [int(name[1:]) for name in names if name[0] == "R"]
