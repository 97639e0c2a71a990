"""Firm profiles: what an entity is from a day on, by two people, known as it was, switching its tax."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone

from backoffice.access.models import User
from backoffice.events.selectors import NO_HORIZON
from backoffice.kernel.lifecycle import OtherEyesRequired, TransitionNotAllowed
from refdata.firm_profiles.rows import NoFirmProfile, profiles_as_known, profiles_now
from refdata.firm_profiles.selectors import profile_of
from refdata.firm_profiles.services import (
    ProfileTerms,
    approve_profiles,
    decline_profiles,
    propose_profile,
    withdraw_profiles,
)
from refdata.models import BookScope, Entity, FirmProfile
from refdata.selectors import forget_reference_data
from tests.refdata.test_dated_rules import person
from tests.refdata.test_dated_rules_in_time import horizon

DAY = date(2027, 1, 1)
FORM = {
    "entity": "RUS", "valid_from": "2027-01-01", "jurisdiction": "RU", "licence": "DEALER",
    "tax_agent": "false", "swift": "PARTICIPANT",
}  # fmt: skip


def proposed(by: str = "accountant", **more: Any) -> FirmProfile:
    terms: dict[str, Any] = {
        "entity": Entity.objects.get(code="RUS"), "valid_from": DAY, "jurisdiction": "RU",
        "licence": "DEALER", "tax_agent": False, "swift": "PARTICIPANT",
    }  # fmt: skip
    terms = ProfileTerms(**terms | more)  # type: ignore[assignment]
    return propose_profile(terms=terms, actor=person(by), at=timezone.now())  # type: ignore[arg-type]


def approved(row: FirmProfile, by: str = "manager") -> FirmProfile:
    approve_profiles(ids=[row.pk], actor=person(by), at=timezone.now()).raise_single()
    forget_reference_data()
    return FirmProfile.objects.get(pk=row.pk)


@pytest.mark.django_db
class TestApproveProfile:
    def test_it_holds_from_its_day_until_the_next(self) -> None:
        approved(proposed())
        before, after = (profile_of("RUS", day) for day in (DAY - timedelta(days=1), DAY))
        assert (before.licence, before.tax_agent) == ("BROKER", True)
        assert (after.licence, after.tax_agent, after.withholds_ndfl) == ("DEALER", False, False)

    def test_without_one_the_remedy_is_told(self) -> None:
        with pytest.raises(NoFirmProfile) as refused:
            profile_of("RUS", date(1990, 1, 1))
        assert "Firm profiles" in refused.value.hint

    def test_the_proposer_is_refused_and_nothing_changes(self) -> None:
        first = approved(proposed())
        second = proposed(by="manager", licence="BANK")
        with pytest.raises(OtherEyesRequired):
            approved(second)
        assert FirmProfile.objects.get(pk=first.pk).state == "APPROVED"

    def test_one_from_the_same_day_takes_the_place_of_the_other(self) -> None:
        first, second = approved(proposed()), approved(proposed(licence="BANK"))
        assert FirmProfile.objects.get(pk=first.pk).state == "SUPERSEDED"
        assert profile_of("RUS", DAY).licence == "BANK"
        assert second.approved_by == person("manager")

    def test_declined_or_withdrawn_it_never_holds(self) -> None:
        one, two = proposed(), proposed()
        decline_profiles(ids=[one.pk], reason="no", actor=person("manager"), at=timezone.now())
        withdraw_profiles(ids=[two.pk], reason="no", actor=person("accountant"), at=timezone.now())
        for row in (one, two):
            with pytest.raises(TransitionNotAllowed):
                approved(row)

    def test_what_is_not_there_is_refused_for_itself(self) -> None:
        row = proposed()
        outcome = approve_profiles(ids=[row.pk, 10**9], actor=person("manager"), at=timezone.now())
        assert (outcome.done, outcome.refused[10**9].code) == ([row.pk], "not-found")


@pytest.mark.django_db
class TestTheDatabase:
    @pytest.mark.parametrize(
        "change",
        [
            "UPDATE refdata_firmprofile SET tax_agent = NOT tax_agent",
            "UPDATE refdata_firmprofile SET valid_from = '1990-01-01'",
            "DELETE FROM refdata_firmprofile",
        ],
    )
    def test_terms_never_change(self, change: str) -> None:
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(change)

    def test_one_holds_from_a_day_and_nobody_approves_their_own(self) -> None:
        row = approved(proposed())
        terms = {
            "entity_id": row.entity_id, "valid_from": DAY, "jurisdiction": "EU", "licence": "NONE",
            "tax_agent": False, "swift": "BANK_CLIENT", "state": "APPROVED",
        }  # fmt: skip
        for proposer, name in (("accountant", "one_from_a_day"), ("manager", "other_eyes")):
            with pytest.raises(IntegrityError, match=name), transaction.atomic():
                FirmProfile.objects.create(
                    **terms, proposed_by=person(proposer), approved_by=person("manager")
                )


@pytest.mark.usefixtures("own_database")
def test_what_held_stays_so_below_the_horizon() -> None:
    row = proposed()
    before = horizon()
    approved(row)
    between = horizon()
    approved(proposed(licence="BANK"))
    found = [
        profiles_as_known(below).of("RUS", DAY).licence for below in (before, between, NO_HORIZON)
    ]
    assert found == ["BROKER", "DEALER", "BANK"]
    assert profiles_as_known(NO_HORIZON) == profiles_now()


@pytest.mark.django_db
class TestOverRestAndPages:
    def test_it_is_proposed_and_approved_by_another(self, api: Any) -> None:
        made = api("accountant").post("/firm-profiles/", {**FORM, "tax_agent": False})
        assert made.status_code == 201, made.content
        reference = made.json()["reference"]
        assert api("accountant").post(f"/firm-profiles/{reference}/approve/").status_code == 403
        done = api("manager").post(f"/firm-profiles/{reference}/approve/").json()
        assert (done["status"], done["approved_by"]) == ("APPROVED", "manager")
        listed = api("auditor").get("/firm-profiles/").json()["results"]
        assert listed[0]["reference"] == reference

    def test_whoever_does_not_see_the_entity_neither_reads_nor_proposes(self, api: Any) -> None:
        row = proposed()
        BookScope.objects.create(
            user=person("accountant"), entity=Entity.objects.exclude(code="RUS")[0]
        )
        forget_reference_data()
        assert api("accountant").get(f"/firm-profiles/{row}/").status_code == 404
        refused = api("accountant").post("/firm-profiles/", {**FORM, "tax_agent": False})
        assert (refused.status_code, refused.json()["code"]) == (403, "out-of-scope")

    @pytest.mark.parametrize(
        ("language", "words"),
        [("en", ("Tax agent", "Broker", "Firm profiles")),
         ("ru", ("Налоговый агент", "Брокер", "Профили компаний"))],
    )  # fmt: skip
    def test_pages_open_in_both_languages(self, language: str, words: tuple[str, ...]) -> None:
        client = Client(headers={"accept-language": language})
        client.force_login(User.objects.get(username="auditor"))
        row = FirmProfile.objects.filter(licence="BROKER")[0]
        shown = client.get(f"/reference/profiles/{row}/").content.decode()
        listed = client.get("/reference/profiles/").content.decode()
        assert words[0] in shown
        assert words[1] in shown
        assert words[2] in listed
        assert f">{row}<" in listed

    def test_a_page_proposes_and_another_person_approves(self) -> None:
        clerk, manager = Client(), Client()
        clerk.force_login(User.objects.get(username="accountant"))
        manager.force_login(User.objects.get(username="manager"))
        wrong = clerk.post("/reference/profiles/new/", FORM | {"valid_from": "soon"})
        assert wrong.status_code == 422
        made = clerk.post("/reference/profiles/new/", FORM)
        assert made.status_code == 302, made.content.decode()
        assert 'id="step-approve"' not in clerk.get(made["Location"]).content.decode()
        assert 'id="step-approve"' in manager.get(made["Location"]).content.decode()
        assert manager.post(f"{made['Location']}approve/").status_code == 302
        assert 'data-state="APPROVED"' in manager.get(made["Location"]).content.decode()
