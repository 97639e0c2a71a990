"""From a contract to its invoice, its entry and its line of the bank; and what does not fit, with its reason."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from backoffice.kernel.lifecycle import OtherEyesRequired
from backoffice.workflow.models import WorkItem
from expenses.centres import CostCentre
from expenses.costs.accruing import accrue_month
from expenses.costs.booking import recovers_vat
from expenses.costs.contracts import (
    AgreementUnknown,
    EndsTooEarly,
    OutsideAgreement,
    end_contracts,
    sign_contracts,
)
from expenses.costs.expecting import last_day
from expenses.costs.models import Cost, CostContract, InvoicePayment, SupplierInvoice
from expenses.costs.paying import LineDoesNotPay, pay_by_line, pay_invoices
from expenses.costs.services import (
    BilledLine,
    InvoiceTwice,
    InvoiceUnsound,
    ReasonToBook,
    book_due,
    book_invoices,
)
from reconciliation.matching.by_persons import undo_match
from reconciliation.models import Match, StatementLine
from refdata.models import Entity
from tests.access.people import browser
from tests.expenses.cost_stage import (
    AT,
    DECEMBER,
    LANDLORD,
    NOVEMBER,
    OCTOBER,
    D,
    booked,
    contract,
    invoice,
    person,
    standing,
    supplier,
)
from tests.following import follow_events
from tests.guards.test_rivals import at_once
from tests.reconciliation.matching.stage import live, nostro, run, statement, told

pytestmark = pytest.mark.usefixtures("own_database")
MONTH, BILL = "2026-11", "supplierinvoice"


def waiting(kind: str) -> list[WorkItem]:
    follow_events()
    return list(WorkItem.objects.filter(kind=kind, closed_at=None))


def accrue(month: date = NOVEMBER) -> int:
    entity = Entity.objects.get(code="RUS")
    return accrue_month(entity_id=entity.pk, month=month, day=last_day(month), at=AT)


class TestContract:
    def test_it_counts_once_other_eyes_have_signed_it(self) -> None:
        supplier()
        row = contract(signed=False)
        assert invoice().unexplained == "NO_CONTRACT"
        assert [item.queue for item in waiting("cost-contract")] == ["manager"]
        outcome = sign_contracts(ids=[row.pk], actor=person("accountant"), at=AT)
        assert isinstance(outcome.refused[row.pk], OtherEyesRequired)

        sign_contracts(ids=[row.pk], actor=person("manager"), at=AT).raise_single()

        bill = SupplierInvoice.objects.get()
        assert (bill.contract_id, bill.found_by, bill.unexplained) == (row.pk, "NUMBER", "")
        assert waiting("cost-contract") == []
        assert waiting("cost-no-contract") == []

    def test_only_within_an_agreement_of_the_register(self) -> None:
        supplier(valid_until=date(2027, 1, 1))
        with pytest.raises(AgreementUnknown):
            contract("R-18")
        with pytest.raises(OutsideAgreement):
            contract()
        assert contract(valid_until=date(2027, 1, 1)).state == "SIGNED"

    def test_it_does_not_end_before_what_is_billed(self) -> None:
        supplier()
        row = contract()
        invoice()

        def end(until: date) -> None:
            outcome = end_contracts(
                ids=[row.pk], until=until, reason="moved", actor=person("manager"), at=AT
            )
            outcome.raise_single()

        with pytest.raises(EndsTooEarly):
            end(NOVEMBER)
        end(date(2026, 11, 2))
        row.refresh_from_db()
        assert (row.state, row.valid_until) == ("ENDED", date(2026, 11, 2))
        over = invoice(number="INV-2", month_from=DECEMBER, month_until=DECEMBER)
        assert over.unexplained == "OVER"

    def test_the_database_keeps_its_shape(self) -> None:
        supplier()
        row = contract()
        for wrong in ({"per_months": 5}, {"amount": 0}, {"due_day": 32}, {"index": D("0.1")}):
            with pytest.raises(IntegrityError), transaction.atomic():
                CostContract.objects.filter(pk=row.pk).update(**wrong)


class TestInvoice:
    def test_from_the_contract_to_the_entry(self) -> None:
        supplier()
        contract()
        bill = invoice()
        assert [item.queue for item in waiting("cost-invoice")] == ["manager"]
        refused = book_invoices(ids=[bill.pk], actor=person("accountant"), at=AT)
        assert isinstance(refused.refused[bill.pk], OtherEyesRequired)

        book_invoices(ids=[bill.pk], actor=person("manager"), at=AT).raise_single()

        # A broker's services are exempt, so that VAT billed to it is part of the cost (Tax Code, art. 170 p. 5).
        assert not recovers_vat(Entity.objects.get(code="RUS"), NOVEMBER)
        assert (booked("EXPENSE"), booked("VAT"), booked("SUPPLIER")) == (D(122), D(0), D(-122))
        assert standing() == {(MONTH, BILL): 122}
        assert waiting("cost-invoice") == []

    def test_vat_that_is_recovered_is_no_cost(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("expenses.costs.services.recovers_vat", lambda *_: True)
        supplier()
        contract()
        invoice(booked=True)
        assert (booked("EXPENSE"), booked("VAT"), booked("SUPPLIER")) == (D(100), D(22), D(-122))

    @pytest.mark.parametrize(
        ("more", "reason", "kind"),
        [
            ({"net": "110.00", "vat": "24.20"}, "AMOUNT", "cost-amount"),
            ({"contract": "X-1"}, "NO_CONTRACT", "cost-no-contract"),
            ({"month_from": date(2025, 12, 1), "month_until": date(2025, 12, 1)}, "NOT_COVERED", "cost-not-covered"),
            ({"net": "102.00", "vat": "20.00"}, "VAT", "cost-vat"),
            ({"currency": "USD"}, "CURRENCY", "cost-currency"),
        ],
    )  # fmt: skip
    def test_what_no_contract_explains_waits_with_its_reason(
        self, more: dict[str, Any], reason: str, kind: str
    ) -> None:
        supplier()
        contract()
        bill = invoice(**more)
        assert bill.unexplained == reason
        assert [(item.queue, item.reason) for item in waiting(kind)] == [("accountant", "INV-1")]
        outcome = book_invoices(ids=[bill.pk], actor=person("manager"), at=AT)
        assert isinstance(outcome.refused[bill.pk], ReasonToBook)
        assert booked("EXPENSE") == 0

    def test_it_is_booked_all_the_same_with_a_reason(self) -> None:
        supplier()
        contract()
        invoice("110.00", "24.20", booked=True, reason="Heating, once")
        assert booked("EXPENSE") == D("134.20")
        assert waiting("cost-amount") == []
        # The month counts as billed: nothing is accrued for it, and another bill of it is one too many.
        assert accrue() == 0
        assert invoice(number="INV-2").unexplained == "TWICE"

    def test_the_same_number_comes_once(self) -> None:
        supplier()
        contract()
        invoice()
        with pytest.raises(InvoiceTwice):
            invoice()

    @pytest.mark.parametrize(
        "wrong",
        [
            {"lines": []}, {"month_until": OCTOBER},
            {"lines": [BilledLine("RENT", D(-1), D(0))]},
        ],
    )  # fmt: skip
    def test_it_says_what_is_billed(self, wrong: dict[str, Any]) -> None:
        supplier()
        with pytest.raises(InvoiceUnsound):
            invoice(**wrong)

    def test_centres_bear_their_shares_to_the_kopeck(self) -> None:
        supplier()
        contract(amount=D("100.00"), service="", vat_on_top=False)
        shares = [("DESK", D(1)), ("BACK", D(1)), ("MGMT", D(1))]
        invoice("100.00", "0", booked=True, shares=shares)
        found = Cost.objects.order_by("centre__code").values_list("centre__code", "amount")
        assert sum(amount for _code, amount in found) == 100
        assert sorted(amount for _code, amount in found) == [D("33.33"), D("33.33"), D("33.34")]

    def test_months_to_come_are_booked_when_they_begin(self) -> None:
        supplier()
        contract(per_months=3, amount=D(300), in_advance=True)
        row = invoice("300.00", "66.00", month_from=OCTOBER, month_until=DECEMBER, booked=True)
        assert row.unexplained == ""
        assert standing() == {("2026-10", BILL): 122, ("2026-11", BILL): 122}
        for _twice in range(2):
            book_due(entity_id=row.entity_id, day=date(2026, 12, 3), at=AT)
        assert standing()["2026-12", BILL] == 122
        assert booked("SUPPLIER") == -366


class TestAccrual:
    def test_what_is_expected_and_not_billed_until_it_is(self) -> None:
        supplier()
        row = contract(centre="BACK")
        assert (accrue(), accrue()) == (1, 0)
        assert standing() == {(MONTH, "costaccrual"): 122}
        assert booked("EXPENSE") == 122

        invoice(booked=True)

        assert standing() == {(MONTH, BILL): 122}
        assert (booked("EXPENSE"), booked("SUPPLIER")) == (D(122), D(-122))
        centre = CostCentre.objects.get(entity__code="RUS", code="BACK")
        assert set(Cost.objects.values_list("centre", "contract")) == {(centre.pk, row.pk)}
        assert accrue() == 0

    def test_a_cost_is_a_fact(self) -> None:
        supplier()
        contract()
        accrue()
        with pytest.raises(DatabaseError), transaction.atomic():
            Cost.objects.update(amount=1)
        with pytest.raises(DatabaseError), transaction.atomic():
            Cost.objects.all().delete()


class TestPayment:
    """Payments in dollars, of which the stage has an account with a bank."""

    @pytest.fixture
    def bill(self) -> SupplierInvoice:
        supplier()
        contract(currency="USD", service="", vat_on_top=False)
        return invoice("100.00", "0", currency="USD", booked=True)

    def pays(
        self, amount: str, text: str = "", name: str = f"Supplier {LANDLORD}", **more: Any
    ) -> None:
        statement([told(amount, text=text, counterparty_name=name, **more)])
        run()
        follow_events()

    def test_a_line_that_names_it_pays_it(self, bill: SupplierInvoice) -> None:
        self.pays("-100.00", "Rent November, invoice INV 1")
        bill.refresh_from_db()
        assert bill.state == "PAID"
        assert live(kind="BANK") == []
        assert booked("SUPPLIER") == 0
        assert InvoicePayment.objects.get().amount == 100

    def test_in_parts_as_far_as_they_go(self, bill: SupplierInvoice) -> None:
        self.pays("-40.00", "INV-1")
        bill.refresh_from_db()
        assert (bill.state, booked("SUPPLIER")) == ("BOOKED", D(-60))
        self.pays("-60.00", "INV-1")
        bill.refresh_from_db()
        assert bill.state == "PAID"

    def test_else_by_what_is_owed(self, bill: SupplierInvoice) -> None:
        self.pays("-100.00", "Rent")
        bill.refresh_from_db()
        assert bill.state == "PAID"

    @pytest.mark.parametrize(
        ("amount", "text"), [("-99.99", "Rent"), ("-100.01", "INV-1"), ("-100.00", "INV-1 INV-2")]
    )
    def test_what_fits_no_invoice_stands_as_an_item(
        self, bill: SupplierInvoice, amount: str, text: str
    ) -> None:
        invoice("100.00", "0", number="INV-2", currency="USD", booked=True, reason="once more")
        self.pays(amount, text)
        assert not InvoicePayment.objects.exists()
        (item,) = waiting("cost-paid-unbilled")
        assert (item.amount, item.currency, item.queue) == (-D(amount), "USD", "accountant")

    def test_it_is_matched_when_the_invoice_comes(self, bill: SupplierInvoice) -> None:
        self.pays("-70.00", "INV-7")
        assert len(waiting("cost-paid-unbilled")) == 1
        invoice("70.00", "0", number="INV-7", currency="USD", booked=True, reason="as agreed")
        assert waiting("cost-paid-unbilled") == []
        assert SupplierInvoice.objects.get(number="INV-7").state == "PAID"

    def test_undone_it_is_owed_again_and_only_a_person_says_what_the_line_paid(
        self, bill: SupplierInvoice
    ) -> None:
        other = invoice(
            "100.00", "0", number="INV-2", currency="USD", booked=True, reason="once more"
        )
        self.pays("-100.00", "INV-1")
        match, line = Match.objects.get(rule="REMEDY"), StatementLine.objects.get()
        undo_match(match_id=match.pk, reason="it was INV-2", actor=person("clerk"), at=AT)
        follow_events()

        bill.refresh_from_db()
        assert (bill.state, booked("SUPPLIER")) == ("BOOKED", D(-200))
        assert [each.amount for each in InvoicePayment.objects.order_by("pk")] == [100, -100]
        assert [each.line_id for each in live(kind="BANK")] == [line.pk]
        assert pay_invoices(entity_id=bill.entity_id, at=AT) == 0

        accountant = person("accountant")
        pay_by_line(ids=[other.pk], line=str(line), actor=accountant, at=AT).raise_single()
        follow_events()
        other.refresh_from_db()
        assert (other.state, booked("SUPPLIER")) == ("PAID", D(-100))
        assert live(kind="BANK") == []
        with pytest.raises(LineDoesNotPay):
            pay_by_line(ids=[bill.pk], line=str(line), actor=accountant, at=AT).raise_single()

    def test_on_its_page_a_person_says_which_line_paid_it(self, bill: SupplierInvoice) -> None:
        self.pays("-20.00", "no number", name="Somebody")
        line, page = str(StatementLine.objects.get()), f"/costs/invoices/{bill}/"
        accountant = browser("accountant")
        assert f'name="line" value="{line}"' in accountant.get(page).content.decode()
        assert line not in browser("manager").get(page).content.decode()
        assert browser("manager").post(f"{page}pay/", {"line": line}).status_code == 403
        assert accountant.post(f"{page}pay/", {"line": "SL-0"}).status_code == 409

        assert accountant.post(f"{page}pay/", {"line": line}).status_code == 302

        assert InvoicePayment.objects.get().amount == 20
        assert booked("SUPPLIER") == D(-80)

    @pytest.mark.parametrize(
        ("amount", "name"), [("-100.01", f"Supplier {LANDLORD}"), ("-20.00", "Supplier Another")]
    )
    def test_no_person_says_that_more_or_another_was_paid(
        self, bill: SupplierInvoice, amount: str, name: str
    ) -> None:
        supplier("ANOTHER", number="A-2")
        contract("A-2", currency="USD", service="", vat_on_top=False)
        self.pays(amount, "no number", name=name)
        line = str(StatementLine.objects.get())
        accountant = person("accountant")
        with pytest.raises(LineDoesNotPay):
            pay_by_line(ids=[bill.pk], line=line, actor=accountant, at=AT).raise_single()
        assert not InvoicePayment.objects.exists()

    def test_what_is_paid_to_others_is_none_of_it(self, bill: SupplierInvoice) -> None:
        self.pays("-100.00", "INV-1", name="Somebody else")
        assert not InvoicePayment.objects.exists()
        assert waiting("cost-paid-unbilled") == []
        assert nostro().currency == "USD"


class TestRivals:
    """Two nights at once, or a night and a consumer."""

    def test_a_month_is_accrued_once(self) -> None:
        supplier()
        contract()
        assert sorted(at_once(lambda _number: accrue(), 4)) == [0, 0, 0, 1]
        assert booked("EXPENSE") == 122

    def test_a_line_pays_once(self) -> None:
        supplier()
        contract(currency="USD", service="", vat_on_top=False)
        invoice("100.00", "0", currency="USD", booked=True)
        statement([told("-100.00", text="INV-1", counterparty_name=f"Supplier {LANDLORD}")])
        run()
        entity = Entity.objects.get(code="RUS")
        assert sorted(at_once(lambda _number: pay_invoices(entity_id=entity.pk, at=AT), 4)) == [
            0,
            0,
            0,
            1,
        ]
        assert booked("SUPPLIER") == 0
