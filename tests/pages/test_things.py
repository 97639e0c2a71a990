"""The page of one thing: its next step with reasons, refusals in place, and what was known then."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from backoffice.access.models import User
from backoffice.desk.deals import ShowDeal
from deals.models import Deal, DealVersion, Inbound
from settlements.models import Settlement
from tests.flows.test_story import settled_sample
from tests.following import follow_events

pytestmark = pytest.mark.usefixtures("own_database")


def browser(name: str) -> Client:
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(User.objects.get(username=name))
    return client


@pytest.fixture
def deal(api: Any, sample: dict[str, Any]) -> str:
    return str(api("dealer").post("/deals/", sample).json()["reference"])


class TestTheNextStep:
    def test_says_why_by_when_and_what_it_costs_to_wait(self, deal: str) -> None:
        context = browser("clerk").get(f"/deals/{deal}/").context
        step = context["next_step"]
        assert step.step.action == "confirm"
        assert step.step.primary
        assert (step.due_at.hour, step.due_at.minute) == (19, 0)
        assert step.why
        assert step.cost
        assert browser("auditor").get(f"/deals/{deal}/").context["next_step"] is None

    def test_is_the_only_filled_button(self, api: Any, deal: str) -> None:
        api("clerk").post(f"/deals/{deal}/confirm/", {})
        page = browser("checker").get(f"/deals/{deal}/")
        assert page.content.count(b'class="primary"') == 1
        assert [str(each.action) for each in page.context["others"]] == ["reject", "cancel"]

    def test_refused_it_stays_beside_its_button_with_what_was_typed(
        self, api: Any, deal: str
    ) -> None:
        clerk = browser("clerk")
        api("clerk").post(f"/deals/{deal}/confirm/", {})
        again = clerk.post(f"/deals/{deal}/confirm/", {"reason": "my long reason"})
        assert again.status_code == 409
        assert again.context["refused"].typed == "my long reason"
        assert b'role="alert"' in again.content
        assert clerk.get(f"/deals/{deal}/confirm/")["Location"] == f"/deals/{deal}/"
        own = browser("checker")
        Deal.objects.update(makers=[User.objects.get(username="checker").pk])
        refused = own.post(f"/deals/{deal}/reject/", {"reason": "typed"})
        assert refused.status_code == 403
        assert "colleague" in refused.context["refused"].hint


class TestAsKnownThen:
    def test_a_deal_is_shown_as_it_was_after_each_of_its_events_without_steps(
        self, api: Any, deal: str
    ) -> None:
        api("clerk").post(f"/deals/{deal}/confirm/", {})
        api("checker").post(f"/deals/{deal}/approve/")
        clerk = browser("clerk")
        now = clerk.get(f"/deals/{deal}/").context
        assert (now["slider"].index, now["slider"].last) == (2, 2)
        seen = []
        for stop in now["slider"].stops:
            page = clerk.get(stop)
            seen.append((page.context["deal"].state, len(page.context["happenings"])))
            if page.context["slider"].at is not None:
                assert page.context["next_step"] is None
                assert b"step-" not in page.content
        assert seen == [("CAPTURED", 1), ("PENDING_APPROVAL", 2), ("CONFIRMED", 3)]

    def test_before_it_was_captured_there_was_nothing(self, deal: str) -> None:
        clerk = browser("clerk")
        assert clerk.get(f"/deals/{deal}/?known_at=2001-01-01T00:00:00Z").status_code == 404
        assert clerk.get(f"/deals/{deal}/?known_at=nonsense").status_code == 200

    def test_documents_of_later_are_not_shown(self, api: Any, deal: str) -> None:
        clerk = browser("clerk")
        stop = clerk.get(f"/deals/{deal}/").context["happenings"][-1].then
        api("clerk").post(f"/deals/{deal}/confirm/", {"how": "recorded-call", "evidence": "tape 7"})
        assert b"tape 7" in clerk.get(f"/deals/{deal}/?tab=documents").content
        assert b"tape 7" not in clerk.get(f"{stop}&tab=documents").content

    def test_an_earlier_version_shows_its_own_economics_and_what_the_next_one_changed(
        self, api: Any, deal: str
    ) -> None:
        first = DealVersion.objects.get()
        api("clerk").post(f"/deals/{deal}/amend/", {"price": "313.45"})
        clerk = browser("clerk")
        versions = clerk.get(f"/deals/{deal}/?tab=versions").context["versions"]
        assert versions[0][1] == [
            ("Price", "312.45", "313.45"), ("Net amount", "312606.23", "313606.73"),
        ]  # fmt: skip
        assert versions[1][1] == []
        moment = f"{first.recorded_at:%Y-%m-%dT%H:%M:%S.%fZ}"
        then = clerk.get(f"/deals/{deal}/?known_at={moment}").context["deal"]
        assert (then.version, then.price) == (1, first.price)

    def test_a_settlement_rolls_up_as_the_database_did(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        settled_sample(api, sample)
        clerk, row = browser("clerk"), Settlement.objects.get()
        stops = clerk.get(f"/settlements/{row}/").context["slider"].stops
        seen = [clerk.get(stop).context["status"] for stop in stops]
        assert seen[0] == "PREPARED"
        assert seen[-1] == row.status == "SETTLED"
        for tab in ("flows", "decisions", "entries", "evidence", "messages"):
            for stop in (stops[0], f"/settlements/{row}/?"):
                assert clerk.get(f"{stop}&tab={tab}").status_code == 200


class TestChangingADeal:
    def test_the_form_is_filled_in_and_sends_only_what_was_typed_anew(self, deal: str) -> None:
        clerk = browser("clerk")
        page = clerk.get(f"/deals/{deal}/amend/")
        typed = {each.name: each.value for each in page.context["inputs"]}
        assert (typed["quantity"], typed["settlement.method"]) == ("1000", "DVP")
        assert typed["traded_at"] == "2026-11-23T10:15:00"
        same = clerk.post(f"/deals/{deal}/amend/", typed)
        assert (same.status_code, same.context["refusal"]["title"]) == (
            422, "The amendment changes nothing",
        )  # fmt: skip
        wrong = clerk.post(f"/deals/{deal}/amend/", typed | {"quantity": "-5"})
        assert wrong.status_code == 422
        (field,) = [each for each in wrong.context["inputs"] if each.problems]
        assert (field.name, field.value) == ("quantity", "-5")
        done = clerk.post(f"/deals/{deal}/amend/", typed | {"quantity": "900", "trader": "T1"})
        assert done["Location"] == f"/deals/{deal}/"
        row = Deal.objects.get()
        assert (row.version, row.due_date.isoformat()) == (2, "2026-11-24")

    def test_whoever_approves_sees_what_was_changed(self, api: Any, deal: str) -> None:
        api("clerk").post(f"/deals/{deal}/amend/", {"quantity": "900"})
        api("clerk").post(f"/deals/{deal}/confirm/")
        page = browser("checker").get(f"/deals/{deal}/")
        assert page.context["changed"][0] == ("Quantity", "1000", "900")
        assert b'id="changed"' in page.content

    def test_a_block_is_shared_out_line_by_line(self, api: Any, deal: str) -> None:
        clerk = browser("clerk")
        assert "allocate" in [s.action for s in clerk.get(f"/deals/{deal}/").context["others"]]
        wrong = clerk.post(f"/deals/{deal}/allocate/", {"shares": "much; EQ-RU\n40 %; EQ-RU"})
        assert wrong.status_code == 422
        (field,) = [each for each in wrong.context["inputs"] if each.problems]
        assert "Line 1" in str(field.problems[0].detail)
        lines = "40 %; EQ-CL; CL-ANNA; 1\n60 %; EQ-RU"
        assert clerk.post(f"/deals/{deal}/allocate/", {"shares": lines}).status_code == 302
        page = clerk.get(f"/deals/{deal}/")
        assert [part.quantity for part in page.context["parts"]] == [400, 600]
        assert b'id="parts"' in page.content

    def test_what_follows_is_shown_before_it_is_cancelled(self, api: Any, deal: str) -> None:
        clerk, checker = browser("clerk"), browser("checker")
        (row,) = clerk.get(f"/deals/{deal}/cancel/").context["consequences"]
        assert (row["agreement"], row["eyes"]) == ("nobody's", False)
        api("clerk").post(f"/deals/{deal}/confirm/")
        api("checker").post(f"/deals/{deal}/approve/")
        (row,) = clerk.get(f"/deals/{deal}/cancel/").context["consequences"]
        assert row["eyes"]
        assert "its settlements are withdrawn" in row["follows"]
        asked = clerk.post(f"/deals/{deal}/cancel/", {"reason": "Twice.", "evidence": "M-1"})
        assert asked["Location"] == f"/deals/{deal}/"
        page = checker.get(f"/deals/{deal}/")
        assert page.context["next_step"].step.action == "approve_cancel"
        assert checker.post(f"/deals/{deal}/approve_cancel/").status_code == 302
        assert Deal.objects.get().state == "CANCELLED"
        refused = clerk.post(f"/deals/{deal}/cancel/", {"reason": "Again."})
        assert (refused.status_code, refused.context["consequences"][0]["follows"]) == (409, [])


def test_every_tab_of_a_deal_opens(api: Any, sample: dict[str, Any]) -> None:
    settled_sample(api, sample)
    deal = Deal.objects.get()
    for tab in ShowDeal.tabs:
        page = browser("clerk").get(f"/deals/{deal}/?tab={tab}")
        assert page.context["tab"] == tab


def test_a_mended_deal_that_is_refused_comes_back_as_it_was_typed(
    api: Any, sample: dict[str, Any]
) -> None:
    unknown = sample | {"stage": "executed", "counterparty": "NOBODY"}
    api("dealer").post("/deals/", unknown)
    follow_events()
    row = Inbound.objects.get()
    typed = {"counterparty": "STILL-NOBODY", "price": "312.45", "reason": "letter of today"}
    page = browser("clerk").post(f"/inbound/{row}/repair/", typed)
    assert page.status_code == 422
    fields = {field["name"]: field for field in page.context["fields"]}
    assert fields["counterparty"]["value"] == "STILL-NOBODY"
    assert fields["counterparty"]["problems"]
    assert page.context["reason"] == "letter of today"


def test_who_may_not_read_the_feed_gets_no_links_into_it(deal: str) -> None:
    assert b"/events/" in browser("clerk").get(f"/deals/{deal}/").content
    assert b"/events/" not in browser("dealer").get(f"/deals/{deal}/").content
