"""Cleared deals that their venue reports void: they leave their nets and are cancelled, with other eyes."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from backoffice.access.models import User
from backoffice.events.models import Event
from backoffice.workflow.models import WorkItem
from deals.confirming.watching import affirm_not_required
from deals.models import Deal
from ledger.models import JournalEntry
from limits.models import Limit
from refdata.models import Entity
from refdata.selectors import forget_reference_data
from settlements.changing.services import approve_cancels
from settlements.clearing.computing import net_deals
from settlements.clearing.models import NetObligation
from settlements.reversing.models import VenueReversal
from settlements.tasks import watch_clearing_cut_offs
from tests.flows.clearing import (
    API,
    CLEARING,
    DAY,
    a_clearing_house,
    books,
    cleared,
    deals_of,
    figures,
    net,
    settle_everything,
    sums_are_the_flows,
)
from tests.flows.market import SHARES
from tests.following import follow_events
from tests.guards.test_rivals import at_once
from tests.pages.test_pages import browser

pytestmark = pytest.mark.usefixtures("own_database")
REPORT = {"document": "Venue report 7", "reason": "busted"}


@pytest.fixture(autouse=True)
def limit(own_database: None) -> Limit:
    house = a_clearing_house()
    limit = Limit.objects.create(
        entity=Entity.objects.get(code="RUS"), kind="COUNTERPARTY_PRESETTLEMENT", name="NCC",
        currency="RUB", party=house, cap=10**9,
    )  # fmt: skip
    forget_reference_data()
    return limit


def reverse(api: Any, deal: str, **more: str) -> Any:
    return api("clerk").post(f"/deals/{deal}/reverse/", REPORT | more)


def approve(api: Any, deal: str, role: str = "checker") -> Any:
    answer = api(role).post(f"/deals/{deal}/approve-cancel/")
    follow_events()
    return answer


def test_it_leaves_its_agreed_net_the_books_and_the_limits_and_the_rest_settles(
    api: Any, limit: Limit
) -> None:
    kept, void = cleared(api, {}, {"quantity": "40"})
    figures(api)
    for each in NetObligation.objects.all():
        assert api("clerk").post(f"{API}{each}/agree/").status_code == 200
    used = Limit.objects.get(pk=limit.pk).used
    answer = reverse(api, void)
    assert (answer.status_code, answer.json()["code"]) == (202, "cancellation-requested")
    follow_events()
    # Until other eyes approve it the deal is live: netted, agreed, and exposed.
    assert Limit.objects.get(pk=limit.pk).used == used
    assert net(api, SHARES[0])["status"] == "AGREED"
    assert WorkItem.objects.filter(kind="cancel-approval", queue="checker", closed_at=None).exists()
    assert approve(api, void, "clerk").status_code == 403
    answer = approve(api, void)
    assert (answer.status_code, answer.json()["status"]) == (200, "CANCELLED")
    row = net(api, SHARES[0])
    assert (row["status"], row["ours"], row["theirs"]) == ("DIFFERENT", "100", "140")
    assert row["settlement"] is None
    assert row["cause"] == {"code": "reversed", "deals": [void]}
    joined = [each["joined"] for each in row["versions"]]  # by how many looks: as workers come
    assert (joined[-1], sum(joined), row["version"]) == (-1, 1, len(joined))
    within = api("clerk").get(f"{API}{row['reference']}/deals/").json()["results"]
    assert [each["deal"] for each in within] == [kept]
    sums_are_the_flows()
    assert Limit.objects.get(pk=limit.pk).used * 140 == used * 100
    entries = JournalEntry.objects.filter(source_type="deal", source_id=void[2:])
    assert sorted(entries.values_list("kind", flat=True)) == ["deal.trade", "deal.trade.reverse"]
    history = api("clerk").get(f"/deals/{void}/history/").json()["results"]
    told = [each["facts"] for each in history if each["event"] == "deal.agree_cancel"]
    assert told == [{"evidence": "Venue report 7", "report": str(VenueReversal.objects.get())}]
    # The house counts without it too: what is left is agreed to and settles.
    figures(api)
    for each in NetObligation.objects.all():
        assert api("clerk").post(f"{API}{each}/agree/").status_code == 200
    settle_everything()
    assert Deal.objects.get(pk=kept[2:]).state == "SETTLED"
    assert Deal.objects.get(pk=void[2:]).state == "CANCELLED"
    assert Limit.objects.get(pk=limit.pk).used == 0
    owed = {key: amount for key, amount in books()[0].items() if key[0] == "SETTLEMENT"}
    assert owed == {}  # nothing is owed to the house or by it


def test_the_same_report_adds_nothing_and_what_is_not_cleared_is_refused(
    api: Any, sample: dict[str, Any]
) -> None:
    (void,) = cleared(api, {})
    assert reverse(api, void).status_code == 202
    assert reverse(api, void).status_code == 202  # another key, the same report
    assert VenueReversal.objects.count() == 1
    other = reverse(api, void, document="Report 8")
    assert (other.status_code, other.json()["code"]) == (409, "cancellation-pending")
    assert api("dealer").post(f"/deals/{void}/reverse/", REPORT).status_code == 403
    plain = api("dealer").post("/deals/", sample).json()["reference"]
    refused = reverse(api, plain)
    assert (refused.status_code, refused.json()["code"]) == (409, "transition-not-allowed")
    # The venue takes its report back: the request is withdrawn and the deal goes on.
    assert api("clerk").post(f"/deals/{void}/withdraw-cancel/").status_code == 200
    assert net(api, SHARES[0])["ours"] == "100"
    assert reverse(api, void, document="Report 9").status_code == 202
    # Withdrawn, or denied, it is brought again: the report that is there asks again.
    for step, body in {"withdraw-cancel": {}, "deny-cancel": {"evidence": "Their word"}}.items():
        assert api("clerk").post(f"/deals/{void}/{step}/", body).status_code == 200
        assert reverse(api, void, document="Report 9").status_code == 202
        assert Deal.objects.get(pk=void[2:]).cancellation == "AGREED"
    assert VenueReversal.objects.count() == 2
    assert approve(api, void).status_code == 200
    assert net(api, SHARES[0])["ours"] == "0"
    assert reverse(api, void, document="Report 9").status_code == 200  # what it asked for was done
    over = reverse(api, void, document="Report 10")
    assert (over.status_code, over.json()["state"]) == (409, "CANCELLED")


def test_a_file_names_deals_by_the_venues_own_numbers(api: Any) -> None:
    traded = {"execution": {"venue": "MISX", "venue_trade_id": "T-1", "session_date": "2026-11-24"}}
    twice = {"execution": {"venue": "MISX", "venue_trade_id": "T-2"}}
    void, named, *_ = cleared(api, traded, {}, twice, twice | {"side": "sell"})
    lines = (
        "document,deal,venue,venue_trade_id,session_date\n"
        "R1,,MISX,T-1,2026-11-24\n"
        f"R1,{named},,,\n"
        "R1,,MISX,T-2,\n"
        "R1,,MISX,T-9,\n"
        "R1,,,,\n"
        "R1,,MISX,T-1,2026-11-24\n"
    )
    answer = api("clerk").post("/venue-reversals/bulk/", lines, content_type="text/csv").json()
    assert answer["counts"] == {"received": 2, "duplicate": 1, "refused": 3}
    codes = [row.get("problem", {}).get("code") for row in answer["rows"]]
    assert codes == [
        None, None, "unknown-venue-trade", "unknown-venue-trade", "deal-not-named", None,
    ]  # fmt: skip
    listed = api("auditor").get("/venue-reversals/", document="R1").json()["results"]
    assert {each["deal"] for each in listed} == {void, named}
    assert {each["cancellation"] for each in listed} == {"AGREED"}
    body = {"action": "approve_cancel", "references": [void, named]}
    preview = api("checker").post("/bulk-steps/", body).json()
    assert preview["count"] == 2, preview
    done = api("checker").post(
        "/bulk-steps/", body | {"expect": {"count": 2, "sum": preview["sum"]}}
    )
    assert done.status_code == 200, done.content
    assert Deal.objects.filter(state="CANCELLED").count() == 2
    assert net(api, SHARES[0])["ours"] == "0"  # of the two that are left


def test_after_its_net_has_gone_the_report_waits_for_the_deal_the_other_way(api: Any) -> None:
    void, before = cleared(api, {}, {"quantity": "40"})
    assert reverse(api, before, document="Report 6").status_code == 202
    figures(api)
    row = net(api, SHARES[0])["reference"]
    api("clerk").post(f"{API}{row}/agree/")
    released = api("checker").post(f"/settlements/{net(api, SHARES[0])['settlement']}/release/")
    assert released.status_code == 200, released.content
    late = approve(api, before)  # asked for in time, approved too late
    assert (late.status_code, late.json()["state"]) == (409, "NET_GONE")
    answer = reverse(api, void)
    assert (answer.status_code, answer.json()["code"]) == (202, "net-gone")
    assert Deal.objects.get(pk=void[2:]).cancellation == "NONE"
    assert api("auditor").get("/venue-reversals/", late="true").json()["results"][0]["deal"] == void
    waits = WorkItem.objects.filter(kind="venue-reversed-late", closed_at=None)
    assert [item.subject_id for item in waits] == [int(void[2:])]
    watch_clearing_cut_offs()
    assert waits.all().exists()
    # An equal deal is ordinary trading: the one the other way says which report it answers.
    cleared(api, {"side": "sell"}, {"uti": "U-1"})
    watch_clearing_cut_offs()
    assert waits.all().exists()
    cleared(api, {"side": "sell", "uti": "U-2", "external_ref": answer.json()["report"]})
    watch_clearing_cut_offs()
    assert not waits.all().exists()
    assert (net(api, SHARES[0])["round"], net(api, SHARES[0])["ours"]) == (2, "-100")
    # What was asked for in time is over once the net is settled: it waits for its other way as well.
    settle_everything()
    follow_events()
    assert Deal.objects.get(pk=before[2:]).cancellation == "DENIED"
    assert [item.subject_id for item in waits.all()] == [int(before[2:])]


def test_each_late_report_is_answered_by_a_deal_of_its_own(api: Any) -> None:
    void = cleared(api, {}, {"uti": "U-1"}, {"quantity": "40"})
    figures(api)
    row = net(api, SHARES[0])["reference"]
    api("clerk").post(f"{API}{row}/agree/")
    assert reverse(api, void[2]).status_code == 202
    assert api("clerk").post(f"/deals/{void[2]}/withdraw-cancel/").status_code == 200
    released = api("checker").post(f"/settlements/{net(api, SHARES[0])['settlement']}/release/")
    assert released.status_code == 200, released.content
    reports = [reverse(api, deal).json()["report"] for deal in void[:2]]
    waits = WorkItem.objects.filter(kind="venue-reversed-late", closed_at=None)

    def waiting_after_another_look() -> list[str]:
        watch_clearing_cut_offs()
        return [f"D-{id}" for id in waits.all().order_by("id").values_list("subject_id", flat=True)]

    # In time it was withdrawn: brought again it is too late, which is told once.
    for _ in range(2):
        again = reverse(api, void[2])
        assert (again.status_code, again.json()["code"]) == (202, "net-gone")
    assert waiting_after_another_look() == void
    assert VenueReversal.objects.count() == 3
    told = Event.objects.filter(kind="deal.report_late", subject_id=void[2][2:])
    assert told.count() == 1
    # One of another quantity answers nothing, and each answers one report, whatever else names it.
    named = {"side": "sell", "external_ref": reports[0]}
    wrong, right = cleared(api, {"side": "sell", "quantity": "41"}, named)
    assert waiting_after_another_look() == void[1:]
    for document in (wrong, right):
        assert reverse(api, void[1], document=document).status_code == 202
    assert waiting_after_another_look() == void[1:]
    # One that came without the name is named by a report.
    (other,) = cleared(api, {"side": "sell", "uti": "U-3"})
    assert waiting_after_another_look() == void[1:]
    reverse(api, void[1], document=other)
    assert waiting_after_another_look() == void[2:]


def test_nets_that_come_to_nothing_end_a_request_too(api: Any) -> None:
    void, _ = cleared(api, {}, {"side": "sell", "price": "300.3002"})
    assert reverse(api, void).status_code == 202
    for each in NetObligation.objects.all():
        assert api("clerk").post(f"{API}{each}/agree/").json()["status"] == "SETTLED"
    late = api("checker").post(f"/deals/{void}/approve-cancel/")
    assert (late.status_code, late.json()["state"]) == (409, "NET_GONE")
    follow_events()
    row = Deal.objects.get(pk=void[2:])
    assert (row.state, row.cancellation) == ("SETTLED", "DENIED")
    waits = WorkItem.objects.filter(kind="venue-reversed-late", closed_at=None)
    assert [f"D-{item.subject_id}" for item in waits] == [void]
    assert not WorkItem.objects.filter(kind="cancel-approval", closed_at=None).exists()


def test_a_joining_deal_and_a_reversal_meet(api: Any) -> None:
    """Whoever comes first: the net is the sum of what is left, and nothing is joined that was cancelled."""
    first, second = cleared(api, {}, {"quantity": "40"})
    for deal in (first, second):
        assert reverse(api, deal).status_code == 202
    joining = deals_of(11, 1)[0] | {
        "side": "buy", "quantity": "7", "price": "300", "instrument": SHARES[0],
        "clearing": CLEARING, "settlement": {"method": "DVP", "date": str(DAY)},
    }  # fmt: skip
    late = api("dealer").post("/deals/", joining)
    assert late.status_code == 201, late.content
    joins = [int(late.json()["reference"][2:])]
    affirm_not_required(deal_ids=joins, at=timezone.now())
    checker = User.objects.get(username="checker")

    def work(number: int) -> Any:
        if number == 0:
            return net_deals(deal_ids=joins, at=timezone.now())
        id = int((first, second)[number % 2][2:])
        return approve_cancels(ids=[id], actor=checker, at=timezone.now())

    at_once(work, 5)
    assert net(api, SHARES[0])["ours"] == "7"
    sums_are_the_flows()


def test_on_the_pages_the_report_is_brought_and_another_person_approves(api: Any) -> None:
    void, other = cleared(api, {}, {"quantity": "40"})
    clerk = browser("clerk")
    page = clerk.get(f"/deals/{void}/").content.decode()
    assert f'action="/deals/{void}/reverse/"' in page
    form = clerk.get(f"/deals/{void}/reverse/").content.decode()
    assert "it leaves its nets" in form
    wrong = clerk.post(f"/deals/{void}/reverse/", {"document": "", "reason": ""})
    assert wrong.status_code == 422
    assert clerk.post(f"/deals/{void}/reverse/", REPORT).status_code == 302
    lines = f"document,deal\nR2,{other}\nR2,D-999999\n"
    file = SimpleUploadedFile("void.csv", lines.encode(), content_type="text/csv")
    taken = clerk.post("/clearing/void-deals/", {"file": file}).content.decode()
    assert "Row 3" in taken  # as a person counts: the header is the first
    assert void in taken
    assert other in taken
    assert browser("dealer").get(f"/deals/{void}/reverse/").status_code == 403
    checker = browser("checker")
    assert "step-approve_cancel" in checker.get(f"/deals/{void}/").content.decode()
    assert checker.post(f"/deals/{void}/approve_cancel/").status_code == 302
    assert Deal.objects.get(pk=void[2:]).state == "CANCELLED"
    follow_events()
    shown = checker.get(f"/clearing/{net(api, SHARES[0])['reference']}/").content.decode()
    assert void not in shown.partition('id="flows"')[2].partition("</section>")[0]
    assert browser("auditor", "ru").get("/clearing/void-deals/").status_code == 200
