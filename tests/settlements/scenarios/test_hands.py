"""Whose hands a day takes, by the staffing of section 13."""

from __future__ import annotations

from decimal import Decimal

import pytest

from backoffice.workflow.workload.capacity import Person, Staff
from settlements.scenarios.hands import Hands, hands_of, needed_for

CLERKS = [Person(id=n, name=str(n), roles=frozenset({"checker"}), weeks=()) for n in range(1, 4)]


@pytest.mark.parametrize(("releases", "people"), [(0, 0), (1, 1), (330, 1), (331, 2), (660, 2)])
def test_people_by_productive_hours(releases: int, people: int) -> None:
    """5.5 hours of a minute each are 330 releases."""
    assert needed_for(releases, seconds=60) == people


def test_who_is_away_takes_their_hours_along() -> None:
    staff = Staff(CLERKS, Decimal(3 * 5 * 3600))
    assert hands_of(staff, away=0, seconds=60) == Hands(3, 900)
    assert hands_of(staff, away=2, seconds=60) == Hands(1, 300)
    assert hands_of(staff, away=2, seconds=61) == Hands(1, 295)
    assert hands_of(staff, away=4, seconds=60) == Hands(0, 0)


def test_without_rosters_nothing_is_known_of_hands() -> None:
    assert hands_of(Staff([], Decimal(0)), away=2, seconds=60) == Hands(0, None)
