"""What an item costs to leave: by its kind, by the register of penalties where that says it, in one currency."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from backoffice.work import queue as queueing
from backoffice.work.kinds import ORDER
from backoffice.work.queue import Desk
from backoffice.workflow.models import WorkItem
from refdata.dated_rules.selectors import rule_in_force
from refdata.quotes import rate_on
from tests.work.working import NOW, an_item, worker, worth

pytestmark = pytest.mark.django_db


def priced(item: WorkItem) -> Any:
    (found,) = Desk(NOW).priced([item])
    return found


def keys(*items: WorkItem) -> list[int]:
    desk = Desk(NOW)
    return [each.item.pk for each in desk.ordered(desk.priced(items), count=10)]


class TestPriced:
    def test_a_cut_off_costs_a_part_of_what_is_at_stake(self) -> None:
        cost = priced(worth(8_000_000)).cost
        assert (cost.amount, cost.currency) == (800, "RUB")

    def test_another_currency_is_counted_in_that_of_the_costs(self) -> None:
        rate = rate_on("USD", "RUB", Desk(NOW).day)
        assert rate is not None
        cost = priced(an_item(amount=Decimal(100_000), currency="USD")).cost
        assert cost.amount == 10 * rate.value

    def test_what_says_no_amount_costs_what_its_kind_costs(self) -> None:
        assert (
            priced(an_item("sign-off", queue="manager", subject_type="businessday")).cost.amount
            == 20_000
        )

    def test_it_is_due_at_the_end_of_the_day_its_kind_says(self) -> None:
        assert priced(an_item()).due_at == NOW + timedelta(hours=30)  # 18:00 in Moscow the next day

    def test_minutes_are_those_of_work(self) -> None:
        found = priced(worth(1, opened_at=NOW - timedelta(days=1), due_at=NOW + timedelta(hours=1)))
        assert (found.waiting.age, found.waiting.left) == (540, 60)


class TestOrdered:
    def test_the_dearest_to_leave_comes_first(self) -> None:
        small, large = worth(1_000), worth(9_000_000)
        assert keys(small, large) == [large.pk, small.pk]

    def test_what_is_older_than_the_bound_comes_before_it(self) -> None:
        worker("anna", "clerk")
        old = an_item(amount=Decimal(0), currency="RUB", opened_at=NOW - timedelta(days=7))
        large = worth(90_000_000, due_at=NOW + timedelta(minutes=40))
        placed = Desk(NOW).ordered(Desk(NOW).priced([old, large]), count=2)
        assert [(each.item.pk, each.aged) for each in placed] == [(old.pk, True), (large.pk, False)]

    def test_the_bound_is_that_of_the_rule(self) -> None:
        order = rule_in_force(ORDER, Desk(NOW).day)
        assert order.bound(1_000) == pytest.approx(1_300)
        assert order.bound(0) == 240

    def test_nothing_has_no_order(self) -> None:
        assert Desk(NOW).ordered([], count=5) == []
        assert queueing.people_of([]) == {}
