"""Reads of personal data: every request that shows any leaves a row, and no row is changed."""

from __future__ import annotations

from datetime import date
from io import StringIO
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.utils import timezone

from backoffice.access import personal
from backoffice.access.models import PersonalRead, User
from backoffice.access.personal import PERSONAL, forget_months, prepare_months
from refdata.models import Party, PartyContact, PartyIdentifier, StandingInstruction
from tests.access.people import browser

pytestmark = pytest.mark.usefixtures("own_database")

# Names of fields that speak of people wherever they stand.
TELLING = ("email", "phone", "first_name", "last_name", "inn", "snils", "passport", "birth_date")
# What is published of those whom a list of sanctions names is no secret of the firm.
PUBLISHED = {"refdata.sanctionsentry"}


def anna() -> Party:
    return Party.objects.get(code="CL-ANNA")


def reads(subject: str) -> list[PersonalRead]:
    return list(PersonalRead.objects.filter(subject_type=subject).order_by("id"))


def test_a_list_says_whose_rows_it_showed_and_organisations_are_nobody() -> None:
    before = timezone.now()
    Client(REMOTE_ADDR="10.1.2.3")
    client = browser("clerk")
    client.get("/reference/parties/", REMOTE_ADDR="10.1.2.3")
    (row,) = reads("party")
    people = Party.objects.filter(kind="INDIVIDUAL").values_list("pk", flat=True)
    assert row.subject_ids == sorted(people)
    assert (row.user.username, row.method, row.address) == ("clerk", "GET", "/reference/parties/")
    assert row.sender == "10.1.2.3"
    assert before <= row.recorded_at <= timezone.now()
    client.get("/reference/instruments/")
    client.get("/deals/")
    assert len(PersonalRead.objects.all()) == 1


@pytest.mark.parametrize("file_format", ["csv", "xlsx"])
def test_an_export_says_so_before_its_first_byte(file_format: str) -> None:
    answer = browser("clerk").get(f"/reference/parties/?export={file_format}")
    assert answer.status_code == 200
    (row,) = reads("party")
    assert anna().pk in row.subject_ids


def test_what_was_typed_is_not_kept() -> None:
    browser("clerk").get("/search/?q=Petrova")
    (row,) = reads("party")
    assert (row.address, row.subject_ids) == ("/search/", [anna().pk])
    browser("clerk").get("/search/?q=Sberbank")
    assert len(reads("party")) == 1


def test_the_administration_notes_lists_pages_and_what_hangs_on_them() -> None:
    party = anna()
    PartyIdentifier.objects.create(party=party, scheme="INN", value="500100732259")
    client = browser("admin")
    client.get(f"/admin/refdata/party/{party.pk}/change/")
    (row,) = reads("party")
    assert row.subject_ids == [party.pk]
    client.get("/admin/access/user/")
    (row,) = reads("user")
    assert row.subject_ids == sorted(User.objects.values_list("pk", flat=True))
    client.get(f"/admin/access/user/{User.objects.get(username='clerk').pk}/change/")
    assert reads("user")[-1].subject_ids == [User.objects.get(username="clerk").pk]


def test_contacts_are_noted_on_the_page_and_in_the_api_with_its_key(api: Any) -> None:
    ssi = StandingInstruction.objects.filter(status="PROPOSED", party__isnull=False).first()
    assert ssi is not None
    contact = PartyContact.objects.filter(party_id=ssi.party_id)[0]
    browser("checker").get(f"/reference/instructions/{ssi}/")
    assert contact.pk in reads("contact")[-1].subject_ids
    answer = api("checker").get(f"/standing-instructions/{ssi}/")
    assert answer.status_code == 200, answer.content
    row = reads("contact")[-1]
    assert row.key is not None
    assert (row.user.username, row.key.label) == ("checker", "test")


def test_what_was_refused_was_not_read() -> None:
    assert browser("dealer").get("/admin/access/user/", follow=True).status_code == 403
    party = anna()
    assert browser("clerk").get(f"/admin/refdata/party/{party.pk}/change/").status_code == 302
    assert not PersonalRead.objects.exists()


def test_an_answer_that_cannot_be_noted_does_not_leave(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(personal, "_WRITE", "SELECT 1/0, %s, %s, %s, %s, %s, %s, %s::bigint[]")
    client = browser("clerk")
    client.raise_request_exception = False
    assert client.get("/reference/parties/").status_code == 500


def test_no_read_is_changed_or_deleted() -> None:
    browser("clerk").get("/reference/parties/")
    table = "access_personalread"
    for change in (f"UPDATE {table} SET address = ''", f"DELETE FROM {table}"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(change)
    assert len(reads("party")) == 1


def test_auditors_see_them_and_filter_by_whose() -> None:
    browser("clerk").get("/reference/parties/")
    auditor = browser("auditor")
    shown = auditor.get("/personal-reads/").content.decode()
    assert "/reference/parties/" in shown
    one = auditor.get(f"/personal-reads/?subject=party&of={anna().pk}").context["list"]
    none = auditor.get("/personal-reads/?of=999999").context["list"]
    assert (len(one.rows), len(none.rows)) == (1, 0)
    assert auditor.get("/personal-reads/?of=somebody").status_code == 200
    assert browser("clerk").get("/personal-reads/").status_code == 403
    assert auditor.get("/admin/access/personalread/").status_code == 200


def test_months_past_their_time_go_and_the_others_stay() -> None:
    prepare_months(date(2020, 1, 15))
    prepare_months(timezone.now().date())
    browser("clerk").get("/reference/parties/")
    assert forget_months(date(2020, 3, 1)) == [
        "access_personalread_202001", "access_personalread_202002",
    ]  # fmt: skip
    told = StringIO()
    call_command("forget_personal_reads", "--months", "1", stdout=told)  # a year is the least
    assert "access_personalread_202003" in told.getvalue()
    assert len(reads("party")) == 1


def test_the_table_names_models_and_fields_that_exist_and_none_that_tells_is_left_out() -> None:
    for label, declared in PERSONAL.items():
        names = {field.name for field in apps.get_model(label)._meta.get_fields()}
        assert set(declared.fields) <= names, label
    ours = [model for model in apps.get_models() if model.__module__.partition(".")[0] in (
        "backoffice", "refdata", "ledger", "limits", "deals", "settlements", "reconciliation", "expenses",
        "reporting")]  # fmt: skip
    telling = {
        model._meta.label_lower
        for model in ours
        if set(TELLING) & {field.name for field in model._meta.get_fields()}
    }
    assert telling - PERSONAL.keys() == PUBLISHED
