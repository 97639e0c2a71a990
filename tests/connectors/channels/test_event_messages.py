"""What a place says of corporate actions: announced, announced anew, taken back, booked, explained; each once."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from backoffice.connectors.actions.models import EventMessage
from backoffice.connectors.models import InboundFile
from backoffice.connectors.receiving.services import take_file
from backoffice.workflow.models import WorkItem
from settlements.actions.models import Entitlement, IncomeDifference
from settlements.models import RecordEvent
from tests.connectors.channels.eventing import (
    CLIENTS,
    OWN,
    SBER,
    cash_option,
    lapse_option,
    mt564,
    mt566,
    mt568,
    units_option,
)
from tests.connectors.channels.playing import answer, channel, clerk
from tests.flows.corporate_actions import ANNA, BORIS, FUND, applied, brought, standing
from tests.following import follow_events
from tests.pages.test_pages import browser

D = Decimal
GAZP = "RU0007661625"
DEADLINE = "20271130150000"


@pytest.fixture(autouse=True)
def _channels() -> None:
    channel("NSD-IN", "IN")


def file() -> InboundFile:
    return InboundFile.objects.latest("id")


def codes() -> list[str]:
    return [each["code"] for each in file().problems]


def told() -> EventMessage:
    return EventMessage.objects.latest("id")


def approve(api: Any, event: RecordEvent) -> RecordEvent:
    answer = api("checker").post(f"/record-events/{event}/approve/")
    assert answer.status_code == 200, answer.content
    follow_events()
    event.refresh_from_db()
    return event


class TestAnnouncement:
    def test_is_proposed_for_other_eyes(self, api: Any) -> None:
        answer(mt564())
        event = RecordEvent.objects.get()
        assert (event.action, event.state, event.reference) == ("DIVIDEND", "PROPOSED", "CA77")
        assert (event.rate, event.record_date, event.payment_date) == (
            D("33.335"), date(2026, 11, 25), date(2026, 12, 1),
        )  # fmt: skip
        assert (event.proposed_by, event.makers, event.document) == (None, [], "NSD MT564:N1")
        assert (told().did, told().event, file().added, file().outcome) == (
            "PROPOSED", event, 1, "TAKEN",
        )  # fmt: skip
        assert WorkItem.objects.filter(
            kind="record-event", subject_id=event.pk, closed_at=None
        ).exists()
        assert api("clerk").post(f"/record-events/{event}/approve/").status_code == 403
        assert approve(api, event).state == "APPROVED"

    def test_twice_adds_nothing(self) -> None:
        answer(mt564())
        answer(mt564() + "\r\n", name="again.fin")
        assert (RecordEvent.objects.count(), EventMessage.objects.count()) == (1, 1)
        assert (file().added, file().duplicates) == (0, 1)

    def test_under_another_number_says_what_is_known(self) -> None:
        answer(mt564())
        answer(mt564(reference="N2", function="RMDR"), name="b.fin")
        answer(mt564(reference="N3", function="REPL"), name="c.fin")
        assert RecordEvent.objects.count() == 1
        dids = EventMessage.objects.order_by("id").values_list("did", flat=True)
        assert list(dids) == ["PROPOSED", "KEPT", "SAME"]

    def test_anew_before_it_is_approved_takes_the_place_of_the_first(self) -> None:
        answer(mt564())
        answer(mt564(reference="N2", function="REPL", rate="RUB34,"), name="b.fin")
        first, second = RecordEvent.objects.order_by("pk")
        assert (first.state, second.state, second.rate, second.version, second.replaces) == (
            "DECLINED", "PROPOSED", D(34), 2, None,
        )  # fmt: skip
        assert told().changes == [{"what": "rate", "was": "33.335", "now": "34"}]
        assert told().did == "PROPOSED_ANEW"
        waiting = WorkItem.objects.filter(kind="record-event", closed_at=None)
        assert [item.subject_id for item in waiting] == [second.pk]

    def test_anew_once_it_is_in_force_is_proposed_as_what_replaces_it(self, api: Any) -> None:
        answer(mt564())
        first = approve(api, RecordEvent.objects.get())
        answer(mt564(reference="N2", function="REPL", payment="20261202"), name="b.fin")
        second = RecordEvent.objects.latest("pk")
        assert (second.replaces, second.version, second.state) == (first, 2, "PROPOSED")
        assert [each["what"] for each in told().changes] == ["payment_date"]
        answer(mt564(reference="N3", function="REPL", payment="20261203"), name="c.fin")
        third = RecordEvent.objects.latest("pk")
        assert (third.replaces, third.version) == (first, 3)
        second.refresh_from_db()
        assert second.state == "DECLINED"
        approve(api, third)
        first.refresh_from_db()
        assert first.state == "REPLACED"

    def test_withdrawn_before_it_is_approved_is_over(self) -> None:
        answer(mt564())
        answer(mt564(reference="N2", function="WITH"), name="b.fin")
        assert (RecordEvent.objects.get().state, told().did) == ("DECLINED", "TAKEN_BACK")
        assert not WorkItem.objects.filter(kind="record-event", closed_at=None).exists()

    def test_cancelled_once_in_force_asks_other_eyes(self, api: Any) -> None:
        answer(mt564())
        event = approve(api, RecordEvent.objects.get())
        answer(mt564(reference="N2", function="CANC"), name="b.fin")
        event.refresh_from_db()
        assert (event.state, told().did) == ("APPROVED", "ASKED_TO_CANCEL")
        item = WorkItem.objects.get(kind="event-withdrawn", closed_at=None)
        assert (item.queue, item.subject_id) == ("checker", event.pk)
        answer_ = api("checker").post(f"/record-events/{event}/cancel/", {"reason": "MT564 N2"})
        assert answer_.status_code == 200, answer_.content
        follow_events()
        assert not WorkItem.objects.filter(kind="event-withdrawn", closed_at=None).exists()

    def test_that_is_not_complete_proposes_nothing(self) -> None:
        answer(mt564(status="PREU"))
        assert not RecordEvent.objects.exists()
        assert (told().did, told().event, file().outcome) == ("KEPT", None, "TAKEN")
        answer(mt564(reference="N2", function="REPL"), name="b.fin")
        assert RecordEvent.objects.get().state == "PROPOSED"

    def test_of_what_has_no_meaning_here_says_what(self) -> None:
        answer(mt564(kind="MEET"))
        assert codes() == ["untold-kind"]
        answer(mt564(reference="N2", options=[]), name="b.fin")
        assert codes() == ["untold-options", "untold-payment-date"]
        answer(mt564(reference="N3", isin="US0378331005"), name="c.fin")
        assert codes()[0] == "untold-isin"
        assert not EventMessage.objects.exists()

    def test_of_an_event_that_a_clerk_typed_is_the_same_event(self, api: Any) -> None:
        body = {
            "action": "DIVIDEND", "instrument": SBER, "record_date": "2026-11-25", "ex_date": "2026-11-25",
            "payment_date": "2026-12-01", "rate": "33.335", "currency": "RUB", "document": "call",
        }  # fmt: skip
        reference = api("clerk").post("/record-events/", body).json()["reference"]
        answer(mt564())
        assert (told().did, str(told().event)) == ("SAME", reference)

    def test_of_a_choice_has_its_options_numbers_and_deadline(self) -> None:
        options = [
            *cash_option("RUB330,", "20271201", deadline=DEADLINE, default=False, takes=SBER, since="20261110"),
            *lapse_option(deadline=DEADLINE),
        ]  # fmt: skip
        answer(mt564(kind="TEND", whom="VOLU", options=options))
        event = RecordEvent.objects.get()
        assert (event.action, event.participation, event.elect_from) == (
            "TENDER", "VOLUNTARY", date(2026, 11, 10),
        )  # fmt: skip
        assert event.deadline_at is not None
        assert (
            event.deadline_at.isoformat() == "2027-11-30T12:00:00+00:00"
        )  # by the clock of the place
        assert list(event.options.values_list("number", "kind", "takes", "is_default", "rate")) == [
            (1, "CASH", True, False, D(330)), (2, "LAPSE", False, True, None),
        ]  # fmt: skip
        assert told().options == {"001": "CASH", "002": "NOAC"}

    def test_anew_says_what_changed_of_an_option(self) -> None:
        def offer(rate: str, **more: str) -> str:
            options = [
                *cash_option(rate, "20271201", deadline=DEADLINE, default=False, takes=SBER),
                *lapse_option(deadline=DEADLINE),
            ]  # fmt: skip
            return mt564(kind="TEND", whom="VOLU", options=options, **more)

        answer(offer("RUB330,"))
        answer(offer("RUB335,", reference="N2", function="REPL"), name="b.fin")
        assert told().changes == [{"what": "option 1 rate", "was": "330", "now": "335"}]

    @pytest.mark.parametrize(
        ("code", "fractions"),
        [("CINL", "CASH"), ("RDDN", "DOWN"), ("RDUP", "UP"), ("STAN", "NEAR"), ("UKWN", "CASH")],
    )
    def test_of_a_split_says_what_becomes_of_fractions(self, code: str, fractions: str) -> None:
        options = units_option("NEWO//1,/10,", SBER, fractions=code, takes=SBER)
        answer(mt564(kind="SPLR", options=options))
        event = RecordEvent.objects.get()
        assert (event.action, event.new, event.old, event.fractions) == (
            "REVERSE_SPLIT", D(1), D(10), fractions,
        )  # fmt: skip

    def test_is_never_edited(self) -> None:
        answer(mt564())
        with pytest.raises(DatabaseError), transaction.atomic():
            EventMessage.objects.update(text="other")


class TestByHand:
    def test_a_clerk_brings_an_announcement_and_another_approves(self, api: Any) -> None:
        taken = take_file(mt564().encode(), name="a.fin", actor=clerk(), at=timezone.now())
        assert (taken.outcome, taken.added) == ("TAKEN", 1)
        event = RecordEvent.objects.get()
        assert event.makers == [clerk().pk]
        assert EventMessage.objects.get().place is None

    def test_nobody_brings_what_was_booked(self) -> None:
        raw = (mt564() + mt566(amount="RUB1,")).encode()
        taken = take_file(raw, name="a.fin", actor=clerk(), at=timezone.now())
        assert [each["code"] for each in taken.problems] == ["not-by-hand"]
        assert (taken.outcome, taken.added, taken.lines) == ("PARTLY", 1, 2)


@pytest.fixture
def due(api: Any) -> RecordEvent:
    """A dividend that was announced, approved and has passed its record date."""
    for owner, quantity in ((ANNA, 7), (BORIS, 11), (FUND, 101)):
        brought(owner, quantity)
    answer(mt564(), name="announced.fin")
    event = approve(api, RecordEvent.objects.get())
    applied(event)
    return event


def paid_on(account: str, event: RecordEvent) -> set[str]:
    rows = Entitlement.objects.filter(event=event, place__code="NSD", account=account)
    return set(rows.values_list("state", flat=True))


class TestConfirmation:
    def test_pays_what_is_expected_on_its_account(self, due: RecordEvent) -> None:
        rows = Entitlement.objects.filter(event=due, place__code="NSD", account=CLIENTS)
        expected = sum(row.receipt for row in rows)
        assert expected == D("3529.18")
        answer(mt566(account=CLIENTS, amount="RUB3529,18"), name="paid.fin")
        assert (told().did, codes()) == ("PAID", [])
        assert (paid_on(CLIENTS, due), paid_on(OWN, due)) == ({"PAID"}, {"EXPECTED"})
        row = rows.get(owner__code=BORIS)
        assert (row.proof, row.paid_on) == ("place-message:MT566:C1", date(2026, 11, 27))
        assert standing(BORIS, "CASH", "RUB", "NSD") == row.gross - row.withheld

    def test_twice_pays_once(self, due: RecordEvent) -> None:
        answer(mt566(account=CLIENTS, amount="RUB3529,18"), name="paid.fin")
        answer(mt566(account=CLIENTS, amount="RUB3529,18") + "\r\n", name="again.fin")
        assert (file().added, file().duplicates) == (0, 1)
        answer(mt566(account=CLIENTS, amount="RUB3529,18", reference="C2"), name="other.fin")
        assert (told().did, codes()) == ("SAME", [])
        answer(mt566(account=CLIENTS, amount="RUB1,", reference="C3"), name="third.fin")
        assert codes() == ["nothing-expected"]
        assert standing(FUND, "CASH", "RUB", "NSD") == D("2929.15")

    def test_of_less_money_books_what_came_and_keeps_the_difference(self, due: RecordEvent) -> None:
        answer(mt566(account=CLIENTS, amount="RUB3528,"), name="paid.fin")
        assert told().did == "PAID_OTHERWISE"
        (row,) = IncomeDifference.objects.all()
        assert (row.expected, row.paid, row.state) == (D("3529.18"), D(3528), "OPEN")
        assert WorkItem.objects.filter(
            kind="income-difference", closed_at=None, queue="checker"
        ).exists()

    def test_of_other_securities_books_nothing(self, due: RecordEvent) -> None:
        moves = [("CRED", GAZP, "5,")]
        answer(mt566(account=CLIENTS, amount="RUB3529,18", moves=moves), name="paid.fin")
        assert codes() == ["units-differ"]
        assert paid_on(CLIENTS, due) == {"EXPECTED"}

    def test_of_other_money_an_unknown_event_or_account_is_a_problem(
        self, due: RecordEvent
    ) -> None:
        answer(mt566(account=CLIENTS, amount="USD3966,87"), name="a.fin")
        assert codes() == ["other-money"]
        answer(mt566(called="NOBODY", amount="RUB1,"), name="b.fin")
        assert codes() == ["unknown-event"]
        answer(mt566(account="STRANGE", amount="RUB1,"), name="c.fin")
        assert codes() == ["unknown-account"]

    def test_taken_back_undoes_nothing_by_itself(self, due: RecordEvent) -> None:
        answer(mt566(account=CLIENTS, amount="RUB3529,18"), name="paid.fin")
        answer(
            mt566(account=CLIENTS, amount="-RUB3529,18", reference="C2", function="REVR"),
            name="b.fin",
        )
        assert codes() == ["payment-reversed"]
        assert paid_on(CLIENTS, due) == {"PAID"}

    def test_of_a_split_is_told_by_what_goes_and_what_comes(self, api: Any) -> None:
        brought(FUND, 101)
        options = units_option("NEWO//4,/1,", SBER, takes=SBER)
        answer(mt564(kind="SPLF", options=options), name="announced.fin")
        event = approve(api, RecordEvent.objects.get())
        applied(event)
        moves = [("DEBT", SBER, "101,"), ("CRED", SBER, "404,")]
        answer(mt566(account=CLIENTS, kind="SECU", moves=moves), name="paid.fin")
        assert (told().did, codes()) == ("PAID", [])
        assert standing(FUND, "HOLDING", SBER, "NSD") == D(404)


class TestNarrative:
    def test_is_kept_and_shown_beside_its_event(self, api: Any) -> None:
        answer(mt568("BRING A FORM"), name="early.fin")
        answer(mt564(text="FOR ALL HOLDERS"))
        event = RecordEvent.objects.get()
        rows = api("auditor").get(f"/record-events/{event}/messages/").json()["results"]
        assert [(row["kind"], row["text"]) for row in rows] == [
            ("ANNOUNCEMENT", "FOR ALL HOLDERS"), ("NARRATIVE", "BRING A FORM"),
        ]  # fmt: skip
        found = api("auditor").get("/event-messages/", without_event="true").json()["results"]
        assert [row["kind"] for row in found] == ["NARRATIVE"]


class TestPages:
    @pytest.mark.parametrize("language", ["en", "ru"])
    def test_show_what_was_said_what_followed_and_what_changed(self, language: str) -> None:
        answer(mt564())
        answer(
            mt564(reference="N2", function="REPL", rate="RUB34,", text="BY THE MEETING"),
            name="b.fin",
        )
        client = browser("clerk", language)
        event = RecordEvent.objects.latest("pk")
        page = client.get(f"/record-events/{event}/").content.decode()
        assert "MT564:N2" in page
        assert "BY THE MEETING" in page
        assert {"en": "Proposed anew, for other eyes", "ru": "Предложено заново, ждёт контролёра"}[
            language
        ] in page
        assert "33.335" in page or "33,335" in page
        listed = client.get("/event-messages/").content.decode()
        assert "MT564:N1" in listed
        assert "MT564:N2" in listed


def test_what_happens_when_is_told_in_the_files_own_order(api: Any) -> None:
    answer(mt566(amount="RUB1,") + mt564())
    assert (file().added, codes()) == (1, ["nothing-expected"])
    assert isinstance(told().told_at, datetime)
