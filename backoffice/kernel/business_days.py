"""Which days are open, and how dates move over those that are not. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

ONE_DAY = timedelta(days=1)
MAX_STEPS = 400  # longer closures are a mistake in the data


class CalendarTooClosed(ValueError):
    """No open day within MAX_STEPS days."""


@dataclass(frozen=True)
class BusinessDays:
    """Monday to Friday with exceptions; between `listed_from` and `listed_until` only what is listed.

    `exceptions` maps a day to whether it is open. `trade_dates` names, for a weekend session, the
    trade date it belongs to.
    """

    code: str
    exceptions: Mapping[date, bool]
    listed_from: date | None = None
    listed_until: date | None = None
    trade_dates: Mapping[date, date] = field(default_factory=dict)

    def is_open(self, day: date) -> bool:
        exception = self.exceptions.get(day)
        if exception is not None:
            return exception
        if self.listed_from and self.listed_until and self.listed_from <= day <= self.listed_until:
            return False
        return day.weekday() < 5

    def is_business_day(self, day: date) -> bool:
        """Open, and a trade date of its own: a weekend session belongs to another."""
        return self.is_open(day) and self.trade_dates.get(day, day) == day

    def trade_date(self, day: date) -> tuple[date, bool]:
        """The trade date of a deal dealt on a day, and whether there is a session at all."""
        return self.trade_dates.get(day, day), self.is_open(day)

    def add(self, day: date, business_days: int) -> date:
        """The n-th business day after a day; 0 gives the day itself, moved on if it is closed."""
        day = self.following(day) if business_days == 0 else day
        for _ in range(business_days):
            day = self.following(day + ONE_DAY)
        return day

    def following(self, day: date) -> date:
        """The day, or the next business day after it."""
        return self._walk(day, ONE_DAY)

    def preceding(self, day: date) -> date:
        """The day, or the last business day before it."""
        return self._walk(day, -ONE_DAY)

    def modified_following(self, day: date) -> date:
        """The next business day unless that is in the next month, then the previous one."""
        moved = self.following(day)
        return moved if moved.month == day.month else self.preceding(day)

    def _walk(self, day: date, step: timedelta) -> date:
        for _ in range(MAX_STEPS):
            if self.is_business_day(day):
                return day
            day += step
        raise CalendarTooClosed(f"{self.code}: no business day near {day}")
