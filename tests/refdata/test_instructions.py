"""Standing instructions: by two people, kept so by the database; prices and rates are facts."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, ClassVar

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone

from backoffice.access.models import User
from backoffice.events.models import Event
from backoffice.kernel.lifecycle import OtherEyesRequired, TransitionNotAllowed
from refdata.firm_days import FIRM_ZONE, firm_day
from refdata.instructions import whom_to_call
from refdata.models import CallBack, Entity, Party, PartyContact, Place, StandingInstruction
from refdata.services import (
    CallOutOfTime,
    ContactTooNew,
    ContactUnfit,
    NotCalledBack,
    approve_ssi,
    propose_ssi,
    record_call_back,
    revoke_ssi,
)

pytestmark = pytest.mark.django_db


def person(name: str) -> User:
    return User.objects.get(username=name)


def proposed(party: str = "999900DEMOBANKONE097", **more: Any) -> int:
    row = StandingInstruction(
        party=Party.objects.get(code=party), place=Place.objects.get(code="NSD"),
        depository_account="1", cash_account="2", valid_from=date(2026, 1, 1), **more,
    )  # fmt: skip
    (id,) = propose_ssi([row], actor=person("clerk"), at=timezone.now())
    return id


def call_back(id: int, said: str = "CONFIRMED", by: str = "checker", **more: Any) -> None:
    """A call about an instruction to the contact of its party, now."""
    ssi, at = StandingInstruction.objects.get(pk=id), timezone.now()
    contact = more.pop("contact", None) or PartyContact.objects.get(party=ssi.party_id)
    facts: dict[str, Any] = {
        "said": said,
        "called_at": at,
        "note": "",
        "actor": person(by),
        "at": at,
    }
    facts |= more
    record_call_back(ssi_id=id, contact_id=contact.pk, **facts)


def approve(id: int, by: str = "checker") -> None:
    approve_ssi(ids=[id], actor=person(by), at=timezone.now()).raise_single()


class TestApproveSsi:
    def test_the_proposer_may_not_approve(self) -> None:
        id = proposed()
        call_back(id)
        with pytest.raises(OtherEyesRequired):
            approve(id, "clerk")
        approve(id)
        assert StandingInstruction.objects.get(pk=id).status == "APPROVED"
        kinds = Event.objects.filter(subject_type="ssi", subject_id=id).order_by("id")
        assert list(kinds.values_list("kind", flat=True)) == [
            "ssi.propose", "ssi.call_back", "ssi.approve",
        ]  # fmt: skip
        with pytest.raises(TransitionNotAllowed):
            approve(id, "manager")

    def test_a_counterpartys_change_needs_a_call_that_confirmed_it(self) -> None:
        id = proposed()
        with pytest.raises(NotCalledBack):
            approve(id)
        call_back(id, "NOT_REACHED")
        with pytest.raises(NotCalledBack):
            approve(id)
        assert StandingInstruction.objects.get(pk=id).status == "PROPOSED"
        call_back(id)
        call_back(id, "NOT_REACHED")
        approve(id)

    def test_the_last_word_counts(self) -> None:
        id = proposed()
        call_back(id)
        call_back(id, "DENIED")
        with pytest.raises(NotCalledBack):
            approve(id)
        call_back(id)
        approve(id)

    def test_our_own_needs_no_call(self) -> None:
        id = proposed(Entity.objects.get(code="RUS").own_party.code)
        approve(id)
        assert StandingInstruction.objects.get(pk=id).approved_by == person("checker")

    def test_each_of_many_is_answered_for_itself(self) -> None:
        one, other, third = proposed(), proposed("999900DEMOBANKTWO062"), proposed()
        call_back(other)
        outcome = approve_ssi(ids=[one, other, third], actor=person("checker"), at=timezone.now())
        assert outcome.done == [other]
        assert {type(refusal) for refusal in outcome.refused.values()} == {NotCalledBack}
        assert set(outcome.refused) == {one, third}

    def test_the_database_refuses_it_too(self) -> None:
        id, clerk = proposed(), person("clerk")
        rows = StandingInstruction.objects.filter(pk=id)
        changes: list[dict[str, Any]] = [
            {"status": "APPROVED", "approved_by": clerk},
            {"status": "APPROVED"},
            {"status": "APPROVED", "approved_by": person("checker")},  # nobody was called
            {"cash_account": "3"},
            {"status": "AGREED"},
        ]
        for change in changes:
            with pytest.raises(IntegrityError), transaction.atomic():
                rows.update(**change)
        call_back(id)
        rows.update(status="APPROVED", approved_by=person("checker"))


class TestCallBackSsi:
    def test_whoever_proposed_it_may_not_call(self) -> None:
        with pytest.raises(OtherEyesRequired):
            call_back(proposed(), by="clerk")

    @pytest.mark.parametrize("seconds", [0, 1])
    def test_a_contact_that_came_with_the_change_proves_nothing(self, seconds: int) -> None:
        id = proposed()
        ssi = StandingInstruction.objects.get(pk=id)
        since = ssi.proposed_at + timedelta(seconds=seconds)
        contact = PartyContact.objects.create(
            party=ssi.party, name="Somebody", phone="+7 900", known_since=since
        )
        with pytest.raises(ContactTooNew):
            call_back(id, contact=contact)
        assert not CallBack.objects.filter(ssi=id).exists()
        assert contact not in whom_to_call(ssi)
        # Not even a row written past the service lets it be approved.
        CallBack.objects.create(
            ssi=ssi, contact=contact, phone="1", said="CONFIRMED", called_by=person("manager"),
            called_at=timezone.now(),
        )  # fmt: skip
        with pytest.raises(NotCalledBack):
            approve(id)

    def test_only_a_contact_of_that_party_that_was_not_withdrawn(self) -> None:
        id = proposed()
        with pytest.raises(ContactUnfit):
            call_back(id, contact=PartyContact.objects.get(party__code="999900DEMOBANKTWO062"))
        PartyContact.objects.update(withdrawn_date=date(2026, 1, 2))
        with pytest.raises(ContactUnfit):
            call_back(id)

    @pytest.mark.parametrize("wrong", [timedelta(hours=-1), timedelta(hours=1)])
    def test_not_before_the_change_and_not_in_the_future(self, wrong: timedelta) -> None:
        with pytest.raises(CallOutOfTime):
            call_back(proposed(), called_at=timezone.now() + wrong)

    def test_nobody_calls_about_what_is_decided(self) -> None:
        id = proposed()
        revoke_ssi(ids=[id], reason="", actor=person("clerk"), at=timezone.now()).raise_single()
        with pytest.raises(TransitionNotAllowed):
            call_back(id)

    def test_calls_and_contacts_stay_as_they_were(self) -> None:
        call_back(proposed())
        for statement in (
            "UPDATE refdata_callback SET said = 'CONFIRMED'", "DELETE FROM refdata_callback",
            "UPDATE refdata_partycontact SET phone = '+7 900'",
            "UPDATE refdata_partycontact SET known_since = '2020-01-01'",
            "DELETE FROM refdata_partycontact",
        ):  # fmt: skip
            with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(statement)


def test_one_person_is_enough_to_stop_money() -> None:
    id = proposed()
    revoke_ssi(ids=[id], reason="closed", actor=person("clerk"), at=timezone.now()).raise_single()
    row = StandingInstruction.objects.get(pk=id)
    assert (row.status, row.revoked_date) == ("REVOKED", firm_day(timezone.now()))
    with pytest.raises(TransitionNotAllowed):
        revoke_ssi(ids=[id], reason="", actor=person("clerk"), at=timezone.now()).raise_single()


class TestOverRest:
    terms: ClassVar = {
        "party": "999900DEMOBANKONE097", "place": "NSD", "depository_account": "D-1",
        "cash_account": "C-1", "valid_from": "2026-11-23",
    }  # fmt: skip

    def test_proposed_called_back_approved(self, api: Any) -> None:
        answer = api("clerk").post("/standing-instructions/", self.terms)
        assert answer.status_code == 201, answer.content
        ssi = answer.json()["reference"]
        (contact,) = answer.json()["contacts"]
        call = {
            "contact": contact["reference"], "said": "CONFIRMED",
            "called_at": timezone.now().isoformat(),
        }  # fmt: skip
        address = f"/standing-instructions/{ssi}"
        refused = api("checker").post(f"{address}/approve/")
        assert (refused.status_code, refused.json()["code"]) == (409, "ssi-not-called-back")
        assert "hint" in refused.json()
        own = api("clerk").post(f"{address}/call-backs/", call)
        assert (own.status_code, own.json()["code"]) == (403, "other-eyes-required")
        made = api("manager").post(f"{address}/call-backs/", call)
        assert made.status_code == 201, made.content
        assert made.json()["call_backs"][0]["phone"] == contact["phone"]
        assert api("checker").post(f"{address}/approve/").json()["status"] == "APPROVED"
        listed = api("auditor").get("/standing-instructions/").json()["results"]
        assert listed[0]["approved_by"] == "checker"

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"party": "NOBODY"}, "/party"), ({"place": "\u0000"}, "/place"),
            ({"valid_until": "2026-11-23"}, "/valid_until"), ({"currency": "rub"}, "/currency"),
            ({"cash_account": ""}, "/cash_account"),
        ],
    )  # fmt: skip
    def test_what_is_wrong_is_said_beside_it(
        self, api: Any, change: dict[str, str], field: str
    ) -> None:
        answer = api("clerk").post("/standing-instructions/", self.terms | change)
        assert answer.status_code in (400, 422), answer.content
        assert [error["pointer"] for error in answer.json()["errors"]] == [field]


class TestOnPages:
    def test_proposed_called_back_approved(self) -> None:
        def sent(who: str, address: str, **typed: Any) -> Any:
            browser = Client()
            browser.force_login(person(who))
            return browser.post(address, typed)

        wrong = sent("clerk", "/reference/instructions/new/", party="NOBODY", cash_account="kept")
        assert wrong.status_code == 422
        assert b'value="kept"' in wrong.content
        made = sent("clerk", "/reference/instructions/new/", **TestOverRest.terms)
        assert made.status_code == 302
        early = sent("checker", f"{made.url}approve/")
        assert early.status_code == 409
        assert b"denied it" in early.content
        contact = PartyContact.objects.get(party__code=TestOverRest.terms["party"])
        call = {"contact": f"PC-{contact.pk}", "said": "CONFIRMED"}
        sent("checker", f"{made.url}call-back", **call)  # no time: nothing is recorded
        assert not CallBack.objects.filter(contact=contact, called_by=person("checker")).exists()
        called = f"{timezone.localtime(timezone=FIRM_ZONE):%Y-%m-%dT%H:%M:%S.%f}"
        sent("checker", f"{made.url}call-back", called_at=called, **call)
        assert CallBack.objects.filter(contact=contact, called_by=person("checker")).exists()
        assert sent("checker", f"{made.url}approve/").status_code == 302
        assert StandingInstruction.objects.latest("pk").status == "APPROVED"
        browser = Client()
        browser.force_login(person("auditor"))
        shown = browser.get(made.url).content.decode()
        assert contact.phone in shown
        assert "Counterparty called" in shown


@pytest.mark.parametrize("table", ["refdata_price", "refdata_fxrate"])
@pytest.mark.parametrize("change", ["UPDATE {} SET value = 1", "DELETE FROM {}"])
def test_prices_and_rates_cannot_be_changed(table: str, change: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO refdata_fxrate (base, quote, rate_date, source, value)"
            " VALUES ('EUR', 'USD', '2026-11-20', 'TEST', 1.1)"
        )
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change.format(table))
