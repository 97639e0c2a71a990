"""What banks said last of an account beside our books of the same evening, and where the ladder shows it."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from reconciliation.matching.standing import Standing, last_closings
from refdata.models import Entity, NostroAccount
from tests.pages.test_pages import browser
from tests.reconciliation.matching.stage import DAY, booked, nostro, run, statement, told

pytestmark = pytest.mark.usefixtures("own_database")
D = Decimal
OURS = D("20000000")  # what the demonstration's books have there
NEXT = DAY + timedelta(days=1)


def standing(before: date = NEXT) -> list[Standing]:
    run()
    return last_closings(entity_ids=[Entity.objects.get(code="RUS").pk], before=before)


class TestLastClosings:
    def test_it_is_beside_our_books_of_the_same_evening(self) -> None:
        statement([told("5.00")], opening="20000000.00", closing="20000005.00")
        booked("7.50", days=1)  # after that evening: no difference of it

        (found,) = standing()

        assert (found.day, found.theirs, found.ours) == (DAY, D("20000005"), OURS)
        assert found.difference == 5

    def test_the_last_before_the_day_counts_and_the_last_told_of_that(self) -> None:
        statement(opening="1.00", closing="2.00")
        statement(opening="1.00", closing="3.00")
        statement(day=NEXT, opening="3.00", closing="4.00")
        assert [each.theirs for each in standing()] == [3]
        assert [each.theirs for each in standing(NEXT + timedelta(days=1))] == [4]
        assert standing(DAY) == []

    def test_two_accounts_count_together_once_both_were_told_of_one_evening(self) -> None:
        one = nostro()
        two = NostroAccount.objects.create(
            entity=one.entity, place=one.place, owner=one.owner, currency=one.currency, number="CORR-2"
        )  # fmt: skip
        statement(of=one, opening="0", closing="10.00")
        statement(of=two, day=DAY - timedelta(days=1), opening="0", closing="20.00")
        assert standing() == []
        statement(of=two, opening="20.00", closing="30.00")
        assert [(each.theirs, each.ours, len(each.statements)) for each in standing()] == [
            (D(40), OURS, 2)
        ]

    def test_of_a_statement_without_a_balance_nothing_is_said(self) -> None:
        statement([told("1.00")])
        assert standing() == []


@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_ladder_shows_it_under_the_opening_with_the_difference(language: str) -> None:
    statement(opening="20000000.00", closing="20000005.00")
    run()

    page = browser("accountant", language).get(
        "/cash/", {"on": NEXT.isoformat(), "currency": "USD", "entity": "RUS"}
    )

    (currency,) = page.context["currencies"]
    (rows,) = [each.rows for each in currency.accounts if "CORR-RUS-CASH" in each.accounts]
    assert [row.cells[0].amount for row in rows[:3]] == [OURS, OURS + 5, D(5)]
    assert rows[1].cells[0].url.startswith("/reconciliation/statements/ST-")
    assert page.status_code == 200
    page = browser("accountant", language).get(
        "/cash/", {"on": DAY.isoformat(), "currency": "USD", "entity": "RUS"}
    )
    (currency,) = page.context["currencies"]
    cells = [cell for each in currency.accounts for row in each.rows for cell in row.cells]
    assert not [cell for cell in cells if "/statements/" in cell.url]  # of no evening before that
