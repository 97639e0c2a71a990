"""The whole way over REST and on pages: a contract, its invoice, equipment, a budget, a key; and the reports."""

from __future__ import annotations

import csv
from datetime import date
from typing import Any

import pytest

from expenses.watching.services import keep_month, watch_month
from refdata.models import Entity
from tests.expenses.cost_stage import AT, LANDLORD, NOVEMBER, NUMBER, D, invoice, supplier
from tests.flows.test_changing import own_folder
from tests.following import follow_events
from tests.pages.test_pages import browser
from tests.questions import questions
from tests.reporting.running import run_of, told

__all__ = ["own_folder"]  # a fixture
pytestmark = pytest.mark.usefixtures("own_database", "own_folder")
CONTRACT = {
    "entity": "RUS", "agreement": NUMBER, "kind": "RENT", "subject": "Office", "currency": "RUB",
    "amount": "100.00", "service": "GENERAL", "vat_on_top": True, "valid_from": "2026-01-01", "centre": "BACK",
}  # fmt: skip
INVOICE = {
    "entity": "RUS", "party": LANDLORD, "number": "INV-1", "dated": "2026-11-20", "month_from": "2026-11-20",
    "contract": NUMBER, "currency": "RUB",
    "lines": [{"kind": "RENT", "service": "GENERAL", "net": "100.00", "vat": "22.00"}],
}  # fmt: skip
ASSET = {
    "entity": "RUS", "number": "1", "name": "Server", "kind": "COMPUTERS", "supplier": LANDLORD, "document": "A-1",
    "currency": "RUB", "cost": "1200.00", "bought_on": "2026-08-20", "in_use_on": "2026-08-25", "months": 12,
    "method": "STRAIGHT",
}  # fmt: skip
BUDGET = {
    "entity": "RUS", "year": 2026, "csv": "centre,kind,month,amount\nBACK,RENT,2026-11-01,110.00\n",
}  # fmt: skip
KEY = {
    "entity": "RUS", "centre": "BACK", "position": 1, "basis": "FIXED", "valid_from": "2026-01-01",
    "shares": [{"book": "EQ-RU", "weight": "1"}],
}  # fmt: skip
STEPS = (
    ("/cost-contracts/", CONTRACT, "sign"), ("/supplier-invoices/", INVOICE, "book"),
    ("/fixed-assets/", ASSET, "accept"), ("/budgets/", BUDGET, "approve"),
    ("/allocation-keys/", KEY, "approve"),
)  # fmt: skip


def made(api: Any) -> dict[str, str]:
    """Everything above by the accountant and the manager; references by address."""
    supplier()
    found = {}
    for address, body, step in STEPS:
        answer = api("accountant").post(address, body)
        assert answer.status_code == 201, answer.content
        reference = answer.json()["reference"]
        assert api("accountant").post(f"{address}{reference}/{step}/").status_code == 403
        done = api("manager").post(f"{address}{reference}/{step}/", {})
        assert done.status_code == 200, done.content
        found[address] = reference
    return found


def amounts(document: dict[str, Any], *names: str) -> list[str]:
    return [document[name]["amount"] for name in names]


