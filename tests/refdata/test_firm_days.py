"""Which day it is for the firm."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from refdata.firm_days import firm_day


@pytest.mark.parametrize(
    ("at", "day"),
    [
        (datetime(2026, 11, 28, 20, 59, tzinfo=UTC), date(2026, 11, 28)),
        (datetime(2026, 11, 28, 21, 0, tzinfo=UTC), date(2026, 11, 29)),  # midnight in Moscow
        (datetime(2026, 11, 28, 23, 59, tzinfo=UTC), date(2026, 11, 29)),
        (datetime(2026, 12, 31, 21, 0, tzinfo=UTC), date(2027, 1, 1)),
    ],
)
def test_the_day_begins_at_midnight_by_the_firms_clock(at: datetime, day: date) -> None:
    assert firm_day(at) == day
