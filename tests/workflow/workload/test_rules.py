"""Backlogs as they flow: examples worked by hand, and what must hold of any of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from backoffice.workflow.workload.rules import (
    SECONDS_AN_HOUR,
    Load,
    age_profile,
    agents_needed,
    backlog_after,
    flow,
    needed_a_day,
    share_inside,
)

D = Decimal
AT = datetime(2026, 11, 23, 9, tzinfo=UTC)
HOUR = D(3600)


def load(items: str, due: int, *, seconds: str = "600", kind: str = "failing") -> Load:
    return Load(kind=kind, items=D(items), seconds=D(seconds), due=due)


class TestAgents:
    def test_rules_13_ten_agents(self) -> None:
        """Backlog 200, target 5 days, inflow 80 a day, 25 minutes a case, 5.5 productive hours."""
        needed = needed_a_day(backlog=D("200"), target_days=D("5"), inflow=D("80"))
        assert needed == D("120")
        hours, case = D("5.5"), D("25") * 60
        a_day = hours * SECONDS_AN_HOUR / case
        assert a_day == D("13.2")
        assert round(needed / a_day, 2) == D("9.09")
        assert agents_needed(needed=needed, productive_hours=hours, handling_seconds=case) == 10

    def test_whole_people_are_whole_people(self) -> None:
        needs = [
            agents_needed(needed=D(each), productive_hours=D("5.5"), handling_seconds=D(1500))
            for each in ("0", "13.2", "13.21", "26.4")
        ]
        assert needs == [0, 1, 2, 2]

    def test_nobody_works_on_what_is_not_there(self) -> None:
        assert backlog_after(start=D(200), arrivals=D(80), processed=D(120)) == 160
        assert backlog_after(start=D(10), arrivals=D(5), processed=D(20)) == 0


class TestAges:
    def test_a_day_old_is_no_longer_of_today(self) -> None:
        ages = [
            timedelta(hours=23),
            timedelta(days=1),
            timedelta(days=4, hours=23),
            timedelta(days=5),
            timedelta(30),
        ]
        assert age_profile([AT - age for age in ages], at=AT) == [1, 1, 1, 1, 1]

    def test_what_is_due_this_moment_is_late_and_what_has_no_deadline_never(self) -> None:
        due = [AT, AT + timedelta(seconds=1), None, AT - timedelta(days=1)]
        assert share_inside(due, at=AT) == D("0.5")
        assert share_inside([], at=AT) is None


class TestFlow:
    def test_what_is_due_first_is_done_first(self) -> None:
        waiting = [load("6", 2), load("6", 0)]
        evenings = flow(waiting, [[], [], []], [HOUR, HOUR, D(0)])
        assert [each.late for each in evenings] == [0, 0, 0]
        assert [each.end for each in evenings] == [6, 0, 0]

    def test_what_is_left_of_a_day_is_late_once(self) -> None:
        evenings = flow([load("6", 0)], [[load("3", 0)], []], [HOUR, D(600)])
        assert [[each.late, each.short, each.spare] for each in evenings] == [
            [D(3), D(1800), D(0)],
            [D(0)] * 3,
        ]
        flows = [[each.start, each.arrivals, each.processed, each.end] for each in evenings]
        assert flows == [[D(6), D(3), D(6), D(3)], [D(3), D(0), D(1), D(2)]]

    def test_what_is_late_already_comes_first_and_is_not_told_again(self) -> None:
        evenings = flow([load("6", -1), load("6", 0)], [[]], [HOUR])
        assert [evenings[0].late, evenings[0].end] == [D(6), D(6)]

    def test_the_rest_of_a_day_is_spare(self) -> None:
        (evening,) = flow([load("1", 0)], [[]], [HOUR])
        assert evening.spare == 3000

    @given(
        st.lists(st.tuples(st.integers(0, 9), st.integers(0, 3), st.integers(1, 900)), max_size=6),
        st.lists(st.integers(0, 5_000), min_size=4, max_size=4),
    )
    def test_nothing_is_lost_and_nobody_works_more_than_there_is(
        self, loads: list[tuple[int, int, int]], capacity: list[int]
    ) -> None:
        waiting = [load(str(n), due, seconds=str(s)) for n, due, s in loads]
        work = sum((each.work for each in waiting), D(0))
        evenings = flow(waiting, [[], [], [], []], [D(each) for each in capacity])
        done = sum((D(c) - e.spare for c, e in zip(capacity, evenings, strict=True)), D(0))
        left = work - done
        assert abs(left - max(work - sum(capacity), D(0))) < D("1e-12")
        assert min(min(e.processed, e.end, e.late, e.spare) for e in evenings) >= 0
