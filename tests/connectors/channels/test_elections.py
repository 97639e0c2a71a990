"""What is elected leaves through the channel of its place, once; it is blocked until the place pays or refuses."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from backoffice.connectors.channels.electing import queue_elections
from backoffice.connectors.channels.services import SKIPPED, doubt_after_restore
from backoffice.connectors.formats.corporate_actions import Election as Said
from backoffice.connectors.formats.recognising import read_securities
from backoffice.connectors.models import InboundFile, OutboundMessage
from backoffice.workflow.models import WorkItem
from ledger.inventory import held
from refdata.firm_days import firm_day
from refdata.models import Asset, Earmark, Party
from settlements.actions.applying import entitle, entitle_due
from settlements.actions.early import open_early
from settlements.actions.electing import lapse_elections
from settlements.actions.models import Election, Entitlement
from settlements.models import RecordEvent
from settlements.tasks import apply_record_events
from tests.connectors.channels.eventing import (
    CLIENTS,
    SBER,
    cash_option,
    lapse_option,
    mt564,
    mt566,
    mt567,
)
from tests.connectors.channels.playing import answer, channel, work, written
from tests.connectors.formats.mt_rules import wrong_in
from tests.flows.corporate_actions import BORIS, applied, brought
from tests.following import follow_events
from tests.pages.test_pages import browser

D = Decimal
LATER = "20271130150000"


@pytest.fixture(autouse=True)
def _channel_in() -> None:
    channel("NSD-IN", "IN")


@pytest.fixture
def tender(api: Any) -> RecordEvent:
    """An offer of 330 rubles a share that the place announced; Boris holds eleven of them behind an omnibus account."""
    brought(BORIS, 11)
    options = [
        *cash_option("RUB330,", "20271201", deadline=LATER, default=False, takes=SBER),
        *lapse_option(deadline=LATER),
    ]  # fmt: skip
    answer(mt564(kind="TEND", whom="VOLU", options=options), name="announced.fin")
    event = RecordEvent.objects.get()
    assert api("checker").post(f"/record-events/{event}/approve/").status_code == 200
    follow_events()
    applied(event)
    return event


def election(event: RecordEvent) -> Election:
    return Election.objects.get(event=event, owner__code=BORIS, place__code="NSD")


def elected(api: Any, row: Election, quantities: dict[str, str]) -> None:
    body = {"quantities": quantities, "evidence": "Letter of 26 November"}
    chosen = api("clerk").post(f"/elections/{row}/choose/", body)
    assert chosen.status_code == 200, chosen.content
    done = api("checker").post(f"/elections/{row}/instruct/")
    assert done.status_code == 200, done.content
    follow_events()


def blocked() -> Decimal:
    owner, asset = Party.objects.get(code=BORIS), Asset.objects.get(code=SBER)
    rows = held(on=firm_day(timezone.now()), owner_ids=[owner.pk], asset_ids=[asset.pk])
    (row,) = [row for row in rows if row.blocked or row.settled == 11 or row.settled < 11]
    assert row.free == row.settled - row.blocked
    return row.blocked


def said() -> list[Said]:
    found = [each for path in written() for each in read_securities(path.read_bytes())]
    return [each for each in found if isinstance(each, Said)]


class TestInstruct:
    def test_leaves_as_the_place_named_the_event_and_its_option(
        self, api: Any, tender: RecordEvent
    ) -> None:
        channel()
        row = election(tender)
        elected(api, row, {"1": "4"})
        work()
        (told,) = said()
        choice = row.choices.get()
        assert (told.reference, told.event, told.kind) == (f"E{choice.pk}", "CA77", "TEND")
        assert (told.account, told.isin, told.option, told.option_type) == (
            CLIENTS,
            SBER,
            "001",
            "CASH",
        )
        assert (told.quantity.amount, told.announcement) == (D(4), "N1")
        assert wrong_in(written()[0].read_bytes()) == []
        message = OutboundMessage.objects.get()
        assert (message.state, message.format, message.about, message.settlement) == (
            "SENT", "MT565", str(row), None,
        )  # fmt: skip

    def test_leaves_once_for_each_option_that_is_chosen(
        self, api: Any, tender: RecordEvent
    ) -> None:
        channel()
        row = election(tender)
        elected(api, row, {"1": "4", "2": "3"})  # to let it lapse is nothing to tell
        queue_elections(election_ids=[row.pk], at=timezone.now())
        work()
        work()
        assert len(written()) == 1

    def test_leaves_in_iso_20022_too(self, api: Any, tender: RecordEvent) -> None:
        channel(format="ISO20022")
        elected(api, election(tender), {"1": "4"})
        work()
        (told,) = said()
        assert (told.format[:8], told.event, told.quantity.amount) == ("seev.033", "CA77", D(4))

    def test_without_a_channel_is_work_until_there_is_one(
        self, api: Any, tender: RecordEvent
    ) -> None:
        elected(api, election(tender), {"1": "4"})
        message = OutboundMessage.objects.get()
        assert (message.state, message.problems[0]["code"]) == ("STOPPED", "no-channel")
        assert WorkItem.objects.filter(
            kind="message-stopped", subject_id=message.pk, closed_at=None
        ).exists()
        assert api("clerk").post(f"/outbound-messages/{message}/retry/").status_code == 200
        message.refresh_from_db()
        assert message.state == "STOPPED"
        channel()
        assert api("clerk").post(f"/outbound-messages/{message}/retry/").status_code == 200
        work()
        message.refresh_from_db()
        assert (message.state, message.channel) == ("SENT", "NSD-OUT")

    def test_is_called_by_a_number_of_its_own_after_a_restore(
        self, api: Any, tender: RecordEvent
    ) -> None:
        """The place may have elections that the restored books do not know any more."""
        channel()
        at = timezone.now()
        doubt_after_restore(restored_to=at, reason="Restored", at=at)
        row = election(tender)
        body = {"quantities": {"1": "4"}, "evidence": "Letter"}
        assert api("clerk").post(f"/elections/{row}/choose/", body).status_code == 200
        assert row.choices.get().pk > SKIPPED

    def test_its_form_goes_outside_where_the_channel_is_down(
        self, api: Any, tender: RecordEvent
    ) -> None:
        elected(api, election(tender), {"1": "4"})
        message = OutboundMessage.objects.get()
        form = api("clerk").post(f"/outbound-messages/{message}/form/", {"language": "en"})
        assert form.status_code == 201, form.content
        shown = api("auditor").get(f"/outbound-messages/{message}/").json()
        assert (shown["about"], shown["settlement"]) == (str(election(tender)), None)


class TestPages:
    @pytest.mark.parametrize("language", ["en", "ru"])
    def test_show_what_left_and_what_is_blocked(
        self, api: Any, tender: RecordEvent, language: str
    ) -> None:
        channel()
        row = election(tender)
        elected(api, row, {"1": "4"})
        work()
        client = browser("clerk", language)
        assert (
            client.get(f"/record-events/{tender}/").status_code == 200
        )  # an offer has no money of its own
        shown = client.get(f"/elections/{row}/").content.decode()
        assert "MT565" in shown
        assert '<dd id="blocked">4</dd>' in shown
        message = client.get(
            f"/outbound-messages/{OutboundMessage.objects.get()}/"
        ).content.decode()
        assert str(row) in message
        assert "DatabaseDefault" not in message


class TestBlock:
    def test_stands_until_the_place_has_paid(self, api: Any, tender: RecordEvent) -> None:
        channel()
        elected(api, election(tender), {"1": "4"})
        assert blocked() == 4
        work()
        answer(
            mt566(account=CLIENTS, amount="RUB1320,", moves=[("DEBT", SBER, "4,")]), name="paid.fin"
        )
        assert InboundFile.objects.latest("id").problems == []
        assert blocked() == 0
        assert Entitlement.objects.get(event=tender).state == "PAID"

    def test_ends_when_the_event_is_cancelled(self, api: Any, tender: RecordEvent) -> None:
        elected(api, election(tender), {"1": "4"})
        body = {"reason": "The offer was withdrawn"}
        assert api("checker").post(f"/record-events/{tender}/cancel/", body).status_code == 200
        assert blocked() == 0
        (mark,) = Earmark.objects.filter(document=str(election(tender)))
        assert (mark.kind, mark.quantity, mark.valid_until) == ("BLOCKED", D(4), mark.valid_from)

    def test_is_of_what_goes_and_of_nothing_else(self, api: Any) -> None:
        brought(BORIS, 11)
        options = [*cash_option("RUB30,", "20271201", deadline=LATER), *cash_option(
            "RUB31,", "20271201", number="002", default=False, deadline=LATER)]  # fmt: skip
        answer(
            mt564(kind="DVOP", whom="CHOS", rate="RUB30,", options=options), name="announced.fin"
        )
        event = RecordEvent.objects.get()
        api("checker").post(f"/record-events/{event}/approve/")
        follow_events()
        applied(event)
        elected(api, election(event), {"2": "11"})
        assert blocked() == 0


class TestAnswer:
    def test_taken_by_the_place_is_accepted(self, api: Any, tender: RecordEvent) -> None:
        channel()
        row = election(tender)
        elected(api, row, {"1": "4"})
        work()
        answer(mt567(said()[0].reference, "PACK"), name="taken.fin")
        row.refresh_from_db()
        assert (row.state, OutboundMessage.objects.get().state) == ("ACCEPTED", "ACKNOWLEDGED")
        answer(mt567(said()[0].reference, "PACK") + "\r\n", name="again.fin")
        assert InboundFile.objects.latest("id").duplicates == 1

    def test_refused_waits_for_another_choice_and_frees_what_was_blocked(
        self, api: Any, tender: RecordEvent
    ) -> None:
        channel()
        row = election(tender)
        elected(api, row, {"1": "4"})
        work()
        answer(mt567(said()[0].reference, "REJT", why="LACK"), name="refused.fin")
        row.refresh_from_db()
        assert (row.state, blocked()) == ("WAITING", D(0))
        assert set(Entitlement.objects.filter(event=tender).values_list("state", flat=True)) == {
            "CANCELLED"
        }
        assert WorkItem.objects.filter(kind="election", subject_id=row.pk, closed_at=None).exists()
        elected(api, row, {"1": "5"})
        work()
        assert [each.quantity.amount for each in said()] == [D(4), D(5)]
        assert said()[0].reference != said()[1].reference
        assert blocked() == 5

    def test_about_an_election_that_nobody_made_is_a_problem(self, tender: RecordEvent) -> None:
        answer(mt567("E999", "PACK"), name="odd.fin")
        assert InboundFile.objects.latest("id").problems[0]["code"] == "unknown-reference"


class TestEarly:
    @pytest.fixture
    def offer(self, api: Any) -> RecordEvent:
        """One that may be chosen from the tenth on, and counts who holds on the 25th of November 2027."""
        brought(BORIS, 11)
        options = [
            *cash_option("RUB330,", "20271201", deadline="20271120150000", default=False, takes=SBER, since="20261110"),
            *lapse_option(deadline="20271120150000"),
        ]  # fmt: skip
        text = mt564(
            kind="TEND", whom="VOLU", options=options, record="20271125", payment="20271201"
        )
        answer(text, name="announced.fin")
        event = RecordEvent.objects.get()
        assert api("checker").post(f"/record-events/{event}/approve/").status_code == 200
        follow_events()
        return event

    def test_may_be_chosen_before_the_record_date_and_entitles_by_it(
        self, api: Any, offer: RecordEvent
    ) -> None:
        channel()
        at = timezone.now()
        entitle_due(business_date=firm_day(at), at=at)
        entitle_due(business_date=firm_day(at), at=at)
        row = election(offer)
        assert (row.quantity, row.state) == (D(11), "WAITING")
        elected(api, row, {"1": "4"})
        assert (blocked(), Entitlement.objects.filter(event=offer).count()) == (D(4), 0)
        work()
        assert len(said()) == 1
        brought(BORIS, -6, on=firm_day(at))  # the rest may still be dealt
        assert offer.deadline_at is not None
        lapse_elections(at=offer.deadline_at)
        entitle(event_id=offer.pk, at=at)
        row.refresh_from_db()
        due = Entitlement.objects.get(event=offer, owner__code=BORIS)
        assert (row.quantity, row.state) == (D(5), "INSTRUCTED")
        assert (due.quantity, due.taken, due.gross) == (D(4), D(4), D(1320))
        assert blocked() == 4

    def test_who_chose_more_than_is_held_then_is_asked_again(
        self, api: Any, offer: RecordEvent
    ) -> None:
        at = timezone.now()
        entitle_due(business_date=firm_day(at), at=at)
        row = election(offer)
        body = {"quantities": {"1": "11"}, "evidence": "call"}
        assert api("clerk").post(f"/elections/{row}/choose/", body).status_code == 200
        brought(BORIS, -6, on=firm_day(at))
        entitle(event_id=offer.pk, at=at)
        row.refresh_from_db()
        assert (row.quantity, row.state, row.makers) == (D(5), "WAITING", [])

    def test_a_worker_asks_within_the_day_and_follows_what_is_held(
        self, api: Any, offer: RecordEvent
    ) -> None:
        at = timezone.now()
        apply_record_events()
        row = election(offer)
        assert row.quantity == D(11)
        brought(BORIS, -4, on=firm_day(at))
        apply_record_events()
        row.refresh_from_db()
        assert (row.quantity, row.state) == (D(7), "WAITING")
        body = {"quantities": {"1": "7"}, "evidence": "call"}
        assert api("clerk").post(f"/elections/{row}/choose/", body).status_code == 200
        brought(BORIS, -1, on=firm_day(at))
        apply_record_events()
        row.refresh_from_db()
        assert (row.quantity, row.state) == (D(7), "CHOSEN")  # until the record date

    def test_before_its_day_nobody_is_asked(self, offer: RecordEvent) -> None:
        assert open_early(business_date=date(2026, 11, 9), at=timezone.now()) == 0
        assert open_early(business_date=date(2026, 11, 20), at=timezone.now()) > 0
