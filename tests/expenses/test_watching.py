"""The alert fires in the month in which expense outruns income, and names the drivers that a hand calculation names."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from backoffice.night_costs import causes_of, kinds_of
from backoffice.workflow.models import WorkItem
from expenses.watching.models import ExpenseAlert, MonthlyResult
from expenses.watching.services import (
    AnswerMissing,
    answer_alerts,
    keep_month,
    known_months,
    watch_month,
)
from ledger.accounting.chart import Line
from refdata.models import Entity
from tests.expenses.cost_stage import AT, D, contract, invoice, person, supplier
from tests.following import follow_events

pytestmark = pytest.mark.usefixtures("own_database")
MONTHS = [date(2026, number, 1) for number in range(1, 13)]


def rus() -> Entity:
    return Entity.objects.get(code="RUS")


def keep(month: date, income: int, **expenses: int) -> bool:
    told = {cause: Decimal(amount) for cause, amount in expenses.items()}
    return keep_month(entity=rus(), month=month, income=Decimal(income), expenses=told, at=AT)


def watch(month: date) -> ExpenseAlert | None:
    return watch_month(entity=rus(), month=month, at=AT)


def drivers(row: ExpenseAlert) -> list[tuple[str, Decimal]]:
    return list(row.drivers.order_by("number").values_list("cause", "worse_by"))


class TestAlert:
    def test_a_year_by_hand(self) -> None:
        """Nine months of 1,000 in and 300 + 200 + 400 out. In October a lawyer for 90 more: still 10 left.

        In November 900 in, data at 250, and a lawyer for 160: 1,110 out, 210 missing. Usual, over ten months: 1,000
        in, data 200, lawyer 9. Worse by 151 + 100 + 50 = 301, from the largest down.
        """
        for month in MONTHS[:9]:
            keep(month, 1_000, RENT=300, DATA=200, STAFF_COSTS=400)
            assert watch(month) is None
        keep(MONTHS[9], 1_000, RENT=300, DATA=200, STAFF_COSTS=400, LEGAL=90)
        assert watch(MONTHS[9]) is None
        keep(MONTHS[10], 900, RENT=300, DATA=250, STAFF_COSTS=400, LEGAL=160)

        row = watch(MONTHS[10])

        assert row is not None
        assert (row.gap, row.swing, row.trailing) == (D(210), D(301), 10)
        assert drivers(row) == [("LEGAL", D(151)), ("INCOME", D(100)), ("DATA", D(50))]
        follow_events()
        (item,) = WorkItem.objects.filter(kind="expense-outran-income", closed_at=None)
        assert (item.queue, item.amount, item.reason) == ("manager", D(210), "2026-11")

    def test_once_for_a_month_until_it_is_answered(self) -> None:
        keep(MONTHS[0], 10, RENT=11)
        row = watch(MONTHS[0])
        assert row is not None
        assert watch(MONTHS[0]) is None
        with pytest.raises(AnswerMissing):
            answer_alerts(ids=[row.pk], reason=" ", actor=person("manager"), at=AT)
        answer_alerts(
            ids=[row.pk], reason="Moving house", actor=person("manager"), at=AT
        ).raise_single()
        follow_events()
        row.refresh_from_db()
        assert (row.state, row.answer) == ("ANSWERED", "Moving house")
        assert not WorkItem.objects.filter(kind="expense-outran-income", closed_at=None).exists()

    def test_a_month_told_anew_is_kept_beside_and_counts(self) -> None:
        assert keep(MONTHS[0], 10, RENT=5)
        assert not keep(MONTHS[0], 10, RENT=5)
        assert keep(MONTHS[0], 10, DATA=7)
        told = known_months(rus().pk, MONTHS[0], MONTHS[0])[MONTHS[0]]
        assert told.expenses == {"DATA": D(7)}
        assert MonthlyResult.objects.count() == 4

    def test_a_month_that_nobody_kept_is_not_told(self) -> None:
        assert watch(MONTHS[0]) is None


class TestCauses:
    def test_running_costs_by_their_kinds_as_far_as_these_go(self) -> None:
        lines = {
            Line.GAINS: D(500), Line.FEES: D(-20), Line.RUNNING_COSTS: D(-150), Line.DEPRECIATION: D(-9),
        }  # fmt: skip
        income, expenses = causes_of(lines, {"RENT": D(100), "DATA": D(40)})
        assert income == 500
        assert expenses == {
            "FEES": D(20), "RENT": D(100), "DATA": D(40), "RUNNING_COSTS": D(10), "DEPRECIATION": D(9),
        }  # fmt: skip
        assert sum(expenses.values()) == 179

    def test_kinds_are_those_of_what_was_booked_in_the_month(self) -> None:
        supplier()
        contract()
        invoice(booked=True)
        found = kinds_of(rus(), MONTHS[10], date(2026, 11, 30), 2**62)
        assert found == {"RENT": D(122)}