class TestOverRest:
    def test_each_is_shown_with_what_follows_from_it(self, api: Any) -> None:
        found = made(api)
        auditor = api("auditor")

        def shown(address: str) -> dict[str, Any]:
            document: dict[str, Any] = auditor.get(f"{address}{found[address]}/").json()
            return document

        months = {each["month"]: each for each in shown("/cost-contracts/")["months"]}
        assert amounts(months["2026-11-01"], "net", "vat", "total") == ["100.00", "22.00", "122.00"]
        assert months["2026-11-01"]["invoices"] == [found["/supplier-invoices/"]]
        bill = shown("/supplier-invoices/")
        assert (bill["status"], bill["found_by"], bill["unexplained"]) == ("BOOKED", "NUMBER", None)
        assert [each["centre"] for each in bill["costs"]] == ["BACK"]
        (year,) = shown("/fixed-assets/")["years"]
        assert (year["first"], year["amount"]["amount"]) == ("2026-09-01", "1200.00")
        (line,) = shown("/budgets/")["lines"]
        assert amounts(line, "budget_of_year") == ["110.00"]
        assert shown("/allocation-keys/")["shares"] == [
            {"centre": None, "book": "EQ-RU", "weight": "1"}
        ]
        (cost,) = auditor.get("/costs/?kind=RENT").json()["results"]
        assert amounts(cost, "amount", "base") == ["122.00", "122.00"]

    @pytest.mark.parametrize(
        ("address", "body", "wrong"),
        [
            ("/cost-contracts/", CONTRACT, {"valid_until": "2026-01-01"}),
            ("/cost-contracts/", CONTRACT, {"index": "0.1"}),
            ("/cost-contracts/", CONTRACT, {"per_months": 5}),
            ("/cost-contracts/", CONTRACT, {"agreement": "X"}),
            ("/supplier-invoices/", INVOICE, {"lines": []}),
            ("/supplier-invoices/", INVOICE, {"shares": [{"centre": "NO", "weight": "1"}]}),
            ("/fixed-assets/", ASSET, {"months": 0}),
            ("/fixed-assets/", ASSET, {"salvage": "1200.00"}),
            ("/budgets/", BUDGET, {"csv": "a,b\n"}),
            ("/budgets/", BUDGET, {"csv": "centre,kind,month,amount\nBACK,RENT,soon,1\n"}),
            ("/budgets/", BUDGET, {"year": 2025}),
            ("/allocation-keys/", KEY, {"shares": []}),
            ("/allocation-keys/", KEY, {"shares": [{"weight": "1"}]}),
        ],
    )  # fmt: skip
    def test_what_is_wrong_is_refused(
        self, api: Any, address: str, body: dict[str, Any], wrong: dict[str, Any]
    ) -> None:
        supplier()
        answer = api("accountant").post(address, body | wrong)
        assert answer.status_code in (400, 422), answer.content
        assert api("auditor").get(address).json()["results"] == []

    def test_equipment_leaves_by_two_people(self, api: Any) -> None:
        asset = made(api)["/fixed-assets/"]
        told = {
            "disposal": "SALE", "disposed_on": "2026-11-10", "proceeds": "950.00", "buyer": LANDLORD, "reason": "old",
        }  # fmt: skip
        for wrong in ({"buyer": ""}, {"disposal": "SCRAP", "buyer": ""}):
            refused = api("accountant").post(f"/fixed-assets/{asset}/ask-disposal/", told | wrong)
            assert refused.status_code in (400, 422), wrong
        asked = api("accountant").post(f"/fixed-assets/{asset}/ask-disposal/", told)
        assert (asked.status_code, asked.json()["status"]) == (200, "LEAVING"), asked.content
        gone = api("manager").post(f"/fixed-assets/{asset}/dispose/")
        assert (gone.status_code, gone.json()["status"]) == (200, "DISPOSED"), gone.content
        (row,) = told_of("asset-register", {"business_date": "2026-11-30"}, section="gone")
        # Bought for 1,200; September, October and November spent 300: 950 - 900.
        assert [row[name] for name in ("spent", "proceeds", "result")] == [
            "300.0000", "950.0000", "50.0000",
        ]  # fmt: skip


def told_of(name: str, parameters: dict[str, str], **wanted: str) -> list[dict[str, Any]]:
    follow_events()
    return told(run_of(name, parameters=parameters), **wanted)


class TestReports:
    def test_costs_with_what_explains_them(self, api: Any) -> None:
        made(api)
        invoice("130.00", "0", number="INV-2", contract="")
        period = {"spent_from": "2026-11-01", "spent_until": "2026-11-30"}
        (total,) = told_of("cost-register", period, section="sums")
        assert (total["month"], total["kind"], D(total["amount"])) == ("2026-11", "RENT", D(122))
        bills = {
            row["document"]: (row["status"], row["contract"] is None, row["unexplained"])
            for row in told_of("cost-register", period, section="invoices")
        }
        assert bills == {"INV-1": ("BOOKED", False, None), "INV-2": ("RECEIVED", True, "TWICE")}

    def test_vat_of_suppliers_stands_in_its_register(self, api: Any) -> None:
        made(api)
        period = {"rendered_from": "2026-11-01", "rendered_until": "2026-11-30"}
        (row,) = told_of("vat-register", period, section="services")
        assert (row["side"], row["service"], D(row["rate"])) == ("OWED", "GENERAL", D("0.22"))
        assert (D(row["net"]), D(row["vat"])) == (D(100), D(22))
        (total,) = told_of("vat-register", period, section="sums")
        # Not recovered by a broker, whose services are exempt: part of the cost.
        assert (D(total["booked"]), D(total["cost"])) == (D(0), D(22))

    def test_budget_and_allocation(self, api: Any) -> None:
        made(api)
        until = {"spent_until": "2026-11-30"}
        (row,) = told_of("budget", until, section="lines")
        assert [D(row[name]) for name in ("planned", "spent", "over", "left")] == [
            110,
            122,
            12,
            -12,
        ]
        (desk,) = told_of("cost-allocation", until, section="desks")
        assert (desk["target"], D(desk["amount"]), desk["deals"], desk["per_deal"]) == (
            "EQ-RU", D(122), "0", None,
        )  # fmt: skip

    def test_the_manager_sees_the_trend_and_the_drivers(self) -> None:
        rus = Entity.objects.get(code="RUS")
        for month, income in ((date(2026, 10, 1), 500), (NOVEMBER, 100)):
            keep_month(entity=rus, month=month, income=D(income), expenses={"RENT": D(300)}, at=AT)
            watch_month(entity=rus, month=month, at=AT)
        seen = {"seen_from": "2026-11-01", "seen_until": "2026-11-30", "entity": "RUS"}
        follow_events()
        run = run_of("overview", parameters=seen)
        assert [row["came_in"] for row in told(run, section="earned")] == ["500.0000", "100.0000"]
        assert [row["month"] for row in told(run, section="spent")] == ["2026-10", "2026-11"]
        (driver,) = told(run, section="outran")
        assert (driver["of_cause"], D(driver["worse_by"])) == ("INCOME", D(400))


