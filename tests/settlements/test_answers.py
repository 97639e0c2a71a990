"""A place's answer to a request to cancel, by hand: one records its document, another accepts it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import IntegrityError, connections, transaction
from django.test import Client

from backoffice.access.models import User
from backoffice.events.models import Event
from backoffice.workflow.models import WorkItem
from settlements.models import EvidenceClaim, Settlement
from tests.flows.test_changing import (
    OUTSIDE,
    answer,
    captured,
    confirmed,
    last_problems,
    own_folder,
    sent,
    settlements,
    used,
)
from tests.following import follow_events

__all__ = ["own_folder"]  # a fixture: places' files stay in the test's own folder
pytestmark = pytest.mark.usefixtures("own_database", "own_folder")
WHEN = "2026-11-24T12:00:00+03:00"


def asked(api: Any, sample: dict[str, Any]) -> tuple[str, str]:
    """A matched deal whose place was asked to cancel, with its settlement."""
    deal = confirmed(api, captured(api, sample, counterparty=OUTSIDE))
    reference = sent(api, deal, "matched")
    api("clerk").post(f"/deals/{deal}/cancel/", {"reason": "Agreed by phone."})
    assert api("checker").post(f"/deals/{deal}/approve-cancel/").status_code == 202
    follow_events()
    return deal, reference


def recorded(api: Any, settlement: str, says: str, **more: str) -> Any:
    body = {"document": "Report 21", "says": says, "settled_at": WHEN} | more
    return api("clerk").post(f"/settlements/{settlement}/evidence/", body)


def accept(api: Any, claim: Any) -> Any:
    return api("checker").post(f"/evidence/{claim.json()['reference']}/accept/")


class TestAcceptAnswer:
    def test_an_agreement_ends_the_deal_once_other_eyes_accept_it(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        deal, settlement = asked(api, sample)
        claim = recorded(api, settlement, "CANCEL_AGREED")
        assert (claim.status_code, claim.json()["says"]) == (201, "CANCEL_AGREED")
        follow_events()
        assert WorkItem.objects.filter(kind="evidence", queue="checker", closed_at=None).exists()
        assert api("clerk").get(f"/deals/{deal}/").json()["status"] == "SETTLING"

        accepted = accept(api, claim)

        assert (accepted.status_code, accepted.json()["status"]) == (200, "ACCEPTED")
        follow_events()
        assert api("clerk").get(f"/deals/{deal}/").json()["status"] == "CANCELLED"
        assert set(used().values()) == {0}
        facts = Event.objects.get(kind="settlement.agree_cancel").facts
        assert facts["evidence"] == "document:Report 21"
        assert (facts["proposed_by"], facts["accepted_by"]) == ("clerk", "checker")
        assert not WorkItem.objects.filter(kind="evidence", closed_at=None).exists()

    def test_a_refusal_lets_it_settle(self, api: Any, sample: dict[str, Any]) -> None:
        deal, settlement = asked(api, sample)
        assert accept(api, recorded(api, settlement, "CANCEL_DENIED")).status_code == 200
        shown = api("clerk").get(f"/deals/{deal}/").json()
        assert (shown["status"], shown["cancellation"]) == ("SETTLING", "DENIED")
        assert Settlement.objects.get().cancellation == "DENIED"
        answer(settlement, "settled")
        assert Settlement.objects.get().status == "SETTLED"

    def test_one_cancelled_alone_is_prepared_anew(self, api: Any, sample: dict[str, Any]) -> None:
        deal = confirmed(api, captured(api, sample, counterparty=OUTSIDE))
        first = sent(api, deal)
        assert api("clerk").post(f"/settlements/{first}/cancel/").status_code == 202
        accept(api, recorded(api, first, "CANCEL_AGREED"))
        follow_events()
        (row,) = settlements(api, deal)
        assert (row["status"], row["reference"] != first) == ("PREPARED", True)

    def test_what_the_place_said_meanwhile_takes_the_acceptance_back(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        _, settlement = asked(api, sample)
        claim = recorded(api, settlement, "CANCEL_AGREED")
        answer(settlement, "settled")
        refused = accept(api, claim)
        assert refused.json()["code"] == "no-cancellation-asked"
        assert EvidenceClaim.objects.get().state == "PROPOSED"
        assert Settlement.objects.get().status == "SETTLED"

    def test_the_places_own_answer_after_it_is_to_no_question(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        _, settlement = asked(api, sample)
        accept(api, recorded(api, settlement, "CANCEL_DENIED"))
        answer(settlement, "cancelled")
        assert [p["code"] for p in last_problems()] == ["no-cancellation-asked"]

    def test_of_two_at_once_and_of_one_twice_one_is_taken(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        deal, settlement = asked(api, sample)
        claim = recorded(api, settlement, "CANCEL_AGREED")

        def take(_: int) -> int:
            try:
                return int(accept(api, claim).status_code)
            finally:
                connections.close_all()

        with ThreadPoolExecutor(2) as pool:
            assert sorted(pool.map(take, range(2))) == [200, 409]
        assert take(0) == 409
        assert Event.objects.filter(kind="deal.cancel").count() == 1
        assert api("clerk").get(f"/deals/{deal}/").json()["status"] == "CANCELLED"


class TestProposeAnswer:
    def test_only_a_question_is_answered(self, api: Any, sample: dict[str, Any]) -> None:
        deal = confirmed(api, captured(api, sample, counterparty=OUTSIDE))
        settlement = sent(api, deal, "matched")
        early = recorded(api, settlement, "CANCEL_AGREED")
        assert (early.status_code, early.json()["code"]) == (409, "no-request-to-answer")
        assert recorded(api, settlement, "PERHAPS").status_code == 400
        assert EvidenceClaim.objects.count() == 0

    def test_the_database_knows_what_a_document_may_say(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        _, settlement = asked(api, sample)
        recorded(api, settlement, "CANCEL_DENIED")
        with pytest.raises(IntegrityError), transaction.atomic():
            EvidenceClaim.objects.update(says="PERHAPS")


def test_the_page_offers_the_answer_where_one_is_awaited(api: Any, sample: dict[str, Any]) -> None:
    deal, settlement = asked(api, sample)
    clerk, checker = browser("clerk"), browser("checker")
    page = clerk.get(f"/settlements/{settlement}/?tab=evidence")
    assert [value for value, _ in page.context["says"]] == [
        "SETTLED", "CANCEL_AGREED", "CANCEL_DENIED",
    ]  # fmt: skip
    typed = {"document": "Report 9", "says": "CANCEL_AGREED", "settled_at": "2026-11-24T09:00"}
    clerk.post(f"/settlements/{settlement}/evidence", typed)
    claim = EvidenceClaim.objects.get()
    shown = checker.get(f"/settlements/{settlement}/?tab=evidence")
    assert b"They agree to cancel it" in shown.content
    checker.post(f"/evidence/{claim}/accept/", {"seen": claim.etag})
    assert api("clerk").get(f"/deals/{deal}/").json()["status"] == "CANCELLED"


def browser(name: str) -> Client:
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(User.objects.get(username=name))
    return client
