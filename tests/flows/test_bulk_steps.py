"""A step for many: the preview is what the run does, and the run does what the preview said."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from backoffice import bulk_steps
from backoffice.access.models import User
from backoffice.desk import bulk
from backoffice.events.models import Event
from deals.models import Deal

pytestmark = pytest.mark.usefixtures("own_database")
NET = "312606.23"  # of one deal of the sample


def browser(name: str) -> Client:
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(User.objects.get(username=name))
    return client


@pytest.fixture
def three(api: Any, sample: dict[str, Any]) -> list[str]:
    """Three captured deals."""
    answers = [api("dealer").post("/deals/", sample | {"external_ref": f"B-{n}"}) for n in range(3)]
    return [answer.json()["reference"] for answer in answers]


def states() -> list[str]:
    return list(Deal.objects.order_by("id").values_list("state", flat=True))


def test_a_preview_changes_nothing_and_a_run_does_what_it_said(api: Any, three: list[str]) -> None:
    clerk = api("clerk")
    body = {"action": "confirm", "filter": {"status": "CAPTURED"}, "reason": "call"}
    before = Event.objects.count()
    seen = clerk.post("/bulk-steps/", body).json()
    assert (seen["preview"], seen["count"], seen["refused"]) == (True, 3, [])
    assert seen["sum"] == [{"amount": "937818.69", "currency": "RUB"}]
    assert states() == ["CAPTURED"] * 3
    assert Event.objects.count() == before
    expect = {"expect": {"count": seen["count"], "sum": seen["sum"]}}
    done = clerk.post("/bulk-steps/", body | expect)
    assert done.status_code == 200, done.content
    assert (done.json()["preview"], done.json()["count"]) == (False, 3)
    assert states() == ["PENDING_APPROVAL"] * 3
    confirmed = Event.objects.filter(kind="deal.confirm")
    assert [event.facts["evidence"] for event in confirmed] == ["call"] * 3


def test_what_has_changed_since_the_preview_stops_everything(api: Any, three: list[str]) -> None:
    clerk = api("clerk")
    body = {"action": "confirm", "subject": "deal", "references": three}
    seen = clerk.post("/bulk-steps/", body).json()
    clerk.post(f"/deals/{three[0]}/confirm/", {})
    expect = {"count": seen["count"], "sum": seen["sum"]}
    answer = clerk.post("/bulk-steps/", body | {"expect": expect})
    assert answer.status_code == 412
    assert answer.json()["code"] == "selection-changed"
    assert answer.json()["count"] == 2
    assert states() == ["PENDING_APPROVAL", "CAPTURED", "CAPTURED"]
    # One kopeck beyond: the count is right, the sum is not.
    near = {"count": 2, "sum": [{"amount": "625212.47", "currency": "RUB"}]}
    assert clerk.post("/bulk-steps/", body | {"expect": near}).status_code == 412
    exact = {"count": 2, "sum": [{"amount": "625212.46", "currency": "RUB"}]}
    taken = clerk.post("/bulk-steps/", body | {"expect": exact}).json()
    assert taken["count"] == 2
    assert [each["reference"] for each in taken["refused"]] == [three[0]]
    assert taken["refused"][0]["problem"]["code"] == "transition-not-allowed"


def test_the_same_key_takes_the_step_once(api: Any, three: list[str]) -> None:
    body = {
        "action": "confirm", "references": three[:1],
        "expect": {"count": 1, "sum": [{"amount": NET, "currency": "RUB"}]},
    }  # fmt: skip
    first = api("clerk").post("/bulk-steps/", body, key="k1")
    again = api("clerk").post("/bulk-steps/", body, key="k1")
    assert first.json() == again.json()
    assert again["Idempotency-Replayed"] == "true"
    assert Event.objects.filter(kind="deal.confirm").count() == 1
    missing = api("clerk").client.post(
        "/api/v1/bulk-steps/",
        body,
        content_type="application/json",
        headers=api("clerk")._headers(),
    )
    assert missing.status_code == 400


def test_other_eyes_are_required_row_by_row(api: Any, three: list[str]) -> None:
    checker = User.objects.get(username="checker")
    api("clerk").post(f"/deals/{three[0]}/confirm/", {})
    api("clerk").post(f"/deals/{three[1]}/confirm/", {})
    Deal.objects.filter(pk=int(three[1][2:])).update(makers=[checker.pk])
    body = {"action": "approve", "references": [*three, "D-999", "S-1"]}
    seen = api("checker").post("/bulk-steps/", body).json()
    assert seen["count"] == 1
    assert {each["reference"]: each["problem"]["code"] for each in seen["refused"]} == {
        three[1]: "other-eyes-required", three[2]: "transition-not-allowed",
        "D-999": "not-found", "S-1": "not-found",
    }  # fmt: skip


def test_each_step_asks_for_its_own_permission(api: Any, three: list[str]) -> None:
    body = {"action": "confirm", "references": three}
    for who in ("dealer", "checker", "auditor"):
        assert api(who).post("/bulk-steps/", body).status_code == 403, who
    page = browser("dealer").post("/bulk/deal/confirm/", {"reference": three})
    assert page.status_code == 403
    assert browser("clerk").post("/bulk/deal/explode/", {}).status_code == 403
    assert states() == ["CAPTURED"] * 3


def test_a_selection_that_cannot_be_read_is_refused_with_its_reason(api: Any) -> None:
    clerk = api("clerk")
    for body, code in (
        ({"action": "confirm"}, "bad-selection"),
        ({"action": "confirm", "filter": {}, "references": ["D-1"]}, "bad-selection"),
        ({"action": "confirm", "filter": {"colour": "red"}}, "bad-selection"),
        ({"action": "confirm", "filter": {"trade_date_after": "soon"}}, "bad-selection"),
        ({"action": "reject", "filter": {}}, "unknown-bulk-step"),
        ({"action": "explode", "filter": {}}, "unknown-bulk-step"),
    ):
        answer = clerk.post("/bulk-steps/", body)
        assert (answer.status_code, answer.json()["code"]) == (422, code), body
    wrong = {"action": "confirm", "filter": {}, "expect": {"count": 1, "sum": [{"amount": "1e3"}]}}
    assert clerk.post("/bulk-steps/", wrong).status_code == 400


def test_a_step_takes_no_more_rows_than_its_bound(
    api: Any, three: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk_steps, "MOST_ROWS", 2)
    monkeypatch.setattr(bulk_steps, "CHUNK", 1)
    body = {"action": "confirm", "filter": {}}
    assert api("clerk").post("/bulk-steps/", body).json()["code"] == "too-many-rows"
    chunks = api("clerk").post("/bulk-steps/", {"action": "confirm", "references": three[:2]})
    assert chunks.json()["count"] == 2


class TestThePage:
    def test_offers_the_steps_of_the_reader_and_previews_them(self, three: list[str]) -> None:
        clerk = browser("clerk")
        shown = clerk.get("/deals/").context["list"]
        assert [str(step.title) for step in shown.steps] == [
            "Confirm", "Cancel", "Group into a block",
        ]  # fmt: skip
        assert browser("auditor").get("/deals/").context["list"].steps == []
        page = clerk.post("/bulk/deal/confirm/", {"reference": three[:2], "next": "/deals/"})
        assert page.context["taken"].count == 2
        assert states() == ["CAPTURED"] * 3

    def test_runs_what_it_showed_once_and_tells(self, three: list[str]) -> None:
        clerk = browser("clerk")
        form = {"everything": "1", "query": "status=CAPTURED&cols=state", "next": "/deals/"}
        page = clerk.post("/bulk/deal/confirm/", form)
        run = form | {
            "count": "3", "sums": page.context["sums"], "key": page.context["key"], "reason": "call",
        }  # fmt: skip
        assert clerk.post("/bulk/deal/confirm/", run)["Location"] == "/deals/"
        assert clerk.post("/bulk/deal/confirm/", run)["Location"] == "/deals/"
        assert states() == ["PENDING_APPROVAL"] * 3
        assert b"Confirm: 3 rows." in clerk.get("/deals/").content

    def test_previews_again_where_something_has_changed(self, api: Any, three: list[str]) -> None:
        clerk = browser("clerk")
        form = {"reference": three, "next": "/deals/"}
        page = clerk.post("/bulk/deal/confirm/", form)
        api("clerk").post(f"/deals/{three[0]}/confirm/", {})
        run = form | {"count": "3", "sums": page.context["sums"], "key": "k", "reason": "typed"}
        again = clerk.post("/bulk/deal/confirm/", run)
        assert again.context["taken"].count == 2
        assert b'value="typed"' in again.content
        assert b'role="alert"' in again.content
        broken = clerk.post("/bulk/deal/confirm/", form | {"count": "x", "sums": "y"})
        assert broken["Location"] == "/deals/"


def test_sums_are_exact_in_each_currency() -> None:
    from django.http import QueryDict

    post = QueryDict(mutable=True)
    post["count"], post["sums"] = "1", '[{"amount": "0.001", "currency": "KWD"}]'
    count, (money,) = bulk._expected(post)
    assert (count, money.amount, money.currency) == (1, Decimal("0.001"), "KWD")
