"""Everybody of a file is screened before it is approved; what was cleared of it stays cleared of the party."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from backoffice.access.models import User
from onboarding.models import FilePerson, PartyFile
from onboarding.screening import FILE, PERSON
from refdata.models import Party, PartyAdmission, SanctionsEntry, Screening, ScreeningHit
from refdata.screening.contents import Subject
from refdata.screening.deciding import approve_clearing, confirm_hits, propose_clearing
from refdata.screening.selectors import standings
from refdata.screening.services import screen_due
from tests.following import follow_events
from tests.onboarding import filing


def person(name: str) -> User:
    return User.objects.get(username=name)


def cleared(hit: ScreeningHit) -> None:
    at = timezone.now()
    propose_clearing(ids=[hit.pk], reason="another birth date", actor=person("risk"), at=at)
    approve_clearing(ids=[hit.pk], actor=person("manager"), at=at).raise_single()


def listed_name() -> str:
    """A name that the list of the demonstration names as an organisation."""
    entry = SanctionsEntry.objects.filter(kind="ENTITY").order_by("pk").first()
    assert entry is not None
    return str(entry.names[0])


def listed_person() -> str:
    entry = SanctionsEntry.objects.filter(kind="PERSON").order_by("pk").first()
    assert entry is not None
    return str(entry.names[0])


@pytest.mark.django_db
class TestScreeningOfFiles:
    def test_an_owner_like_an_entry_stops_the_approval_until_two_people_clear_it(
        self, api: Any
    ) -> None:
        file = filing.complete(api)
        director = filing.person(api, file, name=listed_person(), signs_as="Deputy")
        api("clerk").post(f"/party-files/{file}/submit/")
        hit = ScreeningHit.objects.get(subject_type=PERSON, subject_id=director)

        refused = api("checker").post(f"/party-files/{file}/approve/")
        assert refused.status_code == 409
        (problem,) = refused.json()["errors"]
        assert problem["code"] == "screening-hit"
        assert str(hit) in problem["detail"]

        cleared(hit)
        assert api("checker").post(f"/party-files/{file}/approve/").status_code == 200

    def test_what_was_cleared_of_the_file_is_cleared_of_the_party(self, api: Any) -> None:
        file = filing.submitted(api, name=listed_name(), name_ru="")
        row = PartyFile.objects.get()
        hits = list(ScreeningHit.objects.filter(subject_type=FILE, subject_id=row.pk))
        assert hits
        assert api("checker").post(f"/party-files/{file}/approve/").status_code == 409
        for hit in hits:
            cleared(hit)

        assert api("checker").post(f"/party-files/{file}/approve/").status_code == 200

        party = Party.objects.get(code="NEWCO")
        subject = Subject("party", party.pk)
        assert standings([subject])[subject].hits == ()
        follows = ScreeningHit.objects.filter(subject_type="party", subject_id=party.pk)
        assert {hit.state for hit in follows} == {"CLEARED"}

    def test_another_name_is_screened_again_whoever_writes_it(self, api: Any) -> None:
        filing.opened(api)
        while screen_due(at=timezone.now()):
            pass
        row = PartyFile.objects.get()
        subject = Subject(FILE, row.pk)
        assert standings([subject])[subject].standing == "CLEAR"

        PartyFile.objects.update(name="Somebody else")

        assert standings([subject])[subject].standing == "OUTDATED"

    def test_whoever_is_withdrawn_is_looked_for_no_more(self, api: Any) -> None:
        file = filing.opened(api)
        id = filing.person(api, file, name=listed_person())
        assert ScreeningHit.objects.get(subject_type=PERSON, subject_id=id).state == "OPEN"

        answer = api("clerk").post(f"/party-files/{file}/persons/{id}/withdraw/")

        assert answer.status_code == 200, answer.content
        assert ScreeningHit.objects.get(subject_type=PERSON, subject_id=id).state == "GONE"

    def test_the_page_of_a_hit_leads_to_the_file(self, api: Any) -> None:
        file = filing.opened(api)
        id = filing.person(api, file, name=listed_person())
        hit = ScreeningHit.objects.get(subject_type=PERSON, subject_id=id)
        client = Client()
        client.force_login(person("risk"))
        assert f"/party-files/{file}/" in client.get(f"/screening/{hit}/").content.decode()


@pytest.mark.usefixtures("own_database")
def test_a_hit_of_an_owner_stops_dealing_until_it_is_cleared(api: Any) -> None:
    filing.approved(api)
    follow_events()
    row = PartyFile.objects.get()
    owner = FilePerson.objects.get()
    assert PartyAdmission.objects.get().stopped == ""
    found = ScreeningHit.objects.create(
        subject_type=PERSON, subject_id=owner.pk, subject_name=owner.name, ours=owner.name,
        listed=owner.name, score=1000, entry_id=_some_entry(), screening_id=_screening_of(owner),
    )  # fmt: skip
    propose_clearing(ids=[found.pk], reason="another", actor=person("risk"), at=timezone.now())
    follow_events()
    assert PartyAdmission.objects.get().stopped == "owner-hit"

    approve_clearing(ids=[found.pk], actor=person("manager"), at=timezone.now()).raise_single()
    follow_events()

    assert PartyAdmission.objects.get(party=row.party).stopped == ""


@pytest.mark.usefixtures("own_database")
def test_who_withdraws_a_listed_owner_does_not_lift_the_stop_alone(api: Any) -> None:
    file = filing.complete(api)
    deputy = filing.person(api, file, name=listed_person(), signs_as="Deputy")
    hit = ScreeningHit.objects.get(subject_type=PERSON, subject_id=deputy)
    cleared(hit)
    api("clerk").post(f"/party-files/{file}/submit/")
    assert api("checker").post(f"/party-files/{file}/approve/").status_code == 200
    confirm_hits(ids=[hit.pk], reason="it is", actor=person("risk"), at=timezone.now())
    follow_events()
    assert PartyAdmission.objects.get().stopped == "owner-hit"

    api("clerk").post(f"/party-files/{file}/take-up/", {"reason": "the deputy left"})
    answer = api("clerk").post(f"/party-files/{file}/persons/{deputy}/withdraw/")
    assert answer.status_code == 200, answer.content
    follow_events()
    assert PartyAdmission.objects.get().stopped == "owner-hit"

    api("clerk").post(f"/party-files/{file}/submit/")
    answer = api("checker").post(f"/party-files/{file}/approve/")
    assert answer.status_code == 200, answer.content
    assert PartyAdmission.objects.get().stopped == ""


def _some_entry() -> int:
    return int(SanctionsEntry.objects.earliest("pk").pk)


def _screening_of(owner: FilePerson) -> int:
    return int(Screening.objects.get(subject_type=PERSON, subject_id=owner.pk).pk)
