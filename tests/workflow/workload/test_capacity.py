"""Who is there: weeks that follow each other, days away, roles that are gone."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from backoffice.workflow.workload.capacity import Person, Week, staff_on

D = Decimal
MONDAY, TUESDAY, SATURDAY = date(2026, 11, 23), date(2026, 11, 24), date(2026, 11, 28)
FULL = tuple(map(D, (8, 8, 8, 8, 7, 0, 0)))
HALF = tuple(each / 2 for each in FULL)


def person(**more: object) -> Person:
    facts: dict[str, object] = {
        "id": 1, "name": "clerk", "roles": frozenset({"clerk"}),
        "weeks": [Week(date(2026, 1, 1), "clerk", FULL), Week(TUESDAY, "clerk", HALF)],
    }  # fmt: skip
    return Person(**(facts | more))  # type: ignore[arg-type]


class TestStaff:
    def test_a_new_week_holds_from_its_day_on(self) -> None:
        assert person().hours_on(MONDAY, "clerk") == 8
        assert person().hours_on(TUESDAY, "clerk") == 4
        assert person().hours_on(SATURDAY, "clerk") == 0
        assert person().hours_on(date(2025, 12, 31), "clerk") == 0

    def test_both_ends_of_an_absence_are_away(self) -> None:
        away = person(away=[(MONDAY, TUESDAY)])
        days = [date(2026, 11, 20), MONDAY, TUESDAY, date(2026, 11, 25)]
        assert [away.hours_on(day, "clerk") for day in days] == [7, 0, 0, 4]

    def test_a_role_that_ended_works_no_queue(self) -> None:
        assert person(roles=frozenset({"checker"})).hours_on(MONDAY, "clerk") == 0
        assert person().hours_on(MONDAY, "checker") == 0

    def test_a_share_of_the_hours_goes_into_items(self) -> None:
        there = [person(), person(id=2), person(id=3, away=[(MONDAY, MONDAY)])]
        staff = staff_on(there, MONDAY, "clerk", share=D("0.6875"))
        assert [each.id for each in staff.people] == [1, 2]
        assert staff.seconds == 2 * D("5.5") * 3600
