"""The last price or rate that a source gave, how old it is, and whether that is too old.

Each source declares after how many days what it said is stale (`Source`), in working days of its
calendar or in calendar days. What comes from a source that declares nothing is stale the next day.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Q

from backoffice.events.selectors import NO_HORIZON
from refdata.models import FxRate, Price, Source
from refdata.selectors import business_days


class Quoted(NamedTuple):
    """A value with its day and source; `stale` means that its source is overdue on the day asked."""

    value: Decimal
    currency: str
    day: date
    source: str
    stale: bool


def stale_check(on: date) -> Callable[[str, date], bool]:
    """Whether what a source said of a day is stale on a day."""
    last_fresh: dict[tuple[str, date], date] = {}
    sources = {row.code: row for row in Source.objects.select_related("calendar")}
    calendars = {
        row.calendar.code: business_days(row.calendar.code)
        for row in sources.values()
        if row.calendar is not None
    }

    def is_stale(code: str, day: date) -> bool:
        key = (code, day)
        if key not in last_fresh:
            row = sources.get(code)
            if row is None:
                last_fresh[key] = day
            elif row.calendar is None:
                last_fresh[key] = day + timedelta(days=row.stale_after_days)
            else:
                calendar = calendars[row.calendar.code]
                # Whoever asks on a closed day asks about the last open one.
                end = calendar.add(day, row.stale_after_days)
                last_fresh[key] = calendar.add(end, 1) - timedelta(days=1)
        return on > last_fresh[key]

    return is_stale


def prices_on(
    on: date, instrument_ids: Sequence[int], *, source: str = "", horizon: int = NO_HORIZON
) -> dict[int, Quoted]:
    """The last price of each instrument on or before a day, from one source or from any."""
    rows = Price.objects.filter(
        price_date__lte=on, recorded_tx__lt=horizon, instrument_id__in=instrument_ids
    )
    if source:
        rows = rows.filter(source=source)
    is_stale = stale_check(on)
    last = rows.order_by("instrument_id", "-price_date", "-id").distinct("instrument_id")
    return {
        row.instrument_id: Quoted(
            row.value,
            row.currency,
            row.price_date,
            row.source,
            is_stale(row.source, row.price_date),
        )
        for row in last
    }


def rate_on(
    base: str, quote: str, on: date, *, source: str = "", horizon: int = NO_HORIZON
) -> Quoted | None:
    """What one unit of `base` was worth in `quote` by the last rate on or before a day.

    A rate the other way round is turned. Nothing is crossed here: a cross would hide its sources.
    """
    rows = FxRate.objects.filter(
        Q(base=base, quote=quote) | Q(base=quote, quote=base),
        rate_date__lte=on, recorded_tx__lt=horizon,
    )  # fmt: skip
    if source:
        rows = rows.filter(source=source)
    row = rows.order_by("-rate_date", "-id").first()
    if row is None:
        return None
    value = row.value if row.base == base else 1 / row.value
    return Quoted(
        value, quote, row.rate_date, row.source, stale_check(on)(row.source, row.rate_date)
    )
