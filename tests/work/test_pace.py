"""How long handling takes: measured, and moved away from the rule as far as there is much to measure."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from backoffice.events.selectors import known_now
from backoffice.work.clock import WorkClock
from backoffice.work.kinds import ORDER, HandlingTimes, Takes
from backoffice.work.pace import forget_paces, in_turn, paces, paces_now
from backoffice.work.queue import people_of
from backoffice.workflow.handling import claim_items
from backoffice.workflow.models import WorkItem
from refdata.dated_rules.selectors import rule_in_force
from refdata.selectors import reference_data
from tests.work.working import NOW, an_item, worker

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 24)


def handled(kind: str, minutes: list[float]) -> None:
    """Items that somebody took, and was done with after so long."""
    anna = worker(f"anna-{kind}", "clerk")
    for each in minutes:
        item = an_item(kind)
        claim_items(ids=[item.pk], actor=anna, at=NOW)
        WorkItem.objects.filter(pk=item.pk).update(closed_at=NOW + timedelta(minutes=each))


class TestPaceOf:
    def pace(self, kind: str) -> Any:
        forget_paces()
        found, at = paces_now(NOW + timedelta(days=1)).of(kind), NOW + timedelta(days=1)
        assert found == paces(at, known=known_now()).of(kind), "a forecast plans by the same"
        return found

    def test_nothing_measured_is_what_the_rule_says(self) -> None:
        assert self.pace("failing")[:2] == pytest.approx((18, 14.4))

    def test_twenty_weigh_as_much_as_the_rule(self) -> None:
        handled("failing", [30.0] * 20)
        pace = self.pace("failing")
        assert pace.measured == 20
        assert pace[:2] == pytest.approx((24, 7.2))

    def test_the_longest_does_not_count_for_more(self) -> None:
        handled("failing", [10.0] * 39 + [600.0])
        assert self.pace("failing").minutes == pytest.approx((18 * 20 + 10 * 40) / 60)

    def test_what_went_on_for_a_day_stood_still(self) -> None:
        handled("failing", [13 * 60.0] * 5)
        assert self.pace("failing").measured == 0

    def test_what_was_handed_over_is_not_measured(self) -> None:
        item = an_item()
        WorkItem.objects.filter(pk=item.pk).update(closed_at=NOW + timedelta(minutes=5))
        assert self.pace("failing").measured == 0


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"rows": [Takes([""], "1", "1"), Takes([""], "1", "1")]}, "twice"),
        ({"rows": [Takes(["failing"], "1", "1")]}, "none names"),
        ({"weight": 0}, "1 at least"),
        ({"days": 0}, "1 at least"),
    ],
)
def test_a_rule_is_of_all_kinds_each_once(wrong: dict[str, Any], why: str) -> None:
    given: dict[str, Any] = {"days": 90, "weight": 20, "rows": [Takes([""], "1", "1")]}
    with pytest.raises(ValueError, match=why):
        HandlingTimes(**given | wrong)


@pytest.mark.parametrize(("minutes", "spread"), [("0", "1"), ("-1", "1"), ("1", "-0.1")])
def test_nothing_takes_no_time(minutes: str, spread: str) -> None:
    with pytest.raises(ValueError, match="above zero"):
        Takes([""], minutes, spread)


class TestInTurn:
    def age(self, people: int) -> float:
        forget_paces()
        order = rule_in_force(ORDER, TODAY)
        clock = WorkClock.of(order, reference_data().calendars["RU"], TODAY)
        at = NOW + timedelta(hours=5)
        return in_turn("clerk", people=people, paces=paces_now(at), clock=clock, days=20, at=at)

    def test_it_is_all_that_came_at_once(self) -> None:
        for _ in range(10):
            an_item()
        assert self.age(1) == 180
        assert self.age(4) == 45

    def test_what_came_a_day_apart_does_not_stand_before_it(self) -> None:
        an_item()
        an_item(opened_at=NOW - timedelta(days=1))
        assert self.age(1) == 18


def test_people_of_a_queue_are_those_who_may_sign_in() -> None:
    before = people_of(["clerk", "risk"])
    worker("anna", "clerk")
    gone = worker("gone", "clerk")
    gone.is_active = False
    gone.save()
    assert people_of(["clerk", "risk"]) == before | {"clerk": before["clerk"] + 1}
