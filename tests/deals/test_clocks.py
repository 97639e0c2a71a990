"""When work that comes up is due."""

from __future__ import annotations

from datetime import datetime

import pytest

from deals.confirming.reading import end_of_day

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("moment", "until"),
    [
        ("2026-11-24T18:59:59+03:00", "2026-11-24T19:00:00+03:00"),
        ("2026-11-24T19:00:00+03:00", "2026-11-25T19:00:00+03:00"),
        ("2026-11-24T20:25:00+00:00", "2026-11-25T19:00:00+03:00"),
        ("2026-11-24T22:30:00+00:00", "2026-11-25T19:00:00+03:00"),
    ],
)
def test_work_that_comes_up_late_has_until_the_next_evening(moment: str, until: str) -> None:
    assert end_of_day(datetime.fromisoformat(moment)) == datetime.fromisoformat(until)
