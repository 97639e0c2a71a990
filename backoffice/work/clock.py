"""The clock of those who work: it stands still at night and on days that are closed. Pure."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from backoffice.kernel.business_days import BusinessDays
from backoffice.work.kinds import Order

AROUND = 400  # days before and after, beyond which the clock does not count


@dataclass(frozen=True)
class WorkClock:
    """Working minutes, counted on the business days of a calendar between two times of the day."""

    zone: ZoneInfo
    begins: time
    ends: time
    days: list[date] = field(repr=False)

    @classmethod
    def of(cls, order: Order, calendar: BusinessDays, around: date) -> WorkClock:
        every = (around + timedelta(days=n) for n in range(-AROUND, AROUND + 1))
        days = [day for day in every if calendar.is_business_day(day)]
        begins, ends = time.fromisoformat(order.begins), time.fromisoformat(order.ends)
        return cls(ZoneInfo(order.zone), begins, ends, days)

    @property
    def day(self) -> float:
        """How many minutes a working day has."""
        return _minute(self.ends) - _minute(self.begins)

    def minute(self, at: datetime) -> float:
        """Which working minute a moment is, since the first day that is counted."""
        local = at.astimezone(self.zone)
        before = bisect_left(self.days, local.date())
        works = before < len(self.days) and self.days[before] == local.date()
        within = min(max(_minute(local.time()) - _minute(self.begins), 0.0), self.day)
        return before * self.day + (within if works else 0.0)

    def end_of(self, at: datetime, days: int) -> datetime:
        """When the working day ends that is so many after that of a moment: 0 is its own, if it has one."""
        first = bisect_left(self.days, at.astimezone(self.zone).date())
        day = self.days[min(first + days, len(self.days) - 1)]
        return datetime.combine(day, self.ends, tzinfo=self.zone)

    def before(self, at: datetime, minutes: float) -> datetime:
        """The moment so many working minutes before another one."""
        place = max(self.minute(at) - minutes, 0.0)
        day, within = divmod(place, self.day)
        begins = datetime.combine(
            self.days[min(int(day), len(self.days) - 1)], self.begins, tzinfo=self.zone
        )
        return begins + timedelta(minutes=within)

    def left(self, due: datetime, now: datetime) -> float:
        """Working minutes to a cut-off; once it has passed, to the next one, a day later each."""
        minutes = self.minute(due) - self.minute(now)
        return minutes if minutes > 0 else self.day - (-minutes) % self.day


def _minute(of_day: time) -> float:
    return of_day.hour * 60 + of_day.minute + of_day.second / 60
