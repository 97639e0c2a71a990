"""Tenors: weeks, months and years from a start, modified following and end-end (vectors D10 to D12)."""

from __future__ import annotations

from datetime import date

import pytest

from backoffice.kernel.business_days import BusinessDays, CalendarTooClosed
from backoffice.kernel.value_dates import date_after

WEEKDAYS = BusinessDays("WEEKDAYS", {})
MONDAY_OFF = BusinessDays("MONDAY", {date(2026, 8, 31): False, date(2027, 1, 4): False})


@pytest.mark.parametrize(
    ("start", "tenor", "expected"),
    [
        pytest.param("2026-11-24", "1W", "2026-12-01", id="a week"),
        pytest.param("2026-11-24", "3D", "2026-11-27", id="three days"),
        pytest.param("2026-11-24", "4D", "2026-11-30", id="days that end on a Saturday"),
        pytest.param("2026-11-24", "3M", "2027-02-24", id="three months"),
        pytest.param("2026-10-26", "1M", "2026-11-26", id="one month"),
        pytest.param(
            "2026-11-21", "1M", "2026-12-21", id="a start on a Saturday is taken as it is"
        ),
        pytest.param("2025-12-31", "1M", "2026-01-30", id="D10: 31 January 2026 is a Saturday"),
        pytest.param("2026-12-30", "1M", "2027-01-29", id="D11: 30 January 2027 is a Saturday"),
        pytest.param("2026-11-30", "1M", "2026-12-31", id="end-end: the last day to the last day"),
        pytest.param("2026-02-27", "1M", "2026-03-31", id="end-end: Friday before the 28th"),
        pytest.param("2026-02-26", "1M", "2026-03-26", id="a day before the last is not the end"),
        pytest.param("2024-02-29", "1Y", "2025-02-28", id="end-end over a leap year"),
        pytest.param("2026-11-24", "18M", "2028-05-24", id="eighteen months"),
    ],
)
def test_what_a_tenor_stands_for(start: str, tenor: str, expected: str) -> None:
    found = date_after(date.fromisoformat(start), tenor, [WEEKDAYS])
    assert found.isoformat() == expected


def test_every_calendar_counts() -> None:
    """Monday 31 August is closed in one: the last day that both are open is Friday the 28th."""
    calendars = [WEEKDAYS, MONDAY_OFF]
    assert date_after(date(2026, 7, 31), "1M", calendars) == date(2026, 8, 28)
    assert date_after(date(2026, 12, 28), "1W", calendars) == date(2027, 1, 5)


def test_calendars_that_never_open_together_are_told() -> None:
    never = BusinessDays("NEVER", {}, date(2026, 1, 1), date(2029, 1, 1))
    with pytest.raises(CalendarTooClosed):
        date_after(date(2026, 11, 24), "1M", [WEEKDAYS, never])
