"""On which day an FX deal is dealt, and on which its two currencies are paid. Pure.

Sources of the rules: rules, section 4 (FX spot, holidays, roll); vectors D6 to D9 and D16.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from backoffice.kernel.business_days import MAX_STEPS, ONE_DAY, BusinessDays, CalendarTooClosed

PIVOT = "USD"  # every cross is two deals against it
NEW_YORK, NEW_YORK_ROLL = ZoneInfo("America/New_York"), time(17, 0)
AUCKLAND, AUCKLAND_ROLL = ZoneInfo("Pacific/Auckland"), time(7, 0)


def spot_trade_date(dealt_at: datetime, base: str, quote: str) -> date:
    """The trading day of an FX deal: it begins at 17:00 in New York the evening before.

    A pair with the New Zealand dollar begins its day at 07:00 in Auckland. Saturday and Sunday
    belong to Monday. Holidays do not: FX is dealt on them.
    """
    if "NZD" in (base, quote):
        local = dealt_at.astimezone(AUCKLAND)
        day = local.date() if local.time() >= AUCKLAND_ROLL else local.date() - ONE_DAY
    else:
        local = dealt_at.astimezone(NEW_YORK)
        day = local.date() + ONE_DAY if local.time() >= NEW_YORK_ROLL else local.date()
    return day + timedelta(days=7 - day.weekday()) if day.weekday() > 4 else day


def spot_date(
    trade_date: date,
    base: str,
    quote: str,
    *,
    days: Mapping[str, int],
    calendars: Mapping[str, BusinessDays],
) -> date:
    """The value date: the later of each currency's leg against USD, good for both and for USD.

    `days` says how many days a currency is paid after its deal against USD. On the days between a
    holiday of USD alone does not count, one of the other currency does.
    """
    legs = [code for code in (base, quote) if code != PIVOT]
    day = max(_leg(trade_date, days[code], calendars[code], calendars[PIVOT]) for code in legs)
    return _good_for(day, *(calendars[code] for code in {base, quote, PIVOT}))


def is_value_date(day: date, base: str, quote: str, calendars: Mapping[str, BusinessDays]) -> bool:
    """Whether both currencies, and USD between them, can be paid on a day."""
    return all(calendars[code].is_business_day(day) for code in {base, quote, PIVOT})


def _leg(day: date, days: int, own: BusinessDays, pivot: BusinessDays) -> date:
    if days == 0:
        return _good_for(day, own, pivot)
    for _ in range(days - 1):
        day = own.following(day + ONE_DAY)
    return _good_for(day + ONE_DAY, own, pivot)


def _good_for(day: date, *calendars: BusinessDays) -> date:
    """The day, or the next one on which all calendars are open."""
    for _ in range(MAX_STEPS):
        if all(calendar.is_business_day(day) for calendar in calendars):
            return day
        day += ONE_DAY
    raise CalendarTooClosed(f"no day that all of them pay on near {day}")
