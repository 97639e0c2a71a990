"""Instructions are looked at again: at release, at sending, when a run settles, and when one changes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from backoffice.kernel.lifecycle import OtherEyesRequired
from backoffice.workflow.models import WorkItem
from refdata.models import Party, StandingInstruction
from refdata.selectors import forget_reference_data
from settlements.enriching import (
    AlreadySent,
    InstructionGood,
    NoInstruction,
    enrich_settlements,
)
from settlements.models import RunDecision, Settlement, SettlementRun
from settlements.running.services import request_run, start_run, write_next_shard
from settlements.services import (
    InstructionToucher,
    Proof,
    release_settlements,
    send_settlements,
    settle_by_places_word,
)
from settlements.standing import InstructionRevoked, LinkedRefused, stopped_settlements
from settlements.tasks import continue_runs
from tests.flows.test_fx import BANK_FIVE, prepared
from tests.following import follow_events
from tests.instructing import new_ssi, person, revoke

pytestmark = pytest.mark.usefixtures("own_database")

INSIDE, OUTSIDE = "999900DEMOBANKONE097", "999900DEMOBANKTWO062"
DUE = date(2026, 11, 24)
Make = Callable[..., Settlement]


@pytest.fixture
def one(api: Any, sample: dict[str, Any]) -> Make:
    """A settlement of a share deal, prepared with the instruction of its counterparty."""

    def make(counterparty: str = OUTSIDE, released: bool = False) -> Settlement:
        deal = api("dealer").post("/deals/", sample | {"counterparty": counterparty})
        assert deal.status_code == 201, deal.content
        reference = deal.json()["reference"]
        api("clerk").post(f"/deals/{reference}/confirm/")
        api("checker").post(f"/deals/{reference}/approve/")
        follow_events()
        row = Settlement.objects.get()
        assert row.due_date == DUE
        if released:
            release(row).raise_single()
        return row

    return make


def release(row: Settlement, by: str = "checker") -> Any:
    return release_settlements(ids=[row.pk], actor=person(by), at=timezone.now())


def enrich(row: Settlement, by: str = "clerk") -> Any:
    return enrich_settlements(ids=[row.pk], actor=person(by), at=timezone.now())


def refusal(outcome: Any) -> Any:
    assert outcome.done == []
    (found,) = outcome.refused.values()
    return found


def run() -> SettlementRun:
    row = request_run(
        business_date=DUE, objective="FIFO", entity_id=None, actor=None, at=timezone.now()
    )
    continue_runs()
    row.refresh_from_db()
    return row


def waiting() -> list[str]:
    """The kinds of what waits about a settlement, once all events are followed."""
    follow_events()
    rows = WorkItem.objects.filter(closed_at__isnull=True, subject_type="settlement")
    return sorted(rows.values_list("kind", flat=True))


def block(status: str = "BLOCKED") -> None:
    Party.objects.filter(code=OUTSIDE).update(status=status)
    forget_reference_data()


class TestReleaseSettlement:
    @pytest.mark.parametrize(
        ("change", "status"),
        [
            (lambda row: revoke(row.ssi_id), "revoked"),
            (lambda row: StandingInstruction.objects.filter(pk=row.ssi_id).update(valid_until=DUE),
             "ended"),
            (lambda row: new_ssi(OUTSIDE, "NSD", since=DUE), "superseded"),
            (lambda row: new_ssi(OUTSIDE, "NSD", since=date(2026, 1, 1)), "superseded"),
            (lambda row: new_ssi(OUTSIDE, "NSD", since=date(2025, 1, 1), currency="RUB"), "superseded"),
            (lambda row: block("BLOCKED"), "blocked"),
            (lambda row: block("SANCTIONED"), "sanctioned"),
        ],
    )  # fmt: skip
    def test_is_stopped_when_the_instruction_is_not_good_any_more(
        self, one: Make, change: Callable[[Settlement], Any], status: str
    ) -> None:
        row = one()
        change(row)
        found = refusal(release(row))
        assert (type(found), found.facts["status"]) == (InstructionRevoked, status)
        row.refresh_from_db()
        assert row.approval == "PREPARED"

    @pytest.mark.parametrize(
        "change",
        [
            lambda: StandingInstruction.objects.update(valid_until=DUE + timedelta(days=1)),
            lambda: new_ssi(OUTSIDE, "NSD", since=DUE + timedelta(days=1)),
            lambda: new_ssi(OUTSIDE, "NSD", since=date(2025, 12, 31)),
            lambda: new_ssi(OUTSIDE, "NSD", currency="EUR"),
            lambda: new_ssi(OUTSIDE, "NSD", market="XETR"),
            lambda: new_ssi(OUTSIDE, "NSD", instrument_kind="CURRENCY"),
            lambda: new_ssi(INSIDE, "NSD"),
        ],
    )
    def test_goes_on_when_what_changed_does_not_concern_it(
        self, one: Make, change: Callable[[], Any]
    ) -> None:
        row = one()
        change()
        assert release(row).done == [row.pk]


class TestSendSettlement:
    def test_a_run_leaves_out_what_was_revoked_after_its_release(self, api: Any, one: Make) -> None:
        row = one(released=True)
        revoke(row.ssi_id)
        found = run()
        row.refresh_from_db()
        assert (found.state, found.sent) == ("COMPLETED", 0)
        assert (row.transmission, row.reason) == ("NONE", "ssi-revoked")
        said = api("clerk").get(f"/settlement-runs/{found}/explanations/").json()["results"]
        assert said == [{"settlement": str(row), "reason": "ssi-revoked"}]

    def test_what_is_revoked_between_deciding_and_writing_does_not_leave(self, one: Make) -> None:
        row, at = one(released=True), timezone.now()
        asked = request_run(business_date=DUE, objective="FIFO", entity_id=None, actor=None, at=at)
        start_run(run_id=asked.pk, at=at)
        assert RunDecision.objects.get().outcome == "SEND"
        revoke(row.ssi_id)
        assert write_next_shard(run_id=asked.pk, at=at)
        row.refresh_from_db()
        assert (row.transmission, row.reason) == ("NONE", "ssi-revoked")

    def test_the_service_refuses_it_whoever_asks(self, one: Make) -> None:
        row = one(released=True)
        revoke(row.ssi_id)
        found = refusal(send_settlements(ids=[row.pk], at=timezone.now()))
        assert type(found) is InstructionRevoked

    def test_our_own_books_do_not_settle_it_either(self, one: Make) -> None:
        row = one(INSIDE, released=True)
        assert row.place.finality == "INTERNAL"
        revoke(row.ssi_id)
        assert run().settled == 0
        row.refresh_from_db()
        assert (row.settlement, row.reason) == ("PENDING", "ssi-revoked")

    def test_and_settle_it_when_nothing_changed(self, one: Make) -> None:
        assert one(INSIDE, released=True).place.finality == "INTERNAL"
        assert run().settled == 1


class TestWatchSettlements:
    def test_a_revoke_before_sending_asks_to_enrich(self, one: Make) -> None:
        row = one(released=True)
        revoke(row.ssi_id)
        assert waiting() == ["ssi-revoked"]
        item = WorkItem.objects.get(kind="ssi-revoked")
        assert (item.queue, item.subject_id, item.amount) == ("clerk", row.pk, row.amount)
        new_ssi(OUTSIDE, "NSD")
        assert waiting() == ["ssi-revoked"]
        enrich(row).raise_single()
        assert waiting() == []

    def test_a_revoke_after_sending_asks_to_cancel_and_instruct_anew(self, one: Make) -> None:
        row = one(released=True)
        assert run().sent == 1
        assert waiting() == []
        revoke(row.ssi_id)
        assert waiting() == ["reinstruct"]
        assert type(refusal(enrich(row))) is AlreadySent
        proof = Proof(kind="place-message", reference="M-1", settled_at=timezone.now())
        settle_by_places_word(proofs={row.pk: proof}, at=timezone.now()).raise_single()
        assert waiting() == []

    def test_a_sending_that_comes_after_the_revoke_is_found_too(self, one: Make) -> None:
        """The revoke was read before the sending was committed: the sending itself is looked at."""
        row = one(released=True)
        assert run().sent == 1
        StandingInstruction.objects.filter(pk=row.ssi_id).update(status="REVOKED")  # no event of it
        assert waiting() == ["reinstruct"]

    def test_a_later_instruction_asks_too(self, one: Make) -> None:
        one(released=True)
        new_ssi(OUTSIDE, "NSD")
        assert waiting() == ["ssi-revoked"]

    def test_what_is_settled_is_left_alone(self, one: Make) -> None:
        row = one(INSIDE, released=True)
        assert run().settled == 1
        revoke(row.ssi_id)
        assert waiting() == []


class TestEnrichSettlement:
    def test_another_instruction_other_eyes_and_on_it_goes(self, api: Any, one: Make) -> None:
        row = one(released=True)
        revoke(row.ssi_id)
        new = new_ssi(OUTSIDE, "CSDX")
        assert api("clerk").post(f"/settlements/{row}/enrich/").status_code == 200
        row.refresh_from_db()
        assert (row.approval, row.ssi_id, row.place.code) == ("PREPARED", new, "CSDX")
        assert row.ssi_snapshot == {
            "depository_account": "NEW", "cash_account": "NEW-C", "place": row.place_id,
        }  # fmt: skip
        assert person("clerk").pk in row.makers
        assert type(refusal(release(row, "clerk"))) is OtherEyesRequired
        assert type(refusal(release(row, "manager"))) is InstructionToucher
        assert release(row).done == [row.pk]
        assert run().sent == 1

    def test_in_our_own_books_it_is_matched_again(self, one: Make) -> None:
        row = one(INSIDE, released=True)
        revoke(row.ssi_id)
        new_ssi(INSIDE, "HOUSE")
        enrich(row, "accountant").raise_single()
        row.refresh_from_db()
        assert (row.matching, row.status) == ("UNMATCHED", "PREPARED")
        assert type(refusal(release(row, "accountant"))) is OtherEyesRequired
        release(row).raise_single()
        assert run().settled == 1

    def test_it_takes_what_preparing_would_take(self, one: Make) -> None:
        row = one()
        revoke(row.ssi_id)
        new_ssi(OUTSIDE, "NSD", since=date(2026, 3, 1))
        best = new_ssi(OUTSIDE, "NSD", since=date(2025, 1, 1), market="MISX")
        new_ssi(OUTSIDE, "NSD", market="XETR", currency="RUB")
        enrich(row).raise_single()
        row.refresh_from_db()
        assert row.ssi_id == best
        assert stopped_settlements(ids=[row.pk]) == []

    def test_not_while_the_instruction_is_good(self, one: Make) -> None:
        assert type(refusal(enrich(one()))) is InstructionGood

    def test_not_while_none_fits_or_the_party_is_blocked(self, one: Make) -> None:
        row = one()
        revoke(row.ssi_id)
        assert type(refusal(enrich(row))) is NoInstruction
        new_ssi(OUTSIDE, "NSD")
        block()
        found = refusal(enrich(row))
        assert (type(found), found.facts["status"]) == (InstructionRevoked, "blocked")
        Party.objects.update(status="ACTIVE")
        enrich(row).raise_single()


class TestLinkedPayments:
    @pytest.fixture
    def pair(self, api: Any) -> tuple[Settlement, Settlement]:
        document = {
            "external_ref": "FX-1", "product": "fx_spot", "side": "buy", "book": "FX-RU",
            "counterparty": BANK_FIVE, "pair": "EUR/USD", "quantity": "100000.00",
            "price": "1.157", "currency": "USD", "traded_at": "2026-11-20T10:15:00+03:00",
        }  # fmt: skip
        prepared(api, document)
        out, into = Settlement.objects.order_by("delivers")
        release(out).raise_single()
        return out, into

    def test_no_payment_leaves_while_its_other_half_may_not(
        self, pair: tuple[Settlement, Settlement]
    ) -> None:
        out, into = pair
        revoke(into.ssi_id)
        refused = send_settlements(ids=[out.pk, into.pk], at=timezone.now()).refused
        assert {id: type(why) for id, why in refused.items()} == {
            out.pk: LinkedRefused, into.pk: InstructionRevoked,
        }  # fmt: skip
        assert type(refusal(send_settlements(ids=[out.pk], at=timezone.now()))) is LinkedRefused
        assert run().sent == 0

    def test_both_go_back_and_are_released_together(
        self, pair: tuple[Settlement, Settlement]
    ) -> None:
        out, into = pair
        revoke(out.ssi_id)
        new_ssi(BANK_FIVE, "CORR", currency="USD")
        assert sorted(enrich(out).done) == sorted([out.pk, into.pk])
        out.refresh_from_db()
        assert out.ssi_snapshot["nostro"] == "CORR-RUS-CASH"
        assert set(Settlement.objects.values_list("approval", flat=True)) == {"PREPARED"}
        assert sorted(release(out).done) == sorted([out.pk, into.pk])
        assert run().sent == 2

    def test_one_joins_its_partner_that_has_left(self, pair: tuple[Settlement, Settlement]) -> None:
        out, into = pair
        assert send_settlements(ids=[into.pk], at=timezone.now()).done == [into.pk]
        revoke(out.ssi_id)
        new_ssi(BANK_FIVE, "CORR", currency="USD")
        assert enrich(out).done == [out.pk]
        assert release(out).done == [out.pk]


class TestOnPages:
    def shown(self, who: str, row: Settlement, **query: str) -> str:
        browser = Client()
        browser.force_login(person(who))
        return browser.get(f"/settlements/{row}/", query).content.decode()

    def test_the_page_says_so_and_offers_the_step(self, one: Make) -> None:
        row = one()
        assert 'id="step-enrich"' not in self.shown("clerk", row)
        assert 'id="step-release"' in self.shown("checker", row)
        before = timezone.now()
        old = f"SSI-{row.ssi_id}"
        revoke(row.ssi_id)
        new = new_ssi(OUTSIDE, "NSD")
        page = self.shown("clerk", row)
        assert 'id="step-enrich"' in page
        assert "the standing instruction is revoked" in page
        assert 'id="step-release"' not in self.shown("checker", row)
        browser = Client()
        browser.force_login(person("clerk"))
        assert browser.post(f"/settlements/{row}/enrich/").status_code == 302
        page = self.shown("clerk", row)
        assert f"SSI-{new}" in page
        assert "the standing instruction is revoked" not in page
        then = self.shown("clerk", row, known_at=before.isoformat())
        assert f'">{old}</a>' in then
        assert f'">SSI-{new}</a>' not in then
