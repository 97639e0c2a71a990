"""The pages of corporate actions, in a browser's place: announced, entitled, paid, chosen, in both languages."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from settlements.actions.models import Election, IncomeDifference, IncomePayment
from settlements.models import RecordEvent
from tests.flows.corporate_actions import (
    BORIS,
    FUND,
    SBER,
    announced,
    applied,
    brought,
    dividend,
    entitled,
)
from tests.pages.test_pages import browser

pytestmark = pytest.mark.usefixtures("own_database")


@pytest.fixture
def event(api: Any) -> RecordEvent:
    for owner, quantity in ((BORIS, 11), (FUND, 101)):
        brought(owner, quantity)
    row = dividend(api)
    applied(row)
    return row


def test_a_dividend_is_typed_approved_and_shown(api: Any) -> None:
    typed = {
        "action": "DIVIDEND", "instrument": SBER, "record_date": "2026-11-25", "payment_date": "2026-12-01",
        "rate": "33.335", "currency": "RUB", "document": "NSD 17", "participation": "MANDATORY",
        "fractions": "CASH",
    }  # fmt: skip
    answer = browser("clerk").post("/record-events/new/", typed | {"rate": "none"})
    assert answer.status_code == 422
    answer = browser("clerk").post("/record-events/new/", typed)
    row = RecordEvent.objects.get()
    assert answer.headers["Location"] == f"/record-events/{row}/"
    page = browser("checker").get(f"/record-events/{row}/").content.decode()
    assert f"/record-events/{row}/approve/" in page
    assert "Nobody is entitled yet" in page
    listed = browser("clerk").get("/record-events/", {"action": "DIVIDEND"})
    assert [each.reference for each in listed.context["list"].rows] == [str(row)]


@pytest.mark.parametrize(
    ("language", "words"), [("en", "Entitlements"), ("ru", "Права на выплату")]
)
def test_what_each_owner_is_entitled_to_is_shown_by_place_and_by_owner(
    event: RecordEvent, language: str, words: str
) -> None:
    page = browser("clerk", language).get(f"/record-events/{event}/").content.decode()
    assert words in page
    assert "NSD-RUS-CLIENTS" in page
    assert f"/record-events/{event}/payment/" in page
    assert entitled(event)[BORIS].tax_rule in page


def test_what_a_place_paid_is_recorded_by_one_and_accepted_by_another(event: RecordEvent) -> None:
    form = browser("clerk").get(f"/record-events/{event}/payment/").content.decode()
    assert "NSD" in form
    typed = {
        "entity": "RUS", "place": "NSD", "amount": "1000.00", "settled_at": "2026-11-27T12:00:00",
        "document": "Report 21",
    }  # fmt: skip
    answer = browser("clerk").post(f"/record-events/{event}/payment/", typed)
    assert answer.status_code == 422
    answer = browser("clerk").post(
        f"/record-events/{event}/payment/", typed | {"reason": "the rest comes tomorrow"}
    )
    payment = IncomePayment.objects.get()
    assert answer.headers["Location"] == f"/income-payments/{payment}/"
    shown = browser("checker").get(f"/income-payments/{payment}/").content.decode()
    assert "the rest comes tomorrow" in shown
    assert "Nothing is booked yet" in shown
    browser("checker").post(f"/income-payments/{payment}/accept/")
    payment.refresh_from_db()
    assert payment.state == "ACCEPTED"
    difference = IncomeDifference.objects.get()
    shown = browser("checker").get(f"/income-payments/{payment}/").content.decode()
    assert f"/income-differences/{difference}/" in shown
    assert "/ledger/entries/" in shown
    shown = browser("checker").get(f"/income-differences/{difference}/").content.decode()
    assert f"/income-differences/{difference}/accept/" in shown
    browser("checker").post(f"/income-differences/{difference}/accept/", {"reason": "it does not"})
    difference.refresh_from_db()
    assert difference.state == "ACCEPTED"
    listed = browser("clerk").get("/income-differences/", {"status": "ACCEPTED"})
    assert [each.reference for each in listed.context["list"].rows] == [str(difference)]
    page = browser("clerk").get(f"/record-events/{event}/").content.decode()
    assert str(payment) in page
    assert str(difference) in page


def test_an_owner_chooses_on_a_page_and_another_person_instructs(api: Any) -> None:
    brought(BORIS, 11)
    deadline: datetime = timezone.now() + timedelta(hours=3)
    event = announced(
        api, action="TENDER", participation="VOLUNTARY", deadline_at=deadline.isoformat(),
        options=[
            {"kind": "CASH", "takes": True, "rate": "330.00", "currency": "RUB"},
            {"kind": "LAPSE", "default": True},
        ],
    )  # fmt: skip
    applied(event)
    row = Election.objects.get(event=event, owner__code=BORIS, place__code="NSD")
    assert str(row) in browser("clerk").get("/").content.decode()  # in My work
    assert (
        f"/elections/{row}/choose/" in browser("clerk").get(f"/elections/{row}/").content.decode()
    )
    typed = {"option-1": "4", "evidence": "Letter of 26 November"}
    answer = browser("clerk").post(f"/elections/{row}/choose/", {"option-1": "12", "evidence": "x"})
    assert answer.status_code == 422
    answer = browser("clerk").post(f"/elections/{row}/choose/", typed)
    assert answer.headers["Location"] == f"/elections/{row}/"
    browser("checker").post(f"/elections/{row}/instruct/")
    row.refresh_from_db()
    assert row.state == "INSTRUCTED"
    page = browser("clerk").get(f"/elections/{row}/").content.decode()
    assert "1,320.00" in page
    listed = browser("clerk").get("/elections/", {"owner": BORIS})
    assert str(row) in [each.reference for each in listed.context["list"].rows]


def test_announced_anew_its_form_has_what_was_announced(api: Any, event: RecordEvent) -> None:
    form = browser("clerk").get(f"/record-events/{event}/amend/").content.decode()
    assert 'value="33.335"' in form
    typed = {
        "action": "DIVIDEND", "instrument": SBER, "record_date": "2026-11-25", "payment_date": "2026-12-01",
        "rate": "30", "currency": "RUB", "document": "NSD 18", "participation": "MANDATORY", "fractions": "CASH",
    }  # fmt: skip
    answer = browser("clerk").post(f"/record-events/{event}/amend/", typed)
    new = RecordEvent.objects.get(replaces=event)
    assert answer.headers["Location"] == f"/record-events/{new}/"
