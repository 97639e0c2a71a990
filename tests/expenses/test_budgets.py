"""A budget by two people, beside what is booked and foreseen: worked by hand in the books."""

from __future__ import annotations

from datetime import date

import pytest

from backoffice.kernel.lifecycle import OtherEyesRequired
from expenses.budgets.models import Budget
from expenses.budgets.selectors import lines_of, totals_of
from expenses.budgets.services import (
    BudgetUnsound,
    NewBudget,
    PlannedLine,
    approve_budgets,
    propose_budget,
)
from expenses.costs.services import BilledLine
from refdata.models import Entity
from tests.expenses.cost_stage import AT, NOVEMBER, D, contract, invoice, person, supplier

pytestmark = pytest.mark.usefixtures("own_database")
OCTOBER = date(2026, 10, 1)


def planned(*lines: PlannedLine, approved: bool = True) -> Budget:
    row = propose_budget(
        new=NewBudget(entity="RUS", year=2026, lines=lines), actor=person("accountant"), at=AT
    )
    if approved:
        approve_budgets(ids=[row.pk], actor=person("manager"), at=AT).raise_single()
    return row


class TestBudget:
    def test_one_version_counts_and_other_eyes_say_which(self) -> None:
        first = planned(PlannedLine("BACK", "RENT", NOVEMBER, D(100)))
        second = planned(PlannedLine("BACK", "RENT", NOVEMBER, D(120)), approved=False)
        outcome = approve_budgets(ids=[second.pk], actor=person("accountant"), at=AT)
        assert isinstance(outcome.refused[second.pk], OtherEyesRequired)
        first.refresh_from_db()
        assert first.state == "APPROVED"  # what was refused changed nothing
        approve_budgets(ids=[second.pk], actor=person("manager"), at=AT).raise_single()
        first.refresh_from_db()
        assert (first.state, second.number) == ("REPLACED", 2)

    def test_a_line_twice_or_of_another_year_is_refused(self) -> None:
        line = PlannedLine("BACK", "RENT", NOVEMBER, D(100))
        for lines in ((line, line), (line._replace(month=date(2025, 11, 1)),), ()):
            with pytest.raises(BudgetUnsound):
                planned(*lines)

    def test_beside_what_is_booked_and_foreseen(self) -> None:
        """Rent of 100 from October by contract, of which October is billed; a lawyer of 55 in October.

        Until October: planned 90 + 0, booked 100 + 55. The year: rent 100 + 100 + 100; of the lawyer, in ten months
        5.50 a month, so 55 + 5.50 + 5.50.
        """
        supplier()
        contract(centre="BACK", service="", vat_on_top=False, valid_from=OCTOBER)
        invoice("100.00", "0", month_from=OCTOBER, month_until=OCTOBER, booked=True)
        invoice(
            number="L-1", contract="", month_from=OCTOBER, month_until=OCTOBER, booked=True, reason="once",
            lines=[BilledLine("LEGAL", D(55), D(0))], shares=[("MGMT", D(1))],
        )  # fmt: skip
        row = planned(
            PlannedLine("BACK", "RENT", OCTOBER, D(90)),
            PlannedLine("BACK", "RENT", NOVEMBER, D(90)),
        )

        lines = lines_of(Entity.objects.get(code="RUS"), 2026, OCTOBER, row)

        found = {
            (line.centre.code if line.centre else "", line.kind): line.compared for line in lines
        }
        rent, legal = found["BACK", "RENT"], found["MGMT", "LEGAL"]
        assert (rent.budget, rent.actual, rent.over) == (D(90), D(100), D(10))
        assert (rent.budget_of_year, rent.forecast) == (D(180), D(300))
        assert (legal.budget, legal.actual, legal.forecast) == (D(0), D(55), D(66))
        assert totals_of(lines).forecast == 366
