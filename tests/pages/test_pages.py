"""Every page opens for somebody who may, in both languages, and for nobody else; tests/guards asks for all roles."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from backoffice.access.models import User
from backoffice.demonstration import USERS
from backoffice.demonstration.day import load_day
from backoffice.desk import frame
from backoffice.desk.deals import ShowDeal
from deals.models import Deal, Inbound
from ledger.models import JournalEntry, LotPool
from limits.models import Limit
from refdata.models import Place, StandingInstruction
from reporting.models import ReportRun
from reporting.tasks import compute_reports
from settlements.models import Settlement, SettlementRun
from tests.following import until_known
from tests.questions import questions

pytestmark = pytest.mark.usefixtures("own_database")


def people() -> dict[str, User]:
    return {name: User.objects.get(username=name) for name in USERS}


def browser(name: str, language: str = "en") -> Client:
    client = Client(headers={"Accept-Language": language})
    client.force_login(User.objects.get(username=name))
    return client


def addresses() -> list[tuple[str, str]]:
    """Every kind of page with a permission that opens it."""
    entry = JournalEntry.objects.exclude(kind="opening").latest("id")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT l.account_id, a.code FROM ledger_line l JOIN refdata_asset a ON a.id = l.asset_id"
        )
        account, asset = cursor.fetchone()
        cursor.execute("SELECT max(id) FROM events_event")
        (event,) = cursor.fetchone()
    deal, settlement = Deal.objects.first(), Settlement.objects.first()
    place = Place.objects.get(code="NSD")
    return [
        ("deals.view_deal", reverse("deals")),
        ("deals.view_deal", reverse("deals") + "?status=SETTLED&before=90"),
        *(("deals.view_deal", reverse("deal", args=[deal]) + f"?tab={tab}")
          for tab in ShowDeal.tabs),
        ("deals.capture_deal", reverse("deal-new")),
        ("deals.view_deal", reverse("inbounds")),
        ("deals.view_deal", reverse("inbound", args=[Inbound.objects.first()])),
        ("settlements.view_settlement", reverse("settlements")),
        ("settlements.view_settlement", reverse("settlement", args=[settlement])),
        ("settlements.run_settlement", reverse("runs")),
        ("settlements.view_settlement", reverse("run", args=[SettlementRun.objects.first()])),
        ("limits.view_limit", reverse("limits")),
        ("limits.view_limit", reverse("limit", args=[f"L-{Limit.objects.latest('id').pk}"])),
        ("ledger.view_ledger", reverse("ledger") + "?asset=RUB"),
        ("ledger.view_ledger", reverse("ledger") + "?as_of=2030-01-01"),
        ("ledger.view_ledger", reverse("positions")),
        ("ledger.view_ledger", reverse("entries")),
        ("events.read_feed", reverse("events")),
        ("workflow.view_workitem", reverse("work") + "?queue=clerk"),
        ("ledger.view_ledger", reverse("lots")),
        ("ledger.view_ledger", reverse("lot-pool", args=[LotPool.objects.first()])),
        ("ledger.view_ledger", reverse("account", args=[account, asset])),
        ("ledger.view_ledger", reverse("entry", args=[entry.pk])),
        ("events.read_feed", reverse("event", args=[event])),
        ("reporting.view_report", reverse("reports")),
        ("reporting.view_report", reverse("report-run", args=[ReportRun.objects.first()])),
        ("refdata.view_refdata", reverse("reference")),
        *(("refdata.view_refdata", reverse("reference-table", args=[name])) for name in (
            "instruments", "instructions", "places", "books", "cycles", "calendars", "currencies",
            "fees", "prices", "rates", "contacts", "restrictions", "earmarks", "credit-lines", "account-members",
            "use-rights")),
        ("refdata.view_refdata", reverse("ssi", args=[StandingInstruction.objects.first()])),
        ("refdata.propose_ssi", reverse("ssi-new")),
        ("refdata.view_refdata", reverse("proposals") + "?status=APPROVED"),
        ("refdata.view_refdata", reverse("reference-row", args=[f"place-{place.pk}"])),
        ("refdata.file_proposal", reverse("reference-row-new", args=["party"])),
        ("refdata.view_refdata", reverse("uploads")),
    ]  # fmt: skip


def test_every_page_opens_for_those_who_may_and_for_nobody_else(
    api: Any, day_at_work: None
) -> None:
    period = {"settled_from": "2026-01-01", "settled_until": "2030-01-01"}
    api("accountant").post("/reports/settled-deals/runs/", {"parameters": period})
    until_known()
    compute_reports()
    nobody = User.objects.create_user("nobody", password="x")
    outsider, visitor = Client(), Client()
    outsider.force_login(nobody)
    everybody = people()
    signed_in = {
        (name, language): browser(name, language) for name in everybody for language in ("en", "ru")
    }
    for permission, address in addresses():
        may = [name for name, user in everybody.items() if user.has_perm(permission)]
        for language in ("en", "ru"):
            assert signed_in[may[0], language].get(address).status_code == 200, (address, language)
        for name in sorted(set(everybody) - set(may))[:1]:
            assert signed_in[name, "en"].get(address).status_code == 403, (address, name)
        assert outsider.get(address).status_code == 403
        assert visitor.get(address)["Location"].startswith("/login/")
    assert Permission.objects.exists()


@pytest.mark.parametrize("name", USERS)
def test_everybody_has_a_first_page(name: str) -> None:
    assert browser(name).get("/").status_code == 200


def test_lists_cost_the_same_however_long_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frame, "FRESH_SECONDS", 600.0)  # however slow the machine is
    few = queries_of("/deals/")
    load_day(people(), at=timezone.now())
    assert queries_of("/deals/") <= few + 3
    assert queries_of("/settlements/") <= few + 3


def queries_of(address: str) -> int:
    client = browser("auditor")
    client.get(address)
    with questions() as captured:
        assert client.get(address).status_code == 200
    return len(captured)


def test_a_typed_deal_is_captured_once_and_shows_every_problem_beside_its_field() -> None:
    client = browser("dealer")
    page = client.get("/deals/new/")
    key = page.context["key"]
    typed = {
        "key": key, "side": "buy", "instrument": "RU0009029540", "quantity": "-5", "price": "abc",
        "currency": "RUB", "counterparty": "NOBODY", "book": "EQ-RU", "settlement.method": "DVP",
        "traded_at": "2026-11-23T10:15", "stage": "proposed", "capacity": "OWN", "external_ref": "V-1",
    }  # fmt: skip
    wrong = client.post("/deals/new/", typed)
    assert wrong.status_code == 422
    by_name = {f.name: f for f in wrong.context["inputs"]}
    assert by_name["price"].problems
    assert by_name["counterparty"].value == "NOBODY"
    typed |= {"price": "312.45"}
    wrong = client.post("/deals/new/", typed)
    by_name = {f.name: f for f in wrong.context["inputs"]}
    assert by_name["quantity"].problems
    assert by_name["counterparty"].problems[0].hint
    typed |= {"quantity": "5", "counterparty": "999900DEMOBANKONE097"}
    first, second = client.post("/deals/new/", typed), client.post("/deals/new/", typed)
    assert first.status_code == second.status_code == 302
    assert first["Location"] == second["Location"]
    assert Deal.objects.filter(external_ref="V-1").count() == 1


def test_steps_are_taken_from_the_page_and_refusals_stay_on_it(
    api: Any, sample: dict[str, Any]
) -> None:
    reference = api("dealer").post("/deals/", sample).json()["reference"]
    clerk, checker = browser("clerk"), browser("checker")
    assert b"step-confirm" in clerk.get(f"/deals/{reference}/").content
    assert b"step-approve" not in checker.get(f"/deals/{reference}/").content
    early = checker.post(f"/deals/{reference}/approve/", follow=True)
    assert b'role="alert"' in early.content
    clerk.post(f"/deals/{reference}/confirm/", {"reason": "call"})
    assert b"step-approve" in checker.get(f"/deals/{reference}/").content
    assert clerk.post(f"/deals/{reference}/approve/").status_code == 403
    checker.post(f"/deals/{reference}/approve/")
    assert Deal.objects.get().state == "CONFIRMED"


def test_things_are_found_by_their_references(api: Any, sample: dict[str, Any]) -> None:
    reference = api("dealer").post("/deals/", sample).json()["reference"]
    for asked in (reference, reference.lower(), sample["external_ref"]):
        assert browser("clerk").get("/find/", {"q": asked})["Location"] == f"/deals/{reference}/"
    assert browser("clerk").get("/find/", {"q": "nothing"}, follow=True).status_code == 200
    assert browser("clerk").get("/deals/D-999999/").status_code == 404
