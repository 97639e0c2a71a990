"""Deals amended and cancelled, wherever they have come to: versions, books, limits and settlements."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from backoffice.connectors.models import InboundFile, OutboundMessage
from backoffice.connectors.tasks import exchange_files
from backoffice.events.models import Event
from backoffice.workflow.models import WorkItem
from deals.models import Deal, DealVersion
from ledger.lots.models import LotChange
from ledger.lots.selectors import prove_lots
from ledger.models import JournalEntry
from limits.exposures import Recomputed
from limits.models import Limit, Reservation
from refdata.firm_days import firm_day
from settlements.models import Settlement
from settlements.tasks import continue_runs
from tests.answering import answer_all
from tests.following import follow_events

pytestmark = pytest.mark.usefixtures("own_database", "own_folder")
INSIDE, OUTSIDE = "999900DEMOBANKONE097", "999900DEMOBANKTWO062"


@pytest.fixture
def own_folder(settings: Any, tmp_path: Any) -> Iterator[None]:
    settings.VAR_DIR = tmp_path
    yield
    shutil.rmtree(tmp_path, ignore_errors=True)


def captured(api: Any, sample: dict[str, Any], **more: str) -> str:
    answer = api("dealer").post("/deals/", sample | more)
    assert answer.status_code == 201, answer.content
    reference: str = answer.json()["reference"]
    return reference


def confirmed(api: Any, deal: str) -> str:
    assert api("clerk").post(f"/deals/{deal}/confirm/").status_code == 200
    assert api("checker").post(f"/deals/{deal}/approve/").status_code == 200
    follow_events()
    return deal


def released(api: Any, deal: str) -> str:
    (row,) = settlements(api, deal)
    answer = api("checker").post(f"/settlements/{row['reference']}/release/")
    assert answer.status_code == 200, answer.content
    reference: str = row["reference"]
    return reference


def sent(api: Any, deal: str, *answers: str) -> str:
    """With the outside place, which acknowledges and matches, and settles nothing."""
    reference = released(api, deal)
    day = Deal.objects.get(pk=deal[2:]).due_date.isoformat()
    api("clerk").post("/settlement-runs/", {"business_date": day})
    continue_runs()
    follow_events()
    exchange_files()
    if "matched" in answers:
        answer_all(withholds=True)
        exchange_files()
    return reference


def settlements(api: Any, deal: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = api("clerk").get("/settlements/", deal=deal).json()["results"]
    return [row for row in rows if row["status"] != "CANCELLED"]


def amend(api: Any, deal: str, who: str = "clerk", **changes: Any) -> Any:
    return api(who).post(f"/deals/{deal}/amend/", changes)


def used() -> dict[str, Decimal]:
    return {row.name: row.used for row in Limit.objects.filter(entity__code="RUS")}


def bank_one() -> Limit:
    return Limit.objects.get(name="Demo Bank One", entity__code="RUS")


def trades(deal: str) -> list[tuple[str, int]]:
    rows = JournalEntry.objects.filter(source_type="deal", source_id=deal[2:])
    return list(rows.order_by("id").values_list("kind", "part"))


def kinds(deal: str) -> list[str]:
    rows = Event.objects.filter(subject_type="deal", subject_id=deal[2:])
    return list(rows.order_by("id").values_list("kind", flat=True))


class TestAmend:
    def test_c6_an_amendment_from_200_000_to_150_000_releases_50_000_by_one_event(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        """Rules 12, C6. Free of payment the whole notional counts."""
        free = {"settlement": {"method": "FOP", "date": None}, "price": "200.00"}
        deal = captured(api, sample | free)
        before, events = bank_one(), events_of_business()
        assert before.used == 200_000
        answer = amend(api, deal, quantity="750")
        assert answer.status_code == 200, answer.content
        assert bank_one().used == 150_000
        assert events_of_business() == events + 1
        event = Event.objects.get(kind="deal.amend")
        assert event.facts["limits"][f"L-{before.pk}"] == "-50000"
        assert (event.facts["before"], event.facts["after"]) == (
            {"quantity": "1000"}, {"quantity": "750"},
        )  # fmt: skip
        shown = answer.json()
        assert (shown["version"], shown["status"], shown["quantity"]) == (2, "CAPTURED", "750")
        assert [v.quantity for v in DealVersion.objects.order_by("number")] == [1000, 750]
        assert recomputed().changed == 0

    def test_the_whole_deal_anew_or_a_patch_of_it(self, api: Any, sample: dict[str, Any]) -> None:
        deal = captured(api, sample)
        same = api("clerk").post(f"/deals/{deal}/amend/", sample | {"quantity": "1000.00"})
        assert (same.status_code, same.json()["code"]) == (422, "nothing-changed")
        whole = api("clerk").post(f"/deals/{deal}/amend/", sample | {"price": "312.50"})
        assert (whole.status_code, whole.json()["price"]) == (200, "312.5")
        patched = api("clerk").post(
            f"/deals/{deal}/amend/", {"trader": "T7"}, content_type="application/merge-patch+json"
        )
        assert (patched.json()["trader"], patched.json()["version"]) == ("T7", 3)
        other = amend(
            api, deal, external_ref="X", **{k: sample[k] for k in sample if k != "external_ref"}
        )
        assert (other.status_code, other.json()["code"]) == (422, "amends-fixed-member")
        wrong = amend(api, deal, quantity="-1", colour="red")
        assert {each["pointer"] for each in wrong.json()["errors"]} == {"/colour"}
        negative = amend(api, deal, quantity="-1")
        assert [each["pointer"] for each in negative.json()["errors"]] == ["/quantity"]

    def test_upwards_a_proposed_deal_needs_the_room_and_an_executed_one_breaches(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        proposed = captured(api, sample)
        refused = amend(api, proposed, quantity="2000000")
        assert (refused.status_code, refused.json()["code"]) == (409, "limit-exceeded")
        assert bank_one().used == Decimal("18747")
        assert Deal.objects.get(pk=proposed[2:]).version == 1
        executed = captured(api, sample, external_ref="E", stage="executed")
        answer = amend(api, executed, quantity="2000000")
        assert answer.status_code == 200, answer.content
        assert [row["limit"] for row in answer.json()["breaches"]] == [f"L-{bank_one().pk}"]
        assert bank_one().excess > 0
        follow_events()
        assert Event.objects.filter(kind="breach.open").count() == 1
        amend(api, executed, quantity="1000")
        follow_events()
        assert bank_one().excess == 0
        assert Event.objects.filter(kind="breach.cure").count() == 1

    def test_an_executed_deal_is_reversed_and_rebooked_once(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        deal = captured(api, sample, stage="executed")
        follow_events()
        amend(api, deal, quantity="600")
        amend(api, deal, price="300")
        follow_events()
        follow_events()
        assert trades(deal) == [("deal.trade", 0), ("deal.trade.reverse", 0), ("deal.trade", 2)]
        assert [(int(c.quantity), c.reverses_id is None) for c in LotChange.objects.order_by("id")] == [
            (1000, True), (1000, False), (600, True),
        ]  # fmt: skip
        assert prove_lots() == []

    def test_a_confirmed_deal_needs_the_agreement_and_is_confirmed_anew(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        deal = confirmed(api, captured(api, sample))
        first = released(api, deal)
        alone = amend(api, deal, quantity="500")
        assert (alone.status_code, alone.json()["code"]) == (409, "agreement-missing")
        seen = api("checker").get(f"/deals/{deal}/")["ETag"]
        assert amend(api, deal, quantity="500", evidence="MSG-1").status_code == 200
        assert api("clerk").get(f"/settlements/{first}/").json()["status"] == "CANCELLED"
        late = api("checker").client.post(
            f"/api/v1/deals/{deal}/approve/", "{}", content_type="application/json",
            headers=api("checker")._headers() | {"Idempotency-Key": "k", "If-Match": seen},
        )  # fmt: skip
        assert late.status_code == 412
        follow_events()
        assert [kind for kind, _ in trades(deal)] == ["deal.trade", "deal.trade.reverse"]
        again = api("checker").post(f"/settlements/{first}/release/")
        assert again.json()["code"] == "nothing-moves"
        confirmed(api, deal)
        (row,) = settlements(api, deal)
        assert (row["status"], row["quantity"]) == ("PREPARED", "500")
        assert trades(deal)[-1] == ("deal.trade", 1)
        assert used()["Demo Bank One"] == Decimal("9373.50")

    def test_details_change_nothing_that_was_agreed(self, api: Any, sample: dict[str, Any]) -> None:
        deal = confirmed(api, captured(api, sample))
        answer = amend(api, deal, uti="UTI-1", execution={"venue": "MISX"})
        assert (answer.status_code, answer.json()["status"]) == (200, "SETTLING")
        assert answer.json()["execution"]["venue"] == "MISX"
        assert (answer.json()["version"], len(settlements(api, deal))) == (2, 1)
        follow_events()
        assert trades(deal) == [("deal.trade", 0)]
        assert kinds(deal)[-1] == "deal.annotate"

    def test_a_dealer_amends_its_own_proposal_until_it_is_confirmed(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        deal = captured(api, sample)
        assert amend(api, deal, "dealer", quantity="900").status_code == 200
        api("clerk").post(f"/deals/{deal}/confirm/")
        late = amend(api, deal, "dealer", quantity="800")
        assert (late.status_code, late.json()["code"]) == (409, "amended-by-clerk")
        executed = captured(api, sample, external_ref="E", stage="executed")
        assert amend(api, executed, "dealer", quantity="8").json()["code"] == "amended-by-clerk"

    def test_it_is_known_what_it_was_before(self, api: Any, sample: dict[str, Any]) -> None:
        deal = captured(api, sample)
        follow_events()
        then = timezone.now()
        amend(api, deal, counterparty=OUTSIDE, price="300")
        was = api("auditor").get(f"/deals/{deal}/", known_at=then.isoformat()).json()
        now = api("auditor").get(f"/deals/{deal}/").json()
        assert (was["counterparty"], was["price"]) == (INSIDE, "312.45")
        assert (now["counterparty"], now["price"]) == (OUTSIDE, "300")
        assert used()["Demo Bank One"] == 0


def events_of_business() -> int:
    return Event.objects.exclude(kind__startswith="key.").count()


def recomputed() -> Recomputed:
    from deals.exposing.recomputing import recompute_exposures

    at = timezone.now()
    return recompute_exposures(business_date=firm_day(at), at=at)


class TestCancel:
    def test_before_confirmation_one_side_is_enough(self, api: Any, sample: dict[str, Any]) -> None:
        deal = captured(api, sample, stage="executed")
        follow_events()
        answer = api("clerk").post(f"/deals/{deal}/cancel/", {"reason": "Twice."})
        assert (answer.status_code, answer.json()["status"]) == (200, "CANCELLED")
        follow_events()
        assert [kind for kind, _ in trades(deal)] == ["deal.trade", "deal.trade.reverse"]
        assert set(used().values()) == {0}

    def test_a_confirmed_deal_is_cancelled_by_two_with_the_others_word(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        deal = confirmed(api, captured(api, sample))
        first = released(api, deal)  # in our own books: matched at once
        asked = api("clerk").post(f"/deals/{deal}/cancel/", {"reason": "Wrong side."})
        assert (asked.status_code, asked.json()["code"]) == (202, "cancellation-requested")
        assert (asked.json()["status"], asked.json()["cancellation"]) == ("SETTLING", "REQUESTED")
        follow_events()
        assert open_items() == {("cancel-answer", "clerk")}
        assert used()["Demo Bank One"] > 0
        early = api("checker").post(f"/deals/{deal}/approve-cancel/")
        assert early.json()["code"] == "agreement-missing"
        blank = api("clerk").post(f"/deals/{deal}/agree-cancel/")
        assert (blank.status_code, blank.json()["code"]) == (422, "evidence-missing")
        assert api("clerk").post(
            f"/deals/{deal}/agree-cancel/", {"evidence": "LETTER-7"}
        ).status_code == 200  # fmt: skip
        follow_events()
        assert open_items() == {("cancel-approval", "checker")}
        done = api("checker").post(f"/deals/{deal}/approve-cancel/")
        assert (done.status_code, done.json()["status"]) == (200, "CANCELLED")
        follow_events()
        assert open_items() == set()
        assert set(used().values()) == {0}
        assert api("clerk").get(f"/settlements/{first}/").json()["status"] == "CANCELLED"
        assert [kind for kind, _ in trades(deal)] == ["deal.trade", "deal.trade.reverse"]
        assert kinds(deal)[-4:] == [
            "deal.request_cancel", "deal.agree_cancel", "deal.approve_cancel", "deal.cancel",
        ]  # fmt: skip

    def test_a_denied_or_withdrawn_request_leaves_the_deal_as_it_was(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        deal = confirmed(api, captured(api, sample))
        api("clerk").post(f"/deals/{deal}/cancel/", {"reason": "?", "evidence": "MAIL-1"})
        assert amend(api, deal, quantity="1", evidence="M").json()["code"] == "cancellation-pending"
        back = api("clerk").post(f"/deals/{deal}/withdraw-cancel/", {"reason": "Mistaken."})
        assert back.json()["cancellation"] == "NONE"
        api("clerk").post(f"/deals/{deal}/cancel/")
        denied = api("clerk").post(f"/deals/{deal}/deny-cancel/", {"evidence": "MAIL-2"})
        assert (denied.json()["cancellation"], denied.json()["status"]) == ("DENIED", "SETTLING")
        follow_events()
        assert open_items() == set()
        again = api("clerk").post(f"/deals/{deal}/cancel/", {"evidence": "MAIL-3"})
        assert again.json()["cancellation"] == "AGREED"

    def test_after_matching_the_place_is_asked_and_the_deal_lives_until_it_agrees(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        deal = confirmed(api, captured(api, sample, counterparty=OUTSIDE))
        reference = sent(api, deal, "matched")
        asked = api("clerk").post(f"/deals/{deal}/cancel/", {"reason": "Agreed by phone."})
        assert (asked.status_code, asked.json()["code"]) == (202, "cancellation-requested")
        approved = api("checker").post(f"/deals/{deal}/approve-cancel/")
        assert (approved.status_code, approved.json()["status"]) == (202, "SETTLING")
        follow_events()
        row = api("clerk").get(f"/settlements/{reference}/").json()
        assert (row["status"], row["axes"]["cancellation"]) == ("MATCHED", "REQUESTED")
        assert used()["Demo Bank Two"] > 0
        assert list(OutboundMessage.objects.order_by("id").values_list("function", flat=True)) == [
            "NEWM", "CANC",
        ]  # fmt: skip
        exchange_files()
        answer_all()
        exchange_files()
        follow_events()
        assert last_problems() == []
        assert api("clerk").get(f"/deals/{deal}/").json()["status"] == "CANCELLED"
        assert api("clerk").get(f"/settlements/{reference}/").json()["status"] == "CANCELLED"
        assert set(used().values()) == {0}
        assert [kind for kind, _ in trades(deal)] == ["deal.trade", "deal.trade.reverse"]

    def test_a_place_that_denies_leaves_it_to_settle(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        deal = confirmed(api, captured(api, sample, counterparty=OUTSIDE))
        reference = sent(api, deal, "matched")
        api("clerk").post(f"/deals/{deal}/cancel/")
        api("checker").post(f"/deals/{deal}/approve-cancel/")
        follow_events()
        exchange_files()
        answer_all(denies=True)
        exchange_files()
        shown = api("clerk").get(f"/deals/{deal}/").json()
        assert (shown["status"], shown["cancellation"]) == ("SETTLING", "DENIED")
        axes = api("clerk").get(f"/settlements/{reference}/").json()["axes"]
        assert axes["cancellation"] == "DENIED"
        again = api("clerk").post(f"/deals/{deal}/cancel/")
        assert again.json()["cancellation"] == "REQUESTED"

    def test_what_settles_before_the_answer_is_cancelled_no_more(
        self, api: Any, sample: dict[str, Any], tmp_path: Any
    ) -> None:
        deal = confirmed(api, captured(api, sample, counterparty=OUTSIDE))
        reference = sent(api, deal, "matched")
        api("clerk").post(f"/deals/{deal}/cancel/")
        api("checker").post(f"/deals/{deal}/approve-cancel/")
        answer(reference, "settled")
        follow_events()
        shown = api("clerk").get(f"/deals/{deal}/").json()
        assert (shown["status"], shown["cancellation"]) == ("SETTLED", "DENIED")
        answer(reference, "cancelled")
        assert [p["code"] for p in last_problems()] == ["no-cancellation-asked"]
        refused = api("clerk").post(f"/deals/{deal}/cancel/")
        assert (refused.status_code, refused.json()["code"]) == (409, "transition-not-allowed")
        assert "other way" in refused.json()["instead"]


class TestCancelSettlement:
    def test_one_that_no_place_has_is_prepared_anew(self, api: Any, sample: dict[str, Any]) -> None:
        deal = confirmed(api, captured(api, sample, counterparty=OUTSIDE))
        first = released(api, deal)
        done = api("clerk").post(f"/settlements/{first}/cancel/", {"reason": "Old account."})
        assert (done.status_code, done.json()["status"]) == (200, "CANCELLED")
        follow_events()
        (row,) = settlements(api, deal)
        assert (row["status"], row["reference"] != first) == ("PREPARED", True)
        assert Settlement.objects.get(pk=row["reference"][2:]).obligations.count() == 3

    def test_the_place_of_one_that_was_sent_is_asked(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        deal = confirmed(api, captured(api, sample, counterparty=OUTSIDE))
        first = sent(api, deal)
        asked = api("clerk").post(f"/settlements/{first}/cancel/")
        assert (asked.status_code, asked.json()["code"]) == (202, "cancellation-requested")
        assert (
            amend(api, deal, quantity="7", evidence="M").json()["code"] == "transition-not-allowed"
        )
        follow_events()
        answer(first, "cancelled")
        follow_events()
        (row,) = settlements(api, deal)
        assert row["status"] == "PREPARED"
        assert amend(api, deal, quantity="7", evidence="M").status_code == 200
        answer(first, "settled")
        assert [p["code"] for p in last_problems()] == ["nothing-moves"]

    def test_one_that_is_matched_in_our_own_books_is_not(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        deal = confirmed(api, captured(api, sample))
        first = released(api, deal)
        refused = api("clerk").post(f"/settlements/{first}/cancel/")
        assert (refused.status_code, refused.json()["code"]) == (409, "matched-inside")


def last_problems() -> list[dict[str, str]]:
    problems: list[dict[str, str]] = InboundFile.objects.latest("id").problems
    return problems


def answer(reference: str, event: str, **more: Any) -> None:
    import json

    from backoffice.connectors.tasks import exchange_folder

    folder = exchange_folder() / "in"
    folder.mkdir(parents=True, exist_ok=True)
    line = {
        "reference": reference, "event": event, "message": f"m:{reference}:{event}",
        "at": timezone.now().isoformat(), **more,
    }  # fmt: skip
    (folder / f"{event}-{line['message']}.jsonl").write_text(json.dumps(line) + "\n")
    exchange_files()


def open_items() -> set[tuple[str, str]]:
    rows = WorkItem.objects.filter(closed_at=None, kind__startswith="cancel-")
    return set(rows.values_list("kind", "queue"))


def test_no_reservation_is_left_of_anything_cancelled(api: Any, sample: dict[str, Any]) -> None:
    deal = captured(api, sample)
    amend(api, deal, counterparty=OUTSIDE)
    api("clerk").post(f"/deals/{deal}/cancel/")
    assert set(Reservation.objects.values_list("state", flat=True)) == {"RELEASED"}
