"""Reference data: proposed by one, approved by another, once, and only onto what the proposer saw."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

import pytest
from django.contrib import admin
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone

from backoffice.events.selectors import history_of
from backoffice.kernel.lifecycle import OtherEyesRequired, TransitionNotAllowed
from refdata.models import (
    BondPayment,
    BondTerms,
    BookScope,
    Calendar,
    Entity,
    FeeSchedule,
    Instrument,
    NostroAccount,
    Party,
    PartyContact,
    PartyIdentifier,
    Place,
    Proposal,
)
from refdata.proposable import PROPOSABLE
from refdata.proposals import (
    AlreadyProposed,
    NothingChanges,
    ProposalStale,
    ProposalWrong,
    approve_proposals,
    decline_proposals,
    propose_change,
    withdraw_proposals,
)
from refdata.proposing_admin import ReferenceData
from refdata.scopes import OutOfScope
from refdata.selectors import forget_reference_data, reference_data
from refdata.values import written_row
from tests.instructing import person

pytestmark = pytest.mark.django_db


def propose(row: Any, by: str = "clerk", **changes: Any) -> Proposal:
    """A change of a row, or with a model of a new one."""
    given = {name: changes.pop(name, None) for name in ("valid_from",)}
    is_new = isinstance(row, type)
    return propose_change(
        subject_type=row._meta.model_name, subject_id=None if is_new else row.pk, changes=changes,
        reason="letter", actor=person(by), at=timezone.now(), **given,
    )  # fmt: skip


def approve(proposal: Proposal, by: str = "checker") -> None:
    approve_proposals(ids=[proposal.pk], actor=person(by), at=timezone.now()).raise_single()


def problems(refusal: pytest.ExceptionInfo[ProposalWrong]) -> dict[str, str]:
    return {each.pointer: each.code for each in refusal.value.problems}


class TestProposeChange:
    def test_nothing_is_changed_by_it(self) -> None:
        place = Place.objects.get(code="NSD")
        before = written_row(place)
        made = propose(place, name="Other name", calendar="TARGET")
        assert written_row(Place.objects.get(pk=place.pk)) == before
        assert (made.state, made.name) == ("PROPOSED", "NSD")
        assert made.changes == {"name": "Other name", "calendar": "TARGET"}
        assert made.before == {"name": place.name, "calendar": "RU"}

    def test_only_what_differs_is_proposed(self) -> None:
        fee = FeeSchedule.objects.get(currency="RUB")
        made = propose(fee, rate="0.00050", minimum="1.50", currency="RUB")
        assert made.changes == {"minimum": "1.5"}
        with pytest.raises(NothingChanges):
            propose(Place.objects.get(code="NSD"), name=Place.objects.get(code="NSD").name)

    @pytest.mark.parametrize(
        ("changes", "wrong"),
        [
            ({"colour": "red"}, {"/changes/colour": "no-such-field"}),
            ({"calendar": "XX"}, {"/changes/calendar": "unknown"}),
            ({"calendar": None}, {"/changes/calendar": "null"}),
            ({"finality": "SOME"}, {"/changes/finality": "invalid_choice"}),
            ({"name": ""}, {"/changes/name": "blank"}),
            ({"name": "x" * 121}, {"/changes/name": "max_length"}),
            ({"name": "a\x00b"}, {"/changes/name": "wrong-kind"}),
            ({"name": ["x"], "bik": 5}, {"/changes/name": "wrong-kind", "/changes/bik": "wrong-kind"}),
            ({"bik": "12"}, {"/changes/bik": "invalid"}),
            ({"code": "HOUSE"}, {"/changes/code": "unique"}),
        ],
    )  # fmt: skip
    def test_every_wrong_value_is_named(
        self, changes: dict[str, Any], wrong: dict[str, str]
    ) -> None:
        with pytest.raises(ProposalWrong) as refusal:
            propose(Place.objects.get(code="NSD"), **changes)
        assert problems(refusal) == wrong
        assert not Proposal.objects.exists()

    @pytest.mark.parametrize("rate", ["NaN", "1e5", "0,5", "1_0", "٣", 0.5, True, "9" * 20])
    def test_a_number_is_written_plainly(self, rate: Any) -> None:
        with pytest.raises(ProposalWrong) as refusal:
            propose(FeeSchedule.objects.get(currency="RUB"), rate=rate)
        assert list(problems(refusal)) == ["/changes/rate"]

    def test_the_database_has_its_say_too(self) -> None:
        with pytest.raises(ProposalWrong):
            propose(FeeSchedule.objects.get(currency="RUB"), rate="-1")
        with pytest.raises(ProposalWrong):
            propose(PartyContact.objects.first(), phone="+7 900")

    @pytest.mark.parametrize("zone", ["Mars/Base", "../etc/passwd", "x" * 300, "Europe"])
    def test_a_time_zone_is_one(self, zone: str) -> None:
        with pytest.raises(ProposalWrong) as refusal:
            propose(Calendar.objects.get(code="RU"), timezone=zone)
        assert list(problems(refusal)) == ["/changes/timezone"]

    def test_one_change_of_a_row_waits_at_a_time(self) -> None:
        place = Place.objects.get(code="NSD")
        first = propose(place, name="A")
        with pytest.raises(AlreadyProposed):
            propose(place, name="B")
        withdraw_proposals(
            ids=[first.pk], reason="", actor=person("clerk"), at=timezone.now()
        ).raise_single()
        propose(place, name="B")

    def test_not_for_an_entity_out_of_scope(self) -> None:
        clerk, rus = person("clerk"), Entity.objects.get(code="RUS")
        BookScope.objects.create(user=clerk, entity=Entity.objects.get(code="EUR"))
        forget_reference_data()
        account = NostroAccount.objects.filter(entity=rus).first()
        with pytest.raises(OutOfScope):
            propose(account, number="OTHER")


class TestApproveProposal:
    def test_what_was_proposed_is_written_and_its_history_says_so(self) -> None:
        party = Party.objects.get(code="999900DEMOBANKTWO062")
        made = propose(party, status="BLOCKED", country="DE")
        approve(made)
        party.refresh_from_db()
        made.refresh_from_db()
        assert (party.status, party.country) == ("BLOCKED", "DE")
        assert (made.state, made.approved_by) == ("APPROVED", person("checker"))
        (event,) = history_of("party", party.pk)
        assert (event.kind, event.actor, event.reason) == (
            "refdata.change",
            person("checker"),
            "letter",
        )
        assert event.facts == {
            "proposal": str(made), "proposed_by": "clerk",
            "changes": {"status": ["ACTIVE", "BLOCKED"], "country": ["RU", "DE"]},
        }  # fmt: skip
        forget_reference_data()
        assert reference_data().parties[party.code].status == "BLOCKED"

    def test_the_proposer_may_not_approve(self) -> None:
        made = propose(Place.objects.get(code="NSD"), by="checker", name="Other")
        with pytest.raises(OtherEyesRequired):
            approve(made)
        assert Place.objects.get(code="NSD").name != "Other"
        with pytest.raises(OtherEyesRequired):
            decline_proposals(
                ids=[made.pk], reason="", actor=person("checker"), at=timezone.now()
            ).raise_single()
        with pytest.raises(IntegrityError), transaction.atomic():
            Proposal.objects.filter(pk=made.pk).update(
                state="APPROVED", approved_by=person("checker")
            )
        approve(made, "manager")
        assert Place.objects.get(code="NSD").name == "Other"

    def test_what_changed_since_is_not_written_over(self) -> None:
        place = Place.objects.get(code="NSD")
        made = propose(place, name="Proposed", matching="PERSON")
        Place.objects.filter(pk=place.pk).update(name="Meanwhile")
        with pytest.raises(ProposalStale) as refusal:
            approve(made)
        assert refusal.value.facts["differs"] == "name: Demo depository → Meanwhile"
        made.refresh_from_db()
        place.refresh_from_db()
        assert (made.state, place.name, place.matching) == ("PROPOSED", "Meanwhile", "MESSAGE")
        decline_proposals(
            ids=[made.pk], reason="stale", actor=person("checker"), at=timezone.now()
        ).raise_single()
        with pytest.raises(TransitionNotAllowed):
            approve(made)

    def test_what_else_changed_since_is_kept(self) -> None:
        place = Place.objects.get(code="NSD")
        made = propose(place, name="Proposed")
        Place.objects.filter(pk=place.pk).update(name_ru="Другое")
        approve(made)
        place.refresh_from_db()
        assert (place.name, place.name_ru) == ("Proposed", "Другое")

    def test_what_would_not_be_right_any_more_is_refused(self) -> None:
        made = propose(
            Place, code="NEW", name="New", finality="EXTERNAL", matching="PERSON", calendar="RU"
        )
        Place.objects.create(code="NEW", name="x", finality="EXTERNAL", matching="PERSON",
                             calendar=Calendar.objects.get(code="RU"))  # fmt: skip
        with pytest.raises(ProposalWrong) as refusal:
            approve(made)
        assert problems(refusal) == {"/changes/code": "unique"}
        made.refresh_from_db()
        assert made.state == "PROPOSED"

    def test_a_new_row_is_there_once_it_is_approved(self) -> None:
        made = propose(
            PartyIdentifier, party="999900DEMOBANKTWO062", scheme="BIC", value="DEMORUMM"
        )
        assert not PartyIdentifier.objects.filter(value="DEMORUMM").exists()
        approve(made)
        row = PartyIdentifier.objects.get(value="DEMORUMM")
        made.refresh_from_db()
        assert made.subject_id == row.pk
        (event,) = history_of("partyidentifier", row.pk)
        assert event.facts["changes"]["value"] == [None, "DEMORUMM"]

    def test_a_contact_is_known_from_its_approval(self) -> None:
        made = propose(PartyContact, party="999900DEMOBANKTWO062", name="New", phone="+7 1")
        approve(made)
        row = PartyContact.objects.get(name="New")
        assert row.known_since <= timezone.now()
        with pytest.raises(ProposalWrong) as refusal:
            propose(PartyContact, party="999900DEMOBANKTWO062", name="Old", phone="+7 2",
                    known_since="2020-01-01T00:00:00Z")  # fmt: skip
        assert problems(refusal) == {"/changes/known_since": "no-such-field"}

    def test_a_dated_row_ends_and_another_begins(self) -> None:
        fee = FeeSchedule.objects.get(currency="RUB")
        made = propose(fee, rate="0.0007", valid_from=date(2027, 1, 1))
        approve(made)
        fee.refresh_from_db()
        new = FeeSchedule.objects.get(currency="RUB", valid_from=date(2027, 1, 1))
        assert (fee.rate, fee.valid_until) == (Decimal("0.0005"), date(2027, 1, 1))
        assert (new.rate, new.valid_until, new.product) == (Decimal("0.0007"), None, fee.product)
        (ended,), (begun,) = history_of("feeschedule", fee.pk), history_of("feeschedule", new.pk)
        assert ended.facts["changes"] == {"valid_until": [None, "2027-01-01"]}
        assert begun.facts["changes"]["rate"] == [None, "0.0007"]
        with pytest.raises(ProposalWrong) as refusal:
            propose(Place.objects.get(code="NSD"), name="x", valid_from=date(2027, 1, 1))
        assert problems(refusal) == {"/valid_from": "not-dated"}

    def test_terms_of_a_bond_are_laid_out_with_their_approval(self) -> None:
        bond = Instrument.objects.get(isin="RU0009029540")
        Instrument.objects.filter(pk=bond.pk).update(kind="BOND", nominal=1000)
        terms: dict[str, Any] = {
            "instrument": "RU0009029540", "start_date": "2026-01-01", "maturity_date": "2028-01-01",
            "coupon_rate": "0.1", "frequency": 2, "day_count": "ACT/365F",
        }  # fmt: skip
        with pytest.raises(ProposalWrong):
            propose(BondTerms, **terms | {"repayment_dates": ["2027-02-03", "2028-01-01"],
                                          "repayment_shares": ["0.5", "0.5"]})  # fmt: skip
        made = propose(BondTerms, **terms)
        assert not BondPayment.objects.filter(instrument=bond).exists()
        approve(made)
        assert BondPayment.objects.filter(instrument=bond).count() == 5

    def test_what_was_proposed_stays_so(self) -> None:
        made = propose(Place.objects.get(code="NSD"), name="Other")
        changes: list[dict[str, Any]] = [
            {"changes": {}}, {"reason": "x"}, {"before": {}}, {"subject_id": 1},
        ]  # fmt: skip
        for change in changes:
            with pytest.raises(IntegrityError), transaction.atomic():
                Proposal.objects.filter(pk=made.pk).update(**change)


class TestOverRest:
    body: ClassVar = {"subject": "place", "changes": {
        "code": "NEW", "name": "New", "finality": "EXTERNAL", "matching": "PERSON", "calendar": "RU",
    }, "reason": "agreement"}  # fmt: skip

    def test_proposed_and_approved_with_its_history(self, api: Any) -> None:
        made = api("clerk").post("/reference-proposals/", self.body)
        assert made.status_code == 201, made.content
        address = f"/reference-proposals/{made.json()['reference']}"
        assert api("clerk").post(f"{address}/approve/").status_code == 403
        approved = api("checker").post(f"{address}/approve/")
        assert approved.status_code == 200, approved.content
        subject = approved.json()["subject"]
        row = api("auditor").get(f"/reference-rows/{subject}/").json()
        assert row["values"]["calendar"] == "RU"
        assert row["history"][0]["changes"]["code"] == [None, "NEW"]
        change = {"subject": subject, "changes": {"name": "Newer"}}
        again = api("clerk").post("/reference-proposals/", change).json()
        assert again["changes"] == [{"field": "name", "before": "New", "after": "Newer"}]
        listed = api("auditor").get("/reference-proposals/", status="PROPOSED").json()["results"]
        assert [each["reference"] for each in listed] == [again["reference"]]

    @pytest.mark.parametrize(
        ("change", "status"),
        [({"subject": "deal-1"}, 404), ({"subject": "place-999999"}, 404), ({"subject": "party"}, 422),
         ({"subject": "standinginstruction"}, 404), ({"changes": []}, 422), ({"subject": "x y"}, 422)],
    )  # fmt: skip
    def test_what_cannot_be_is_refused(self, api: Any, change: dict[str, Any], status: int) -> None:
        answer = api("clerk").post("/reference-proposals/", self.body | change)
        assert answer.status_code in (status, 400 if status == 422 else status), answer.content


class TestAdministration:
    def browser(self, name: str = "admin") -> Client:
        client = Client()
        client.force_login(person(name))
        return client

    def form(self, row: Any, **more: Any) -> dict[str, Any]:
        fields = {name: value for name, value in written_row(row).items() if value is not None}
        for name in ("calendar", "party", "entity", "owner", "place"):
            if name in fields:
                fields[name] = getattr(row, f"{name}_id")
        return fields | more

    def test_saving_files_a_proposal_and_changes_nothing(self) -> None:
        place = Place.objects.get(code="NSD")
        before = written_row(place)
        address = f"/admin/refdata/place/{place.pk}/change/"
        typed = self.form(place, name="From the form", change_reason="letter 5")
        answer = self.browser().post(address, typed, follow=True)
        assert written_row(Place.objects.get(pk=place.pk)) == before
        made = Proposal.objects.get()
        assert (made.changes, made.reason) == ({"name": "From the form"}, "letter 5")
        page = answer.content.decode()
        assert "Nothing has changed" in page
        assert f'href="/reference/proposals/{made}/"' in page
        approve(made)
        page = self.browser().get(address).content.decode()
        assert f"name: {before['name']} → <b>From the form</b>" in page

    def test_adding_files_one_too(self) -> None:
        typed = {
            "code": "NEW", "name": "New", "finality": "EXTERNAL", "matching": "PERSON",
            "calendar": Calendar.objects.get(code="RU").pk,
        }  # fmt: skip
        count = Place.objects.count()
        answer = self.browser().post("/admin/refdata/place/add/", typed, follow=True)
        assert answer.status_code == 200
        assert Place.objects.count() == count
        approve(Proposal.objects.get())
        assert Place.objects.get(code="NEW").calendar.code == "RU"

    def test_what_hangs_on_a_row_is_a_change_of_its_own(self) -> None:
        party = Party.objects.get(code="999900DEMOBANKTWO062")
        (known,) = party.identifiers.all()
        typed = self.form(party, name="Renamed", roles="COUNTERPARTY") | {
            "identifiers-TOTAL_FORMS": 2, "identifiers-INITIAL_FORMS": 1,
            "identifiers-0-id": known.pk, "identifiers-0-party": party.pk,
            "identifiers-0-scheme": "LEI", "identifiers-0-value": known.value,
            "identifiers-1-party": party.pk, "identifiers-1-scheme": "BIC",
            "identifiers-1-value": "DEMORUMM",
        }  # fmt: skip
        self.browser().post(f"/admin/refdata/party/{party.pk}/change/", typed)
        found = Proposal.objects.order_by("id").values_list("subject_type", "changes")
        assert list(found) == [
            ("party", {"name": "Renamed"}),
            ("partyidentifier", {"party": party.code, "scheme": "BIC", "value": "DEMORUMM"}),
        ]
        party.refresh_from_db()
        assert (party.name, party.identifiers.count()) == ("Demo Bank Two", 1)

    def test_a_second_change_of_a_row_is_refused_with_the_reason(self) -> None:
        place = Place.objects.get(code="NSD")
        propose(place, name="First")
        address = f"/admin/refdata/place/{place.pk}/change/"
        answer = self.browser().post(address, self.form(place, name="Second"), follow=True)
        assert "waits for other eyes" in answer.content.decode()
        assert Proposal.objects.count() == 1

    def test_nothing_that_can_be_saved_there_is_left_out(self) -> None:
        """Whatever opens a form in the administration of reference data proposes."""
        pages = [
            model
            for model, page in admin.site._registry.items()
            if model._meta.app_label == "refdata" and isinstance(page, ReferenceData)
        ]
        assert len(pages) > 15
        assert [m for m in pages if m._meta.model_name not in PROPOSABLE] == []


class TestOnPages:
    def sent(self, who: str, address: str, **typed: Any) -> Any:
        client = Client()
        client.force_login(person(who))
        return client.post(address, typed)

    def shown(self, who: str, address: str) -> str:
        client = Client()
        client.force_login(person(who))
        answer = client.get(address)
        assert answer.status_code == 200, address
        return answer.content.decode()

    def test_a_row_its_change_and_its_history(self) -> None:
        place = Place.objects.get(code="NSD")
        row = f"/reference/rows/place-{place.pk}/"
        assert row in self.shown("auditor", "/reference/places/")
        assert 'id="propose-change"' in self.shown("clerk", row)
        assert 'id="propose-change"' not in self.shown("auditor", row)
        assert self.sent("auditor", row, name="x").status_code == 403
        wrong = self.sent("clerk", row, name="Kept", bik="12")
        assert wrong.status_code == 422
        assert 'value="Kept"' in wrong.content.decode()
        made = self.sent("clerk", row, name="Other", change_reason="letter")
        assert made.status_code == 302
        page = self.shown("checker", made.url)
        assert "Demo depository" in page
        assert 'id="step-approve"' in page
        assert 'id="step-approve"' not in self.shown("clerk", made.url)
        assert 'id="waiting"' in self.shown("clerk", row)
        assert self.sent("checker", f"{made.url}approve/").status_code == 302
        page = self.shown("auditor", row)
        assert "Demo depository → <b>Other</b>" in page
        assert f'href="{row}"' in self.shown("auditor", "/events/")
        assert made.url.rstrip("/").rpartition("/")[2] in self.shown(
            "auditor", "/reference/proposals/?status=APPROVED"
        )

    def test_a_stale_one_says_what_differs_on_its_page(self) -> None:
        made = propose(Place.objects.get(code="NSD"), name="Other")
        Place.objects.filter(code="NSD").update(name="Meanwhile")
        answer = self.sent("checker", f"/reference/proposals/{made}/approve/")
        assert answer.status_code == 409
        assert "Demo depository → Meanwhile" in answer.content.decode()

    @pytest.mark.parametrize("kind", sorted(PROPOSABLE))
    def test_every_kind_has_its_form(self, kind: str) -> None:
        assert 'id="propose-row"' in self.shown("clerk", f"/reference/new/{kind}/")
        row = PROPOSABLE[kind].model._default_manager.first()
        if row is not None:
            assert 'id="history"' in self.shown("clerk", f"/reference/rows/{kind}-{row.pk}/")

    def test_a_new_row(self) -> None:
        made = self.sent(
            "clerk", "/reference/new/calendarday/", calendar="RU", day="2031-05-05", is_open="false"
        )  # fmt: skip
        assert made.status_code == 302, made.content
        approve(Proposal.objects.get(), "manager")
        with connection.cursor() as cursor:
            cursor.execute("SELECT is_open FROM refdata_calendarday WHERE day = '2031-05-05'")
            assert cursor.fetchall() == [(False,)]
