"""Which days of a fail count. Pure: dates and calendars in, dates out."""

from __future__ import annotations

from datetime import date

from backoffice.kernel.business_days import ONE_DAY, BusinessDays

MOST_DAYS = 14
OLD_AFTER = 40  # business days; ESMA's advice on old reference prices (rules, section 1)


def business_days_between(first: date, last: date, calendar: BusinessDays) -> list[date]:
    """The business days from one day to another, both included."""
    found, day = [], first
    while day <= last:
        if calendar.is_business_day(day):
            found.append(day)
        day += ONE_DAY
    return found


def late_matching_days(intended: date, matched: date, calendar: BusinessDays) -> list[date]:
    """The business days of an LMFP: from the intended date to the day before the matching date."""
    return business_days_between(intended, matched - ONE_DAY, calendar)


def counts_at_end(day: date, intended: date, matched: date, calendar: BusinessDays) -> bool:
    """Whether what is unsettled at the end of a day counts: SEFP, from the later of the two dates on."""
    return calendar.is_business_day(day) and day >= max(intended, matched)


def priced_from(intended: date, matched: date, calendar: BusinessDays) -> date | None:
    """From which day on prices are taken for an LMFP; none: whatever the day, its own.

    Where the intended date is more than OLD_AFTER business days before the matching, the days before
    that window take the oldest price available in it.
    """
    first = matched
    for _number in range(OLD_AFTER):
        first = calendar.preceding(first - ONE_DAY)
    return first if intended < first else None


def days_since_last(day: date, calendar: BusinessDays) -> int:
    """How many calendar days a business day stands for: itself and the closed days before it."""
    return (day - calendar.preceding(day - ONE_DAY)).days


def days_of(day: date, intended: date, calendar: BusinessDays) -> int:
    """The same of a fail: none of them before the intended date."""
    return min(days_since_last(day, calendar), (day - intended).days + 1)


def days_to_count(last: date | None, day: date) -> list[date]:
    """The days that a night counts: those since the last business day, MOST_DAYS at most, and its own."""
    first = day if last is None else max(last + ONE_DAY, day - (MOST_DAYS - 1) * ONE_DAY)
    return [first + number * ONE_DAY for number in range((day - first).days + 1)]


def collection_days(
    month: date, appeal_day: int, due_day: int, calendar: BusinessDays
) -> tuple[date, date]:
    """The n-th business days of the month after: until when to appeal, and when it is collected."""
    first = (month.replace(day=1) + 32 * ONE_DAY).replace(day=1)

    def nth(number: int) -> date:
        return calendar.add(first - ONE_DAY, number)

    return nth(appeal_day), nth(due_day)
