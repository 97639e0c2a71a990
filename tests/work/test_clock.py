"""Working minutes: they stand still at night, at weekends and on holidays."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from backoffice.kernel.business_days import BusinessDays
from backoffice.work.clock import WorkClock
from backoffice.work.kinds import Order

MOSCOW = ZoneInfo("Europe/Moscow")
ORDER = Order("RU", "Europe/Moscow", "09:00", "18:00", "0.1", "1.4", 240, 20)
HOLIDAY = date(2026, 11, 25)  # a Wednesday
CLOCK = WorkClock.of(ORDER, BusinessDays("RU", {HOLIDAY: False}), date(2026, 11, 24))


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=MOSCOW)


class TestWorkClock:
    def between(self, first: datetime, last: datetime) -> float:
        return CLOCK.minute(last) - CLOCK.minute(first)

    def test_it_counts_from_nine_to_six(self) -> None:
        assert self.between(at(23, 9), at(23, 18)) == CLOCK.day == 540
        assert self.between(at(23, 10, 15), at(23, 11)) == 45

    def test_it_stands_still_at_night(self) -> None:
        assert self.between(at(23, 18), at(24, 9)) == 0
        assert self.between(at(23, 17), at(24, 10)) == 120

    def test_it_stands_still_on_a_holiday_and_over_the_weekend(self) -> None:
        assert self.between(at(24, 17), at(26, 10)) == 120
        assert self.between(at(27, 17), at(30, 10)) == 120
        assert self.between(at(28, 3), at(29, 23)) == 0

    def test_a_day_ends_so_many_working_days_later(self) -> None:
        assert CLOCK.end_of(at(24, 12), 0) == at(24, 18)
        assert CLOCK.end_of(at(24, 12), 1) == at(26, 18)
        assert CLOCK.end_of(at(28, 12), 0) == at(30, 18)

    def test_so_many_minutes_before_may_be_on_another_day(self) -> None:
        assert CLOCK.before(at(24, 12), 60) == at(24, 11)
        assert CLOCK.before(at(26, 9, 30), 60) == at(24, 17, 30)

    def test_a_cut_off_that_has_passed_comes_again_the_next_day(self) -> None:
        assert CLOCK.left(at(24, 12), at(24, 11)) == 60
        assert CLOCK.left(at(24, 12), at(24, 12)) == 540
        assert CLOCK.left(at(24, 12), at(24, 13)) == 480
        assert CLOCK.left(at(23, 12), at(24, 13)) == 480

    def test_beyond_what_it_counts_it_stands_still(self) -> None:
        far = datetime.combine(date(2026, 11, 24) + timedelta(days=5_000), time(12), tzinfo=MOSCOW)
        assert CLOCK.minute(far) == CLOCK.minute(far + timedelta(days=1))
