"""Bills of fees compared and decided, invoices of ours, and where fees are seen."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db.models import Sum

from backoffice.workflow.models import WorkItem
from expenses.fees.models import FeeAccrual, FeeBreak, FeeInvoice, FeeInvoiceLine, FeeStatement
from refdata.firm_days import firm_day
from refdata.models import Party
from tests.expenses.stage import (
    DAY,
    VENUE,
    D,
    accrue,
    executed,
    schedule,
    venue,
)
from tests.flows.test_changing import own_folder
from tests.following import follow_events
from tests.pages.test_pages import browser
from tests.settlements.ladder.stage import MORNING, ladder

__all__ = ["own_folder", "venue"]  # fixtures
pytestmark = pytest.mark.usefixtures("own_database", "own_folder")
HEADER = "their_ref,deal,settlement,trade_id,kind,day,amount,currency\n"


def bring(api: Any, lines: list[dict[str, str]], **more: Any) -> Any:
    body = {
        "entity": "RUS",
        "party": VENUE,
        "month": "2026-11-15",
        "document": "BILL-1",
        "lines": lines,
    }
    return api("clerk").post("/fee-statements/", body | more)


def line(amount: str, **more: str) -> dict[str, str]:
    return {"amount": amount, "currency": "RUB"} | more


class TestBills:
    def test_a_bill_is_matched_by_deal_by_trade_and_in_total(
        self, api: Any, sample: dict[str, Any], venue: Party
    ) -> None:
        schedule(venue)
        one = executed(api, sample, "F-1", execution={"venue": "MISX", "venue_trade_id": "T-77"})
        two = executed(api, sample, "F-2")
        three = executed(api, sample, "F-3")
        accrue()
        lines = [
            line("31.25", trade_id="T-77"), line("31.24", deal=two), line("9.99", trade_id="T-NO"),
            line("5.00", kind="CONNECT"),
        ]  # fmt: skip
        refused = bring(api, lines, totals={"RUB": "77.49"})
        assert refused.status_code == 422
        assert refused.json()["errors"][0]["code"] == "does-not-balance"

        answer = bring(api, lines, totals={"RUB": "77.48"})

        assert answer.status_code == 201, answer.content
        assert answer.json()["differences"] == 4
        (sums,) = answer.json()["sums"]
        assert [sums[name]["amount"] for name in ("billed", "accrued", "difference")] == [
            "77.48", "93.75", "-16.27",
        ]  # fmt: skip
        found = {
            (row["about"], row["what"]): row["against_us"]["amount"]
            for row in api("clerk").get("/fee-breaks/").json()["results"]
        }
        assert found == {
            (two, "AMOUNT"): "-0.01", (three, "NOT_THEIRS"): "-31.25", ("?T-NO", "NOT_KNOWN"): "9.99",
            ("#CONNECT", "NOT_OURS"): "5.00",
        }  # fmt: skip
        assert sum(map(D, found.values())) == D("-16.27")
        assert one not in {about for about, _what in found}
        assert bring(api, lines, totals={"RUB": "77.48"}).status_code == 200
        assert FeeStatement.objects.count() == 1
        row = FeeBreak.objects.first()
        assert row is not None
        assert row.appeal_by == firm_day(row.opened_at) + timedelta(14)

    def test_it_is_agreed_by_other_eyes_once_every_difference_is_decided(
        self, api: Any, sample: dict[str, Any], venue: Party
    ) -> None:
        schedule(venue)
        deal = executed(api, sample)
        accrue()
        bill = bring(api, [line("40.00", deal=deal), line("6.00", kind="CONNECT")]).json()[
            "reference"
        ]
        follow_events()
        waits = WorkItem.objects.filter(closed_at=None)
        assert waits.filter(kind="fee-different").count() == 2
        assert waits.filter(kind="fee-bill", queue="accountant").count() == 1
        agreed = api("accountant").post(f"/fee-statements/{bill}/agree/")
        assert (agreed.status_code, agreed.json()["code"]) == (409, "fee-breaks-waiting")
        accountant = browser("accountant")
        shown = accountant.get(f"/fees/bills/{bill}/").content.decode()
        assert 'id="step-agree"' not in shown  # a page offers nothing that is refused
        assert "2 differences are not decided" in shown

        rows = {
            row["about"]: row["reference"]
            for row in api("clerk").get("/fee-breaks/").json()["results"]
        }
        assert api("clerk").post(
            f"/fee-breaks/{rows['#CONNECT']}/appeal/", {"reason": "not ours"}
        ).status_code == 200  # fmt: skip
        won = api("checker").post(
            f"/fee-breaks/{rows['#CONNECT']}/win/", {"reason": "their letter 5"}
        )
        assert won.status_code == 200, won.content
        assert (
            api("clerk").post(f"/fee-breaks/{rows[deal]}/accept/", {"reason": "x"}).status_code
            == 403
        )
        accepted = api("checker").post(
            f"/fee-breaks/{rows[deal]}/accept/", {"reason": "new tariff"}
        )
        assert accepted.status_code == 200, accepted.content
        total = FeeAccrual.objects.aggregate(sum=Sum("amount"))["sum"]
        assert total == D("40.00")  # what is accepted is accrued: ours come to theirs
        assert 'id="step-agree"' in accountant.get(f"/fees/bills/{bill}/").content.decode()
        assert api("accountant").post(f"/fee-statements/{bill}/agree/").status_code == 200
        (sums,) = api("clerk").get(f"/fee-statements/{bill}/").json()["sums"]
        assert sums["payable"]["amount"] == "40.00"
        follow_events()
        assert not waits.filter(kind__in=("fee-different", "fee-appealed", "fee-bill")).exists()

    def test_a_later_bill_of_the_month_takes_the_place_of_the_first(
        self, api: Any, sample: dict[str, Any], venue: Party
    ) -> None:
        schedule(venue)
        deal = executed(api, sample)
        accrue()
        first = bring(api, [line("40.00", deal=deal)]).json()["reference"]
        second = bring(api, [line("31.25", deal=deal)]).json()
        assert (second["number"], second["differences"]) == (2, 0)
        assert api("clerk").get(f"/fee-statements/{first}/").json()["status"] == "REPLACED"
        assert FeeBreak.objects.get().state == "WON"

    @pytest.mark.parametrize(
        ("told", "pointer"),
        [
            ({"amount": "1,5"}, "/lines/0/amount"), ({"currency": "XXQ"}, "/lines/0/currency"),
            ({"deal": "17"}, "/lines/0/deal"), ({"day": "soon"}, "/lines/0/day"), ({"kind": ""}, "/lines/0/their_ref"),
            ({"amount": "1.001"}, "/lines/0/amount"),
        ],
    )  # fmt: skip
    def test_what_cannot_be_read_is_refused_beside_its_field_and_nothing_is_taken(
        self, api: Any, venue: Party, told: dict[str, str], pointer: str
    ) -> None:
        answer = bring(api, [line("1.00", kind="X") | told])
        assert answer.status_code == 422
        assert [each["pointer"] for each in answer.json()["errors"]] == [pointer]
        assert not FeeStatement.objects.exists()

    def test_a_csv_is_the_same_bill(self, api: Any, sample: dict[str, Any], venue: Party) -> None:
        schedule(venue)
        deal = executed(api, sample)
        accrue()
        text = f"\ufeff{HEADER}V-1,{deal},,,VENUE,2026-11-23,31.25,RUB\n"
        answer = bring(api, [], csv=text)
        assert (answer.status_code, answer.json()["differences"]) == (201, 0)
        assert bring(api, [], csv="amount;currency\n1;RUB\n").status_code == 422


class TestInvoices:
    @pytest.fixture
    def charged(self, api: Any, sample: dict[str, Any]) -> str:
        """Two deals of a counterparty that pays 100.00 for each, VAT on top."""
        schedule(
            payer="COUNTERPARTY",
            biller=None,
            basis="DEAL",
            rate=D(100),
            service="DATA",
            vat_on_top=True,
        )
        for number in (1, 2):
            executed(api, sample, f"F-{number}")
        accrue()
        answer = api("clerk").post("/fee-invoices/", {"entity": "RUS", "month": "2026-11-30"})
        assert answer.status_code == 201, answer.content
        (row,) = answer.json()["results"]
        assert [row[name]["amount"] for name in ("net", "vat", "total")] == [
            "200.00",
            "44.00",
            "244.00",
        ]
        reference: str = row["reference"]
        return reference

    def test_other_eyes_issue_it_and_it_takes_a_number(self, api: Any, charged: str) -> None:
        assert api("clerk").post(f"/fee-invoices/{charged}/issue/").status_code == 403
        answer = api("accountant").post(f"/fee-invoices/{charged}/issue/")
        assert answer.status_code == 200, answer.content
        assert answer.json()["number"]
        documents = api("clerk").get("/documents/", kind="INVOICE").json()["results"]
        assert len(documents) == 2
        again = api("clerk").post("/fee-invoices/", {"entity": "RUS", "month": "2026-11-30"})
        assert (again.status_code, again.json()["code"]) == (409, "nothing-to-invoice")

    def test_what_is_declined_waits_for_another(self, api: Any, charged: str) -> None:
        assert (
            api("accountant").post(f"/fee-invoices/{charged}/decline/", {"reason": "x"}).status_code
            == 200
        )
        answer = api("clerk").post("/fee-invoices/", {"entity": "RUS", "month": "2026-11-30"})
        assert answer.json()["results"][0]["total"]["amount"] == "244.00"
        lines = FeeInvoiceLine.objects.values_list("given_up", flat=True)
        assert sorted(lines) == [False, False, True, True]

    def test_it_is_what_its_accruals_come_to(self, charged: str) -> None:
        row = FeeInvoice.objects.get(pk=charged[3:])
        ids = row.lines.values("accrual_id")
        sums = FeeAccrual.objects.filter(pk__in=ids).aggregate(
            net=Sum("net"), vat=Sum("vat"), all=Sum("amount")
        )
        assert (row.net, row.vat, row.total) == (sums["net"], sums["vat"], sums["all"])


class TestAround:
    def test_fees_stand_on_the_cash_ladder_on_the_day_they_are_paid(
        self, api: Any, sample: dict[str, Any], venue: Party
    ) -> None:
        schedule(venue)
        executed(api, sample)
        accrue()
        paid = date(2026, 12, 10)
        found = ladder(on=DAY, until=paid, at=MORNING, entity="RUS", currency="RUB", whose="OWN")
        moved = [
            (day.date, each.certainty, each.goes)
            for row in found.lines for day in row.days for each in day.movements if each.source == "FEE"
        ]  # fmt: skip
        assert moved == [(paid, "EXPECTED", D("31.25"))]

    def test_totals_are_the_sums_of_what_is_listed(
        self, api: Any, sample: dict[str, Any], venue: Party
    ) -> None:
        schedule(venue)
        schedule(venue, kind="DATA", basis="DEAL", rate=D("1.22"), service="DATA")
        for number in range(3):
            executed(api, sample, f"F-{number}")
        accrue()
        rows = api("accountant").get("/fee-accruals/", month="2026-11-01").json()["results"]
        totals = (
            api("accountant").get("/fee-accruals/totals/", month="2026-11-01").json()["results"]
        )
        for name in ("net", "vat", "amount"):
            assert sum(D(t[name]["amount"]) for t in totals) == sum(
                D(r[name]["amount"]) for r in rows
            )
        assert [(t["kind"], t["count"], t["amount"]["amount"]) for t in totals] == [
            ("DATA", 3, "3.66"), ("VENUE", 3, "93.75"),
        ]  # fmt: skip

    @pytest.mark.parametrize("language", ["en", "ru"])
    def test_pages_open(
        self, api: Any, sample: dict[str, Any], venue: Party, language: str
    ) -> None:
        schedule(venue, rebate_from=[D(10)], rebate_shares=[D("0.1")], tier_from=[D(10)], tier_rates=[D("0.1")],
                 maximum=D(1000))  # fmt: skip
        deal = executed(api, sample)
        accrue()
        bill = bring(api, [line("40.00", deal=deal)]).json()["reference"]
        row = FeeBreak.objects.get()
        for address in (
            "/fees/", "/fees/?month=2026-11-01", "/fees/schedules/", "/fees/bills/", f"/fees/bills/{bill}/",
            "/fees/differences/", f"/fees/differences/{row}/", "/fees/invoices/", "/fees/?export=csv",
        ):  # fmt: skip
            answer = browser("accountant", language).get(address)
            assert answer.status_code == 200, (address, language)
        assert "31" in browser("accountant").get("/fees/").content.decode()
