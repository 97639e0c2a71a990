"""From a file of the payroll to the bank's statement: brought, accepted, paid, stated, and seen by few."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from backoffice.connectors.salaries.models import PayFile
from backoffice.demonstration.ruble_bank import NUMBER, load_ruble_bank
from backoffice.events.models import Event
from backoffice.workflow.models import WorkItem
from expenses.payroll.models import PayrollJournal, PayrollLine
from reconciliation.breaks.remedies import fitting_remedies
from reconciliation.breaks.state import Remedy
from refdata.models import NostroAccount
from refdata.screening.services import screen_due
from reporting.reports import REPORTS
from tests.expenses.payroll.stage import (
    OCTOBER,
    SEPTEMBER,
    TOTALS,
    accepted,
    booked,
    employ,
    file_of,
    september,
)
from tests.following import follow_events
from tests.pages.test_pages import browser
from tests.reconciliation.matching.stage import live, nostro, run, statement, told

pytestmark = pytest.mark.usefixtures("own_database")
D = Decimal
WHY = {"reason": "the payroll knows the months before"}


@pytest.fixture(autouse=True)
def firm(own_database: None) -> None:
    employ()
    load_ruble_bank(at=timezone.now())
    screen_due(at=timezone.now())


def with_accounts(rows: tuple[str, ...] = OCTOBER) -> list[str]:
    """Everybody has an account at the bank in the journal itself."""
    return [row.removesuffix(";;") + ";40817810000000000001;044525974" for row in rows]


def bring(api: Any, content: bytes, who: str = "accountant") -> Any:
    body = {"document": "pay.csv", "csv": content.decode()}
    return api(who).post("/payroll-journals/", body)


def waiting() -> list[tuple[str, str]]:
    follow_events()
    rows = WorkItem.objects.filter(closed_at=None, kind__in=["payroll-journal", "pay-file"])
    return [(row.kind, row.queue) for row in rows]


class TestOverRest:
    def test_the_way_of_a_journal(self, api: Any) -> None:
        bring(api, september())
        api("manager").post(f"/payroll-journals/PJ-{PayrollJournal.objects.get().pk}/accept/")
        answer = bring(api, file_of(with_accounts()))
        body = answer.json()
        assert (answer.status_code, body["status"], body["remarks"]) == (201, "PROPOSED", [])
        assert body["net"] == {"amount": TOTALS["net"], "currency": "RUB"}
        assert [each["centre"] for each in body["centres"]] == ["BACK", "DESK", "MGMT"]
        assert waiting() == [("payroll-journal", "manager")]
        assert bring(api, file_of(with_accounts())).status_code == 200

        ref = body["reference"]
        assert api("accountant").post(f"/payroll-journals/{ref}/accept/").status_code == 403
        answer = api("manager").post(f"/payroll-journals/{ref}/accept/")
        assert (answer.status_code, answer.json()["status"]) == (200, "ACCEPTED"), answer.content
        assert len(answer.json()["entries"]) == 2
        assert waiting() == []

        asked = {"account": NUMBER}
        made = api("accountant").post(f"/payroll-journals/{ref}/pay-file/", asked).json()
        assert made["total"] == {"amount": TOTALS["net"], "currency": "RUB"}
        assert waiting() == [("pay-file", "manager")]
        file = f"/pay-files/{made['reference']}/"
        assert api("accountant").get(f"{file}file/").status_code == 409
        assert api("accountant").post(f"{file}release/").status_code == 403
        assert api("manager").post(f"{file}release/").json()["status"] == "LET_OUT"
        taken = api("accountant").get(f"{file}file/")
        assert taken.content == bytes(PayFile.objects.get().content)
        assert waiting() == []

    def test_what_is_wrong_is_told_by_line_and_field(self, api: Any) -> None:
        answer = bring(api, file_of([OCTOBER[0].replace("MGMT", "NONE")]))
        assert answer.status_code == 422
        assert answer.json()["code"] == "invalid-payroll-journal"
        errors = answer.json()["errors"]
        assert {each["pointer"] for each in errors} == {
            f"/lines/{line}/total_{name}"
            for line, name in enumerate(("accrued", "ndfl", "held", "contributions", "net"), 7)
        }
        assert all(each["hint"] for each in errors)
        assert not PayrollJournal.objects.exists()

    def test_an_entity_that_is_no_agent_has_no_journal(self, api: Any) -> None:
        assert bring(api, file_of(entity="EUR")).json()["code"] == "no-tax-agent"
        assert bring(api, file_of(entity="NONE")).status_code == 404

    @pytest.mark.parametrize("who", ["dealer", "clerk", "checker", "risk", "admin"])
    def test_others_see_nothing_of_it(self, api: Any, who: str) -> None:
        ref = accepted(september())
        for address in ("/payroll-journals/", f"/payroll-journals/{ref}/lines/", "/pay-files/"):
            assert api(who).get(address).status_code == 403
        if who != "dealer":
            listed = {each["name"] for each in api(who).get("/reports/").json()["results"]}
            assert listed == {name for name, each in REPORTS.items() if not each.needs}

    def test_events_and_work_name_no_amounts(self, api: Any) -> None:
        accepted(september())
        waiting()
        texts = [str(e.facts) for e in Event.objects.filter(subject_type="payrolljournal")]
        assert texts
        assert not [text for text in texts if "2044500" in text or "305500" in text]
        assert not WorkItem.objects.filter(kind="payroll-journal").exclude(amount=None).exists()


class TestPages:
    def test_it_is_brought_looked_at_and_accepted(self) -> None:
        file = SimpleUploadedFile("october.csv", file_of(with_accounts()), content_type="text/csv")
        answer = browser("accountant").post("/payroll/", {"file": file})
        row = PayrollJournal.objects.get()
        assert answer["Location"] == f"/payroll/{row}/"
        page = browser("manager").get(f"/payroll/{row}/")
        assert len(page.context["odd"]) == 2
        assert "431,383.38" in page.content.decode()
        answer = browser("manager").post(f"/payroll/{row}/accept/", WHY)
        assert answer["Location"] == f"/payroll/{row}/"
        browser("accountant").post(f"/payroll/{row}/pay-file/", {"account": NUMBER})
        made = PayFile.objects.get()
        browser("manager").post(f"/payroll/files/{made}/release/", {})
        taken = browser("accountant").get(f"/payroll/files/{made}/file/")
        assert taken.content == bytes(made.content)
        assert browser("clerk").get(f"/payroll/{row}/").status_code == 403

    def test_it_is_there_in_russian(self) -> None:
        row = accepted(september())
        page = browser("manager").get(f"/payroll/{row}/", headers={"Accept-Language": "ru"})
        assert "Расчётная ведомость" in browser("manager").get(
            "/payroll/", headers={"Accept-Language": "ru"}
        ).content.decode()  # fmt: skip
        assert "Прочие удержания" in page.content.decode()

    def test_what_is_refused_is_told_above_the_list(self) -> None:
        file = SimpleUploadedFile("wrong.csv", b"hello", content_type="text/csv")
        page = browser("accountant").post("/payroll/", {"file": file}, follow=True)
        assert "names no layout" in page.content.decode()

    @pytest.mark.parametrize("count", [1, 3])
    def test_the_list_asks_as_often_for_many(
        self, count: int, django_assert_max_num_queries: Any
    ) -> None:
        for number in range(count):
            accepted(september(number=f"09-{number}"), reason="again")
        reader = browser("manager")
        reader.get("/payroll/")
        with django_assert_max_num_queries(16):
            assert len(reader.get("/payroll/").context["list"].rows) == count


class TestStatement:
    def account(self) -> NostroAccount:
        return NostroAccount.objects.get(number=NUMBER)

    def remedied(self, api: Any, amount: str, remedy: str) -> None:
        statement([told(amount, text="pay", days=2)], of=self.account())
        run()
        row = live()[-1]
        body = {"remedy": remedy}
        assert api("clerk").post(f"/breaks/{row}/propose/", body).status_code == 200
        answer = api("checker").post(f"/breaks/{row}/accept/", {})
        assert answer.json()["status"] == "CLOSED", answer.content

    def test_the_word_of_the_bank_pays_employees_and_the_budget(self, api: Any) -> None:
        accepted(september())
        self.remedied(api, "-2044500", "PAY")
        assert booked("STAFF") == 0
        self.remedied(api, "-315000", "SOCIAL")
        assert booked("SOCIAL") == 0
        self.remedied(api, "-305500", "NDFL")
        assert booked("TAX") == 0

    def test_only_our_own_money_that_goes_out_in_base_currency(self) -> None:
        def fitting(amount: str, of: NostroAccount) -> set[Remedy]:
            statement([told(amount, text="pay", days=2)], of=of)
            run()
            return set(fitting_remedies(live()[-1]))

        ours = {Remedy.PAY, Remedy.SOCIAL}
        assert ours <= fitting("-10", self.account())
        assert not ours & fitting("10", self.account())
        assert not ours & fitting("-10", nostro())


def test_rows_of_a_journal_name_no_more_than_is_there(api: Any) -> None:
    row = accepted(september())
    lines = api("auditor").get(f"/payroll-journals/{row}/lines/").json()["results"]
    assert len(lines) == len(SEPTEMBER) == PayrollLine.objects.filter(journal=row).count()
    assert {each["person"] for each in lines} == {"EMP-CHIEF", "CL-ANNA"}
