"""Reference data: proposed by one, approved by another, once, and only onto what the proposer saw."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
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
