"""A month of costs: the night that ends it accrues and depreciates, its close tells that expense outran income."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from backoffice.work.costs import UNBILLED, UNEXPLAINED
from backoffice.workflow.models import WorkItem
from expenses.assets.services import NewAsset, accept_assets, propose_asset
from expenses.costs.models import Cost, InvoicePayment, SupplierInvoice
from expenses.costs.paying import lines_out, suppliers_of
from expenses.costs.state import Source
from expenses.watching.models import ExpenseAlert
from ledger.models import JournalEntry
from tests.expenses.cost_stage import AT, LANDLORD, D, contract, person, supplier
from tests.flows.test_periods import LAST, begin_on, last_run, month_is_closed, rus, step_of
from tests.following import follow_events
from tests.reporting.running import told

NOVEMBER = date(2026, 11, 1)
RENT, SERVER = D(900_000_000), D(1_200)


@pytest.mark.slow
@pytest.mark.usefixtures("own_database")
class TestMonthOfCosts:
    def test_it_is_accrued_depreciated_and_told(self) -> None:
        begin_on(LAST)
        supplier()
        contract(amount=RENT, service="", vat_on_top=False)
        new = NewAsset(
            entity="RUS", number="1", name="Server", kind="COMPUTERS", supplier=LANDLORD, document="A-1",
            currency="RUB", cost=SERVER, bought_on=date(2026, 10, 31), in_use_on=date(2026, 10, 31), months=12,
            method="STRAIGHT",
        )  # fmt: skip
        asset = propose_asset(new=new, actor=person("accountant"), at=AT)
        accept_assets(ids=[asset.pk], actor=person("manager"), at=AT).raise_single()

        month_is_closed()

        booked = {cost.source: cost.amount for cost in Cost.objects.filter(month=NOVEMBER)}
        assert booked == {Source.ACCRUAL: RENT, Source.DEPRECIATION: D(100)}
        entries = JournalEntry.objects.filter(source_type="cost", effective_date=LAST)
        assert entries.count() == 2
        assert step_of("expense-alert", "MONTH") == "DONE"
        alert = ExpenseAlert.objects.get()
        lines = [
            Decimal(row["earned"])
            for row in told(last_run("income-statement", "MONTH"), section="lines", entity="RUS")
        ]
        assert alert.income == sum(amount for amount in lines if amount > 0)
        assert alert.expense == -sum(amount for amount in lines if amount < 0)
        assert (alert.month, alert.drivers.get(number=1).cause) == (NOVEMBER, "RENT")
        follow_events()
        (item,) = WorkItem.objects.filter(kind="expense-outran-income", closed_at=None)
        assert (item.queue, item.amount) == ("manager", alert.gap)


class TestDemonstration:
    def test_every_expense_is_explained_or_stands_as_an_item_with_its_reason(
        self, day_at_work: None
    ) -> None:
        follow_events()
        open_items = WorkItem.objects.filter(closed_at=None)
        reasons = dict(SupplierInvoice.objects.values_list("pk", "unexplained"))
        assert sorted(reasons.values()) == ["", "", "AMOUNT", "NO_CONTRACT"]
        for id, reason in reasons.items():
            kinds = set(
                open_items.filter(subject_type="supplierinvoice", subject_id=id).values_list(
                    "kind", flat=True
                )
            )
            assert kinds & set(UNEXPLAINED.values()) == ({UNEXPLAINED[reason]} if reason else set())
        assert all(cost.contract_id for cost in Cost.objects.all())

        entity = rus()
        names = {"Demo Data", "Demo Tower", "Demo Telecom", "Demo Counsel"}
        left = [
            row for row in lines_out(entity.pk) if row.line and row.line.counterparty_name in names
        ]
        assert [-row.theirs for row in left] == [D(310)]
        assert suppliers_of(entity.pk)
        (item,) = open_items.filter(kind=UNBILLED)
        assert (item.subject_id, item.amount, item.currency) == (left[0].pk, D(310), "USD")
        assert InvoicePayment.objects.get().invoice == SupplierInvoice.objects.get(
            number="DD-77", state="PAID"
        )