class TestPages:
    def test_every_page_opens_in_both_languages(self, api: Any) -> None:
        found = made(api)
        rus = Entity.objects.get(code="RUS")
        keep_month(entity=rus, month=NOVEMBER, income=D(1), expenses={"RENT": D(3)}, at=AT)
        alert = watch_month(entity=rus, month=NOVEMBER, at=AT)
        pages = (
            "/costs/", "/costs/contracts/", "/costs/invoices/", "/costs/assets/", "/costs/budgets/", "/costs/keys/",
            "/costs/alerts/", "/costs/allocation/?month=2026-11", f"/costs/alerts/{alert}/",
            f"/costs/contracts/{found['/cost-contracts/']}/", f"/costs/invoices/{found['/supplier-invoices/']}/",
            f"/costs/assets/{found['/fixed-assets/']}/", f"/costs/budgets/{found['/budgets/']}/",
            f"/costs/keys/{found['/allocation-keys/']}/",
        )  # fmt: skip
        new = [
            f"/costs/{each}/new/" for each in ("contracts", "invoices", "assets", "budgets", "keys")
        ]
        for language in ("en", "ru"):
            for page in pages:
                assert browser("auditor", language).get(page).status_code == 200, page
            for page in new:
                assert browser("accountant", language).get(page).status_code == 200, page
        assert browser("auditor").get(new[0]).status_code == 403

    def test_forms_propose_and_steps_are_taken(self) -> None:
        supplier()
        accountant, manager = browser("accountant"), browser("manager")
        typed = {name: str(value) for name, value in CONTRACT.items()}
        answer = accountant.post("/costs/contracts/new/", typed | {"due_day": "5"})
        assert answer.status_code == 302, answer.content
        contract = answer["Location"]
        assert 'id="step-sign"' in manager.get(contract).content.decode()
        assert manager.post(f"{contract}sign/").status_code == 302
        line = {name: value for name, value in INVOICE.items() if name != "lines"}
        wrong = accountant.post("/costs/invoices/new/", line | {"kind": "RENT", "net": "x"})
        assert wrong.status_code == 422
        answer = accountant.post(
            "/costs/invoices/new/", line | {"kind": "RENT", "net": "130.00", "centre": "BACK"}
        )
        bill = answer["Location"]
        assert "Another amount" in manager.get(bill).content.decode()
        assert manager.post(f"{bill}book/", {"reason": ""}).status_code == 409
        assert manager.post(f"{bill}book/", {"reason": "as told by phone"}).status_code == 302
        typed = {name: str(value) for name, value in ASSET.items()}
        asset = accountant.post("/costs/assets/new/", typed)["Location"]
        assert manager.post(f"{asset}accept/").status_code == 302
        leaving = {"disposal": "SCRAP", "disposed_on": "2026-11-10", "reason": "broken"}
        assert accountant.post(f"{asset}ask_disposal/", leaving).status_code == 302
        assert manager.post(f"{asset}dispose/").status_code == 302
        typed = {name: str(value) for name, value in BUDGET.items()}
        assert accountant.post("/costs/budgets/new/", typed).status_code == 302
        told = {name: str(value) for name, value in KEY.items() if name != "shares"}
        assert accountant.post("/costs/keys/new/", told | {"books": "EQ-RU: 2"}).status_code == 302
        end = {"until": "2027-01-01", "reason": "we move"}
        assert manager.post(f"{contract}end/", end).status_code == 302

    @pytest.mark.parametrize("page", ["/costs/", "/costs/invoices/", "/costs/contracts/"])
    def test_a_list_costs_the_same_however_long_it_is(self, page: str) -> None:
        supplier()

        def count() -> int:
            client = browser("auditor")
            client.get(page)
            with questions() as captured:
                assert client.get(page).status_code == 200
            return len(captured)

        invoice(contract="", booked=True, reason="once")
        few = count()
        for number in range(5):
            invoice(contract="", number=f"N-{number}", booked=True, reason="once")
        assert count() <= few + 1

    def test_a_file_of_exactly_what_is_seen(self, api: Any) -> None:
        made(api)
        answer: Any = browser("auditor").get("/costs/?kind=RENT&export=csv")
        text = (
            b"".join(answer.streaming_content).decode()
            if answer.streaming
            else answer.content.decode()
        )
        assert "122" in text
        assert len(list(csv.reader(text.splitlines()))) == 2
