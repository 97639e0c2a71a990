"""What pay costs centres: told as far as nobody's pay is told with it, and taken back with its journal."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from expenses.costs.models import Cost
from expenses.payroll.costing import FEWEST, told_apart
from tests.expenses.payroll.stage import OCTOBER, accepted, booked, employ, file_of, september

D = Decimal


def people(**sizes: int) -> dict[int, frozenset[int]]:
    """Centres 1, 2, … with so many people each, all of them different."""
    return {
        number: frozenset(range(number * 100, number * 100 + size))
        for number, size in enumerate(sizes.values(), 1)
    }


class TestToldApart:
    @pytest.mark.parametrize(
        ("sizes", "apart"),
        [
            ((3, 4), {1, 2}),  # nobody is hidden
            ((2, 1, 5), {3}),  # three are hidden together
            (
                (1, 5, 4),
                {2},
            ),  # one alone would be known from the total: the smallest other goes along
            ((1, 3), set()),
            ((2,), set()),
            ((), set()),
        ],
    )
    def test_a_row_is_of_three_people_at_least(
        self, sizes: tuple[int, ...], apart: set[int]
    ) -> None:
        told = people(**{f"c{n}": size for n, size in enumerate(sizes)})
        assert told_apart(told) == apart
        hidden = frozenset[int]().union(*(those for key, those in told.items() if key not in apart))
        assert not hidden or len(hidden) >= FEWEST or not apart

    def test_who_is_paid_in_two_centres_counts_once(self) -> None:
        one, two = frozenset({1, 2}), frozenset({1, 2})
        assert told_apart(
            {1: one, 2: two, 3: frozenset({7, 8, 9}), 4: frozenset({4, 5, 6, 10})}
        ) == {4}


@pytest.mark.django_db
class TestKeepCosts:
    def test_a_journal_of_few_costs_no_centre_by_itself(self) -> None:
        employ()
        accepted(september())
        accepted(file_of())
        rows = Cost.objects.order_by("month")
        assert [(row.month.month, row.centre, row.kind) for row in rows] == [
            (9, None, "PERSONNEL"), (10, None, "PERSONNEL"),
        ]  # fmt: skip
        assert sum(row.base for row in rows) == booked("PERSONNEL")

    def test_centres_of_many_are_told_to_the_kopeck(self) -> None:
        employ()
        lines = [each.replace(";BACK;", ";DESK;").replace(";MGMT;", ";DESK;") for each in OCTOBER]
        accepted(september())
        accepted(file_of(lines))
        row = Cost.objects.get(month=date(2026, 10, 1))
        assert row.centre is not None
        assert (row.centre.code, row.base) == ("DESK", D("513001.38") + D("123000.18"))
