"""Corporate actions announced anew, cancelled, that change what is held, and announced in files."""

from __future__ import annotations

from typing import Any

import pytest

from ledger.guarding import WouldBeNegative
from settlements.models import RecordEvent
from tests.flows.corporate_actions import (
    AFTER,
    BORIS,
    FUND,
    OWN,
    PAID,
    RECORD,
    SBER,
    D,
    announced,
    applied,
    brought,
    clients_behind,
    dividend,
    entitled,
    moved,
    paid,
    standing,
)
from tests.following import follow_events

pytestmark = pytest.mark.usefixtures("own_database")


@pytest.fixture
def behind() -> None:
    clients_behind()


class TestChanging:
    def test_announced_anew_works_out_anew_what_is_not_paid(self, api: Any, behind: None) -> None:
        event = dividend(api)
        applied(event)
        body = {
            "instrument": SBER, "record_date": RECORD.isoformat(), "payment_date": PAID.isoformat(),
            "document": "NSD 18", "action": "DIVIDEND", "rate": "30", "currency": "RUB",
        }  # fmt: skip
        answer = api("clerk").post(f"/record-events/{event}/amend/", body)
        assert answer.status_code == 201, answer.content
        told = answer.json()
        assert (told["version"], told["replaces"]) == (2, str(event))
        assert (
            api("checker").post(f"/record-events/{told['reference']}/approve/").status_code == 200
        )
        follow_events()
        event.refresh_from_db()
        assert event.state == "REPLACED"
        assert entitled(event) == {}
        new = RecordEvent.objects.get(replaces=event)
        applied(new)
        assert entitled(new)[BORIS].gross == D(330)
        assert standing(BORIS, "RECEIVABLE", "RUB", "NSD") == D(330)

    def test_announced_anew_counts_what_was_paid(self, api: Any, behind: None) -> None:
        event = dividend(api)
        applied(event)
        paid(api, event, "5803819.18")
        body = {
            "instrument": SBER, "record_date": RECORD.isoformat(), "payment_date": PAID.isoformat(),
            "document": "NSD 18", "action": "DIVIDEND", "rate": "34", "currency": "RUB",
        }  # fmt: skip
        reference = api("clerk").post(f"/record-events/{event}/amend/", body).json()["reference"]
        assert api("checker").post(f"/record-events/{reference}/approve/").status_code == 200
        new = RecordEvent.objects.get(replaces=event)
        applied(new)
        row = entitled(new)[BORIS]
        assert (row.quantity, row.gross) == (D(0), D(374) - D("366.69"))

    def test_cancelled_it_is_reversed_even_when_it_was_paid(self, api: Any, behind: None) -> None:
        event = dividend(api)
        asked = [(BORIS, "RECEIVABLE", "RUB", "NSD"), (BORIS, "INCOME"), (BORIS, "CASH", "RUB", "NSD"), (BORIS, "TAX"),
                 (OWN, "TAX"), (OWN, "CASH", "RUB", "NSD"), (OWN, "INCOME")]  # fmt: skip
        with moved(*asked) as change:
            applied(event)
            paid(api, event, "5803819.18")
            body = {"reason": "The meeting voted it down"}
            assert api("clerk").post(f"/record-events/{event}/cancel/", body).status_code == 403
            answer = api("checker").post(f"/record-events/{event}/cancel/", body)
            assert answer.status_code == 200, answer.content
        assert change == [0] * 7
        assert {row.state for row in entitled(event).values()} == {"REVERSED"}


class TestSplit:
    def test_four_for_one_in_the_same_security_only_the_more_moves(
        self, api: Any, behind: None
    ) -> None:
        event = announced(api, action="SPLIT", new="4", old="1")
        applied(event)
        assert entitled(event)[FUND].given == D(404)
        with moved((FUND, "HOLDING", SBER, "NSD"), (OWN, "HOLDING", SBER, "NSD")) as change:
            paid(api, event, "0")
        assert change == [D(303), D(600_000)]

    def test_reversed_the_fraction_is_paid_in_money(self, api: Any, behind: None) -> None:
        event = announced(
            api, action="REVERSE_SPLIT", new="1", old="10", rate="3000.00", currency="RUB"
        )
        applied(event)
        row = entitled(event)[FUND]
        assert (row.given, row.fraction, row.fraction_amount) == (D(10), D("0.1"), D(300))
        with moved((FUND, "HOLDING", SBER, "NSD"), (FUND, "CASH", "RUB", "NSD")) as change:
            paid(api, event, "2700.00")  # of 7, 11 and 101: 0.7, 0.1 and 0.1 of a new share
        assert change == [D(-91), D(300)]

    def test_what_was_sold_meanwhile_is_not_taken_from_others(self, api: Any, behind: None) -> None:
        event = announced(api, action="REVERSE_SPLIT", new="1", old="10")
        applied(event)
        brought(FUND, -100, on=AFTER)
        answer = paid(api, event, "0", status=409)
        assert answer.json()["code"] == WouldBeNegative.code
        assert entitled(event)[FUND].state == "EXPECTED"


class TestAnnounceInCsv:
    HEADER = "action,instrument,record_date,payment_date,rate,currency,document\n"
    GOOD = f"DIVIDEND,{SBER},2026-11-25,2026-12-01,33.3,RUB,NSD 17\n"

    def test_all_of_it_is_proposed(self, api: Any) -> None:
        text = self.HEADER + self.GOOD + self.GOOD.replace(SBER, "RU0007661625")
        answer = api("clerk").post("/record-event-files/", {"csv": text})
        assert answer.status_code == 201, answer.content
        assert [str(row) for row in RecordEvent.objects.order_by("pk")] == answer.json()[
            "references"
        ]

    def test_or_nothing_with_the_line_of_each_problem(self, api: Any) -> None:
        bad = self.GOOD.replace("33.3", "-1").replace("RUB", "RUR").replace(SBER, "RU0007661625")
        answer = api("clerk").post(
            "/record-event-files/", {"csv": self.HEADER + self.GOOD + bad + self.GOOD}
        )
        assert answer.status_code == 422
        told = [(each["pointer"], each["code"]) for each in answer.json()["errors"]]
        assert told == [
            ("/csv/3/currency", "unknown-currency"), ("/csv/3/rate", "wrong-rate"),
            ("/csv/4", "record-event-known"),
        ]  # fmt: skip
        assert not RecordEvent.objects.exists()

    def test_a_column_that_no_event_has_is_refused(self, api: Any) -> None:
        answer = api("clerk").post("/record-event-files/", {"csv": "action,isin\nDIVIDEND,X\n"})
        assert answer.json()["errors"][0]["code"] == "wrong-header"
