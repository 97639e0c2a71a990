"""Pay beside securities in one 6-NDFL: register, form, certificates and the message, of a month reckoned by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from backoffice.kernel.errors import NotFound
from ledger.models import NdflWithholding
from refdata.models import Entity, Party
from reporting.selectors import report_runs
from reporting.services import verify_run
from settlements.ndfl.keeping import due_of_payment
from tests.expenses.payroll.stage import ANNA, accepted, employ, file_of, september
from tests.instructing import person
from tests.reporting.running import run_of, told
from tests.reporting.test_ndfl_register import cells
from tests.reporting.test_realised_result import Bought

D = Decimal
YEAR = {"business_date": "2026-12-31"}
KBK = {
    "0.13": "18210102010011000110",
    "0.15": "18210102080011000110",
    "0.30": "18210102010011000110",
}


@pytest.fixture(autouse=True)
def paid(own_database: None) -> None:
    """Pay of September and October, and securities of Anna that gained 1,000."""
    employ()
    accepted(september())
    accepted(file_of())
    client = Bought()
    client.buy(10, "100"), client.sell(10, "200")


def section(name: str, code: str) -> list[dict[str, Any]]:
    return told(run_of(name, parameters=YEAR), section=code)


class TestForm:
    def test_section_2_tells_pay_by_rate_and_code_of_the_budget_beside_securities(self) -> None:
        rows = section("ndfl-form", "rates")
        assert [
            cells(r, "status", "scale", "rate", "kbk", "people", "base", "tax", "withheld", "unwithheld")
            for r in rows
        ] == [
            ("NON_RESIDENT", "PAY", "0.30", KBK["0.30"], "1", "50000.00", "15000.00", "15000.00", "0.00"),
            ("RESIDENT", "PAY", "0.13", KBK["0.13"], "4", "2708600.88", "352118.00", "352118.00", "0.00"),
            ("RESIDENT", "PAY", "0.15", KBK["0.15"], "1", "100000.50", "15000.00", "15000.00", "0.00"),
            ("RESIDENT", "SECURITIES", "0.13", None, "1", "1000.00", "130.00", "0.00", "130.00"),
        ]  # fmt: skip

    def test_section_1_tells_by_when_what_was_withheld_of_pay_is_transferred(self) -> None:
        assert [cells(r, "transfer_by", "withheld", "left") for r in section("ndfl-form", "due")] == [
            ("2026-10-28", "305500.00", "305500.00"), ("2026-11-30", "76618.00", "76618.00"),
        ]  # fmt: skip

    def test_every_control_ratio_holds_and_the_run_proves_itself(self) -> None:
        run = run_of("ndfl-form", parameters=YEAR)
        ratios = {
            r["ratio"]: cells(r, "one", "other", "holds") for r in told(run, section="ratios")
        }
        withheld = ("382118.00", "382118.00", "true")
        assert ratios == {
            "TAX_BY_RATE": ("382248.00", "382248.00", "true"), "WITHHELD_BY_RATE": withheld,
            "WITHHELD_BY_DAY": withheld, "WITHHELD_IN_ENTRIES": withheld,
        }  # fmt: skip
        assert verify_run(run).equal


class TestCertificates:
    def test_one_person_has_securities_and_pay_apart(self) -> None:
        rows = [r for r in section("ndfl-certificates", "certificates") if r["owner"] == ANNA]
        assert [
            cells(r, "rate", "kbk", "income", "deducted", "base", "tax", "withheld", "unwithheld")
            for r in rows
        ] == [
            ("0.13", None, "2000.00", "1000.00", "1000.00", "130.00", "0.00", "130.00"),
            ("0.13", KBK["0.13"], "150000.00", "1400.00", "148600.00", "19318.00", "19318.00", "0.00"),
        ]  # fmt: skip
        incomes = [r for r in section("ndfl-certificates", "incomes") if r["owner"] == ANNA]
        assert [
            cells(r, "month", "code", "income", "deduction", "deducted")
            for r in incomes
            if r["kind"] == "PAY"
        ] == [
            ("2026-10", "2000", "50000.00", None, "0.00"), ("2026-11", "2000", "100000.00", "126", "1400.00"),
        ]  # fmt: skip

    def test_who_crossed_the_threshold_has_two_of_them(self) -> None:
        rows = [
            r for r in section("ndfl-certificates", "certificates") if r["owner"] == "EMP-CHIEF"
        ]
        assert [cells(r, "rate", "base", "tax", "withheld") for r in rows] == [
            ("0.13", "2400000.00", "312000.00", "312000.00"), ("0.15", "100000.50", "15000.00", "15000.00"),
        ]  # fmt: skip

    def test_the_message_names_whose_tax_could_not_be_withheld(self) -> None:
        assert [
            cells(r, "owner", "rate", "base", "unwithheld")
            for r in section("ndfl-certificates", "message")
        ] == [(ANNA, "0.13", "1000.00", "130.00")]

    def test_their_sum_is_section_2_and_what_the_books_say(self) -> None:
        ratios = section("ndfl-certificates", "ratios")
        assert {r["ratio"]: r["holds"] for r in ratios} == dict.fromkeys(
            ("BASE", "TAX", "WITHHELD"), "true"
        )
        certificates = section("ndfl-certificates", "certificates")
        rates = section("ndfl-form", "rates")
        for name in ("base", "tax", "withheld"):
            assert sum(D(r[name]) for r in certificates) == sum(D(r[name]) for r in rates)


class TestApart:
    def test_a_payment_to_a_client_bears_no_tax_of_pay(self) -> None:
        due = due_of_payment(
            entity=Entity.objects.get(code="RUS"), client=Party.objects.get(code=ANNA),
            payment=D(5_000), day=date(2026, 12, 1),
        )  # fmt: skip
        assert (due.tax, due.before, due.now) == (D(130), D(0), D(130))
        assert due.bases == {"TRADED": "1000"}

    def test_the_tax_of_pay_is_a_row_of_the_sub_ledger_for_each_person(self) -> None:
        rows = NdflWithholding.objects.filter(source_type="payrollline", taxpayer__code=ANNA)
        assert [(r.payment, r.tax, r.before, r.withheld) for r in rows.order_by("day")] == [
            (D(50_000), D(6_500), D(0), D(6_500)), (D(100_000), D(19_318), D(6_500), D(12_818)),
        ]  # fmt: skip

    def test_a_client_report_says_nothing_of_pay(self) -> None:
        asked = {"client": ANNA, "kept_from": "2026-01-01", "kept_until": "2026-12-31"}
        assert told(run_of("client-report", parameters=asked), section="taxes") == []


class TestRegister:
    def test_what_pay_cost_by_centre_agrees_with_the_books(self) -> None:
        asked = {"paid_from": "2026-11-01", "paid_until": "2026-11-30"}
        run = run_of("payroll-register", parameters=asked)
        assert [
            cells(r, "centre", "month", "people", "accrued", "contributions", "cost", "net")
            for r in told(run, section="centres")
        ] == [
            ("BACK", "2026-10", "2", "200000.55", "60000.00", "260000.55", "169182.55"),
            ("DESK", "2026-10", "2", "113000.33", "33000.10", "146000.43", "90200.33"),
            ("MGMT", "2026-10", "1", "200000.50", "30000.08", "230000.58", "172000.50"),
        ]  # fmt: skip
        assert {r["holds"] for r in told(run, section="ratios")} == {"true"}
        assert verify_run(run).equal

    @pytest.mark.parametrize("name", ["payroll-register", "ndfl-register", "ndfl-certificates"])
    def test_only_those_who_may_read_pay_make_or_see_it(self, name: str) -> None:
        asked = {"paid_from": "2026-11-01", "paid_until": "2026-11-30"}
        run = run_of(name, parameters=asked if name == "payroll-register" else YEAR)
        seen = [report_runs(visible_to=person(who)).filter(pk=run.pk).exists()
                for who in ("accountant", "manager", "auditor", "clerk", "checker", "admin")]  # fmt: skip
        assert seen == [True, True, True, False, False, False]
        with pytest.raises(NotFound):
            run_of(name, by="clerk", parameters=run.parameters)
