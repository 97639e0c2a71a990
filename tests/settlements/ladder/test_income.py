"""What corporate actions pay, on the ladder: expected on its payment date, and under the same name once it came."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from refdata.models import Party
from settlements.ladder.selectors import Ladder
from tests.flows.corporate_actions import OWN, PAID, applied, brought, dividend, paid
from tests.settlements.ladder.stage import D, every_figure_is_its_rows, ladder, line_of

pytestmark = pytest.mark.usefixtures("own_database")
CAME = date(2026, 11, 27)
# 200,000 at 33.335 without the 13 % that the source keeps back; the client's 11 without any: we keep that back.
OURS, BORIS = D("5800290.00"), D("366.69")


def until_paid() -> Ladder:
    return ladder(until=PAID + timedelta(1))


def income_at(found: Ladder, owner: str, place: str = "NSD") -> dict[tuple[date, str], Any]:
    """What comes as income, and goes, by day and how sure it is."""
    line = line_of(found, Party.objects.get(code=owner), place, "RUB")
    return {
        (day.date, each.certainty): (each.comes, each.goes)
        for day in line.days for each in day.movements if each.source == "INCOME"
    }  # fmt: skip


class TestIncome:
    def test_it_is_expected_on_the_payment_date_by_everybody_entitled(self, api: Any) -> None:
        brought("CL-BORIS", 11)
        event = dividend(api)
        assert income_at(until_paid(), OWN) == {}
        applied(event)

        found = until_paid()

        assert income_at(found, OWN) == {(PAID, "EXPECTED"): (OURS, 0)}
        assert income_at(found, "CL-BORIS") == {(PAID, "EXPECTED"): (BORIS, 0)}
        assert every_figure_is_its_rows(found) > 3

    def test_what_came_is_still_income_and_expected_no_more(self, api: Any) -> None:
        brought("CL-BORIS", 11)
        event = dividend(api)
        applied(event)
        paid(api, event, "5800656.69")

        found = until_paid()

        kept_back = D(
            48
        )  # of the client, by us: out of its money and into ours, owed to the budget
        assert income_at(found, OWN) == {(CAME, "SETTLED"): (OURS + kept_back, 0)}
        assert income_at(found, "CL-BORIS") == {(CAME, "SETTLED"): (BORIS, kept_back)}
        assert every_figure_is_its_rows(found) > 3
