"""Who is entitled by the trade date, and what a security becomes. Pure (domain-decisions 29)."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import NamedTuple

from backoffice.kernel.business_days import ONE_DAY, BusinessDays
from settlements.transforming.state import ClaimKind


class Outturn(NamedTuple):
    """What a quantity becomes: whole units, and the fraction that is no unit."""

    whole: Decimal
    fraction: Decimal


def ex_date_of(record_date: date, *, cycle_days: int, calendar: BusinessDays) -> date:
    """The first day on which the security is dealt without the right.

    What is dealt before it settles by the record date: under T+1 it is the record date, under T+2 the
    business day before.
    """
    day = record_date
    for _number in range(cycle_days - 1):
        day = calendar.preceding(day - ONE_DAY)
    return day


def claim_of(
    *, trade_date: date, ex_date: date, pending: Decimal, settled: Decimal
) -> tuple[ClaimKind, Decimal] | None:
    """Which way a distribution is owed between buyer and seller, and of how much; None where none went wrong.

    `pending` and `settled` are what of the deal was not, and was, settled at the end of the record date. The
    right to a distribution goes by the trade date, its payment by who held on the record date.
    """
    if trade_date < ex_date:
        return (ClaimKind.MARKET, pending) if pending else None
    return (ClaimKind.REVERSE, settled) if settled else None


def outturn_of(quantity: Decimal, *, new: Decimal, old: Decimal) -> Outturn:
    """What so many units become where `old` of them become `new` of another: whole units are delivered."""
    exact = quantity * new / old
    whole = exact.quantize(Decimal(1), ROUND_FLOOR)
    return Outturn(whole, exact - whole)


def money_of(quantity: Decimal, rate: Decimal, minor_unit: int) -> Decimal:
    """What is paid for so many units, half up to the minor unit."""
    return (quantity * rate).quantize(Decimal(1).scaleb(-minor_unit), ROUND_HALF_UP)
