"""A payroll journal on its way: taken in whole or not at all, accepted by other eyes, booked, corrected."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Sum

from backoffice.kernel.lifecycle import OtherEyesRequired
from expenses.costs.models import Cost
from expenses.payroll.models import PayrollJournal, PayrollLine
from expenses.payroll.reading import InvalidJournal
from expenses.payroll.services import JournalKnown, NothingToCorrect, RemarksUnanswered
from ledger.models import JournalEntry, NdflPay, NdflWithholding
from tests.expenses.payroll.stage import (
    OCTOBER,
    TOTALS,
    accept,
    accepted,
    booked,
    employ,
    file_of,
    receive,
    september,
)

pytestmark = pytest.mark.django_db
D = Decimal


@pytest.fixture(autouse=True)
def employees() -> None:
    employ()


class TestReceiveJournal:
    def test_it_waits_and_books_nothing(self) -> None:
        row = receive(file_of())
        assert (row.state, row.people, row.net) == ("PROPOSED", 5, D("431383.38"))
        assert PayrollLine.objects.filter(journal=row).count() == 7
        assert not JournalEntry.objects.filter(source_type="payrolljournal").exists()

    def test_the_same_file_again_is_the_same_journal(self) -> None:
        first = receive(file_of())
        assert receive(file_of()).pk == first.pk
        assert PayrollJournal.objects.count() == 1

    def test_another_file_of_the_same_number_is_refused(self) -> None:
        receive(file_of())
        with pytest.raises(JournalKnown):
            receive(file_of(pay_date="2026-11-06"))

    def test_a_wrong_one_loses_nothing_and_says_where_it_is_wrong(self) -> None:
        before = receive(september())
        rows = [*OCTOBER]
        rows[2] = rows[2].replace("64600", "64600.01")
        with pytest.raises(InvalidJournal) as refused:
            receive(file_of(rows))
        found = [(each.pointer, each.code) for each in refused.value.problems]
        assert found == [
            ("/lines/16/net", "does-not-add-up"),
            ("/lines/11/total_net", "does-not-balance"),
        ]
        assert [row.pk for row in PayrollJournal.objects.all()] == [before.pk]

    def test_all_that_is_not_known_is_told_at_once(self) -> None:
        rows = [
            "EMP-NOBODY;;yes;BACK;2000;100;;100;13=13;;;87;;",
            "EMP-CLERK;;yes;NOWHERE;1010;100;999=10;90;13=12;;;88;;",
        ]
        totals = {"accrued": "200", "ndfl": "25", "held": "0", "contributions": "0", "net": "175"}
        with pytest.raises(InvalidJournal) as refused:
            receive(file_of(rows, totals))
        assert [(each.pointer, each.code) for each in refused.value.problems] == [
            ("/lines/14/person", "unknown-person"), ("/lines/15/centre", "unknown-centre"),
            ("/lines/15/code", "unknown-code"), ("/lines/15/deductions", "unknown-code"),
        ]  # fmt: skip


class TestAcceptJournal:
    def test_totals_are_equal_in_file_books_and_sub_ledger(self) -> None:
        accepted(september())
        accepted(file_of())
        assert booked("PERSONNEL") == D("2350000") + D("513001.38") + D("315000") + D("123000.18")
        assert booked("SOCIAL") == -(D("315000") + D("123000.18"))
        assert booked("TAX") == -(D("305500") + D("76618"))
        assert booked("STAFF") == -(D("2044500") + D("431383.38") + D("5000"))
        incomes = NdflPay.objects.aggregate(income=Sum("income"), costs=Sum("costs"))
        untaxed = D("3000")
        assert incomes == {"income": D("2350000") + D("513001.38") - untaxed, "costs": D("1400")}
        kept = NdflWithholding.objects.filter(source_type="payrollline")
        assert kept.aggregate(sum=Sum("withheld"))["sum"] == D("305500") + D("76618")
        assert {row.day.isoformat() for row in kept} == {"2026-10-05", "2026-11-05"}
        assert {row.transfer_by.isoformat() for row in kept} == {"2026-10-28", "2026-11-30"}

    def test_who_brought_it_does_not_accept_it(self) -> None:
        row = receive(file_of())
        refused = accept(row, reason="mine", by="accountant").refused[row.pk]
        assert isinstance(refused, OtherEyesRequired)

    def test_tax_over_the_threshold_agrees_with_the_scale(self) -> None:
        accepted(september())
        assert accepted(file_of()).remarks.count() == 0

    def test_other_tax_than_the_scale_says_needs_a_reason_and_is_kept(self) -> None:
        row = receive(file_of())  # without September the chief has not reached the threshold
        assert isinstance(accept(row).refused[row.pk], RemarksUnanswered)
        assert booked("STAFF") == 0
        accept(row, reason="the payroll knows September").raise_single()
        kept = [(r.person.code, r.rate, r.told, r.reckoned) for r in row.remarks.order_by("rate")]
        assert kept == [
            ("EMP-CHIEF", D("0.13"), D("13000"), D("26000")), ("EMP-CHIEF", D("0.15"), D("15000"), D("0")),
        ]  # fmt: skip
        assert booked("TAX") == -D("76618")


class TestCorrectJournal:
    def test_it_reverses_what_it_corrects_once_it_is_accepted(self) -> None:
        accepted(september())
        old = accepted(file_of())
        rows = [*OCTOBER]
        rows[5] = "EMP-TRADER;;yes;DESK;2000;70000.33;;70000.33;13=9100;;18000.10;60900.33;;"
        totals = TOTALS | {"accrued": "523001.38", "ndfl": "77918", "net": "440083.38"}
        new = receive(file_of(rows, totals, number="10-2", corrects="10-1"))
        assert booked("TAX") == -(D("305500") + D("76618"))

        accept(new).raise_single()

        costs = Cost.objects.filter(kind="PERSONNEL")
        assert costs.aggregate(sum=Sum("base"))["sum"] == booked("PERSONNEL")
        assert {each.reason for each in costs.exclude(reverses=None)} == {str(new)}
        assert PayrollJournal.objects.get(pk=old.pk).state == "REVERSED"
        assert booked("TAX") == -(D("305500") + D("77918"))
        assert booked("STAFF") == -(D("2044500") + D("440083.38") + D("5000"))
        kept = NdflWithholding.objects.filter(source_type="payrollline")
        assert kept.aggregate(sum=Sum("withheld"))["sum"] == D("305500") + D("77918")
        incomes = NdflPay.objects.aggregate(sum=Sum("income"))["sum"]
        assert incomes == D("2350000") + D("523001.38") - D("3000")

    def test_only_what_is_accepted_is_corrected(self) -> None:
        receive(september())
        with pytest.raises(NothingToCorrect):
            receive(september(number="09-2", corrects="09-1"))


def test_lines_are_facts() -> None:
    row = receive(file_of())
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE expenses_payrollline SET net = 0 WHERE journal_id = %s", [row.pk])
