"""What a contract obliges us to pay, period by period and month by month. Pure.

A period is a calendar month, quarter, half or whole year. A month that the contract covers whole counts as one, another
as its days by those of the month; a period comes to its amount by these, rounded half up once, and its months take
their shares of it by the largest remainder, so that they sum to what is billed. An index changes the amount from the
first day of a month, and again each year after it, rounded half up each time.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from backoffice.kernel import day_counts
from backoffice.kernel.rounding import allocate, half_up_minor
from refdata.fees import parted

ZERO = Decimal(0)
PERIODS = (1, 3, 6, 12)


class Terms(NamedTuple):
    """An amount for so many months; `on_top`: VAT comes to it, else it is contained in it. Due on a day of the
    period's first month where it is paid in advance, else of the month after it."""

    amount: Decimal
    per_months: int
    valid_from: date
    valid_until: date | None  # the day itself excluded
    on_top: bool
    due_day: int
    in_advance: bool
    rise: Decimal  # the index as a fraction, `0.08`
    indexed_from: date | None
    minor_unit: int


class Share(NamedTuple):
    """What of a period is of one month."""

    month: date
    net: Decimal
    vat: Decimal

    @property
    def total(self) -> Decimal:
        return self.net + self.vat


class Period(NamedTuple):
    """A period as far as the contract covers it, first and last day."""

    first: date
    last: date
    due: date
    months: tuple[Share, ...]

    @property
    def total(self) -> Decimal:
        return sum((each.total for each in self.months), ZERO)


def month_of(day: date) -> date:
    return day.replace(day=1)


def months_after(month: date, count: int) -> date:
    """The first day of the month so many after that of a day."""
    return day_counts.months_after(month, count, 1)


def last_day(month: date) -> date:
    return months_after(month, 1) - timedelta(1)


def period_start(day: date, per_months: int) -> date:
    """The first day of the calendar period that a day is in."""
    return date(day.year, (day.month - 1) // per_months * per_months + 1, 1)


def amount_in(terms: Terms, month: date) -> Decimal:
    """For a whole period, as indexed by the first day of a month."""
    amount = terms.amount
    if terms.indexed_from is None:
        return amount
    day = terms.indexed_from
    while day <= month:
        amount = half_up_minor(amount * (1 + terms.rise), terms.minor_unit)
        day = day.replace(year=day.year + 1)
    return amount


def covered(terms: Terms, month: date) -> Decimal:
    """Which part of a month the contract covers, by days."""
    first = max(month, terms.valid_from)
    end = months_after(month, 1)
    if terms.valid_until is not None:
        end = min(end, terms.valid_until)
    days = max((end - first).days, 0)
    return Decimal(days) / monthrange(month.year, month.month)[1]


def periods(
    terms: Terms, first: date, last: date, vat_rate: Callable[[date], Decimal]
) -> Iterator[Period]:
    """The periods that have a month from one until another, each whole. VAT by the rate of a period's last day."""
    start = period_start(first, terms.per_months)
    while start <= last:
        found = _period(terms, start, vat_rate)
        if found is not None:
            yield found
        start = months_after(start, terms.per_months)


def _period(terms: Terms, start: date, vat_rate: Callable[[date], Decimal]) -> Period | None:
    months = [months_after(start, number) for number in range(terms.per_months)]
    exact = [amount_in(terms, month) * covered(terms, month) / terms.per_months for month in months]
    whole = half_up_minor(sum(exact, ZERO), terms.minor_unit)
    if not whole:
        return None
    end = months_after(start, terms.per_months)
    if terms.valid_until is not None:
        end = min(end, terms.valid_until)
    last = end - timedelta(1)
    found = parted(whole, vat_rate(last), on_top=terms.on_top, minor_unit=terms.minor_unit)
    nets = allocate(found.net, exact, terms.minor_unit)
    vats = allocate(found.vat, exact, terms.minor_unit)
    shares = (Share(*each) for each in zip(months, nets, vats, strict=True))
    return Period(
        max(start, terms.valid_from), last, _due(terms, start),
        tuple(each for each in shares if each.net or each.vat),
    )  # fmt: skip


def _due(terms: Terms, start: date) -> date:
    """On its day of the month, or on the last one where the month has no such day."""
    month = start if terms.in_advance else months_after(start, terms.per_months)
    return month.replace(day=min(terms.due_day, last_day(month).day))


def expected_of(
    terms: Terms, first: date, last: date, vat_rate: Callable[[date], Decimal]
) -> dict[date, Share]:
    """What is expected of each month from one until another."""
    return {
        share.month: share
        for period in periods(terms, first, last, vat_rate)
        for share in period.months
        if first <= share.month <= last
    }
