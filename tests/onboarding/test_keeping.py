"""The parts of a file: what is refused beside its field, and what the database holds whoever asks."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from backoffice.documents.models import ReceivedDocument
from onboarding.models import FileDocument, FilePerson, FileStake, PartyFile
from refdata.models import IndividualDetails, Party, PartyIdentifier
from tests.onboarding import filing

pytestmark = pytest.mark.django_db


def problem(answer: Any) -> tuple[str, str]:
    assert answer.status_code in (400, 422), answer.content
    (found,) = answer.json()["errors"]
    return found["pointer"], found["code"]


class TestDocuments:
    @pytest.mark.parametrize(
        ("kind", "expires_on", "more", "expected"),
        [
            ("NOVEL", None, {}, ("/type", "unknown-type")),
            ("REGISTER", None, {}, ("/expires_on", "required")),
            ("REGISTER", "2026-02-01", {}, ("/expires_on", "expired")),
            ("CHARTER", None, {"issued_on": "2199-01-01"}, ("/issued_on", "in-the-future")),
        ],
    )
    def test_what_cannot_be_kept_says_where(
        self, api: Any, kind: str, expires_on: str | None, more: Any, expected: tuple[str, str]
    ) -> None:
        file = filing.opened(api)
        assert problem(filing.document(api, file, kind, expires_on, **more)) == expected
        assert not ReceivedDocument.objects.exists()

    def test_a_scan_that_is_none_is_refused(self, api: Any) -> None:
        file = filing.opened(api)
        scan = BytesIO(b"<html>")
        scan.name = "charter.pdf"
        fields = {"type": "CHARTER", "issued_on": "2026-01-15"}
        answer = api("clerk").post_file(f"/party-files/{file}/documents/", scan, **fields)
        assert answer.json()["code"] == "scan-refused"


class TestOwners:
    def test_more_than_the_whole_is_refused_and_nothing_changes(self, api: Any) -> None:
        file = filing.opened(api)
        anna, boris = filing.person(api, file, name="Anna"), filing.person(api, file, name="Boris")
        filing.stake(api, file, anna, "0.6")

        answer = filing.stake(api, file, boris, "0.41")

        assert problem(answer) == ("/share", "over-whole")
        assert "101.00 %" in answer.json()["detail"]
        assert FileStake.objects.filter(withdrawn_at=None).count() == 1

    def test_another_share_is_another_row_and_nothing_takes_it_away(self, api: Any) -> None:
        file = filing.opened(api)
        anna = filing.person(api, file, name="Anna")
        filing.stake(api, file, anna, "0.6")
        filing.stake(api, file, anna, "0.7")
        assert filing.stake(api, file, anna, "0").status_code == 200
        assert FileStake.objects.count() == 2
        assert not FileStake.objects.filter(withdrawn_at=None).exists()

    def test_a_person_needs_a_birth_date_and_right_check_digits(self, api: Any) -> None:
        file = filing.opened(api)
        bare = {"kind": "INDIVIDUAL", "name": "Anna"}
        assert problem(api("clerk").post(f"/party-files/{file}/persons/", bare)) == (
            "/birth_date", "required",
        )  # fmt: skip
        wrong = {"kind": "ORGANISATION", "name": "Holding", "scheme": "INN", "value": "7707083894"}
        assert problem(api("clerk").post(f"/party-files/{file}/persons/", wrong)) == (
            "/value", "wrong-check-digit",
        )  # fmt: skip

    def test_a_listed_owner_needs_no_owners_and_an_unknown_one_does(self, api: Any) -> None:
        file = filing.complete(api)
        row = PartyFile.objects.get()
        filing.stake(api, file, row.persons.get().pk, "0.5")
        holding = {"kind": "ORGANISATION", "name": "Holding", "birth_date": None, "signs_as": ""}
        id = filing.person(api, file, **holding)
        filing.stake(api, file, id, "0.5")
        refused = api("clerk").post(f"/party-files/{file}/submit/").json()
        assert [e["code"] for e in refused["errors"]] == ["owners-unexplained"]
        assert "50.00 %" in refused["errors"][0]["detail"]

        api("clerk").post(f"/party-files/{file}/persons/{id}/withdraw/")
        id = filing.person(api, file, **holding, spared="LISTED")
        filing.stake(api, file, id, "0.5")

        assert api("clerk").post(f"/party-files/{file}/submit/").status_code == 200

    def test_nothing_is_kept_in_a_file_that_waits(self, api: Any) -> None:
        file = filing.submitted(api)
        answer = api("clerk").post(f"/party-files/{file}/answers/", {"answers": {"pep": "yes"}})
        assert answer.json()["code"] == "file-not-open"

    def test_who_approves_names_what_was_seen(self, api: Any) -> None:
        file = filing.submitted(api)
        seen = api("checker").get(f"/party-files/{file}/").headers["ETag"]
        PartyFile.objects.update(version=99)
        answer = api("checker").post(f"/party-files/{file}/approve/", if_match=seen)
        assert answer.status_code == 412


class TestOpening:
    def test_one_live_file_a_party_and_role(self, api: Any) -> None:
        body = {"entity": "RUS", "role": "COUNTERPARTY", "party": "999900DEMOBANKONE097"}
        assert api("clerk").post("/party-files/", body).status_code == 201
        assert api("clerk").post("/party-files/", body).json()["code"] == "file-exists"

    def test_a_code_that_is_known_is_no_new_party(self, api: Any) -> None:
        code = Party.objects.filter(roles__contains=["COUNTERPARTY"]).earliest("pk").code
        body = {"entity": "RUS", "role": "COUNTERPARTY", "code": code, "name": "X", "country": "RU"}
        assert api("clerk").post("/party-files/", body).json()["code"] == "party-code-taken"

    def test_a_client_who_is_a_person_comes_with_passport_and_bank(self, api: Any) -> None:
        known = IndividualDetails.objects.earliest("pk")
        details = {
            name: str(getattr(known, name))
            for name in ("birth_date", "identity_kind", "identity_number", "identity_issued_by",
                         "identity_issued_on", "address", "bank_name", "bank_bik", "bank_correspondent",
                         "bank_account")
        }  # fmt: skip
        file = filing.opened(
            api, role="CLIENT", kind="INDIVIDUAL", code="CL-NEW", name="Anna New", identity={},
            details=details,
        )  # fmt: skip
        for kind in ("PASSPORT", "SELF_CERTIFICATION", "AGREEMENT", "QUESTIONNAIRE"):
            filing.document(api, file, kind)
        answers = {"country": "home", "pep": "no", "funds": "shown"}
        api("clerk").post(f"/party-files/{file}/answers/", {"answers": answers})
        assert api("clerk").post(f"/party-files/{file}/submit/").status_code == 200

        answer = api("checker").post(f"/party-files/{file}/approve/")

        assert answer.status_code == 200, answer.content
        row = IndividualDetails.objects.get(party__code="CL-NEW")
        assert row.identity_number == known.identity_number

    def test_what_the_reference_data_would_refuse_is_told_when_it_is_submitted(
        self, api: Any
    ) -> None:
        """Somebody else took the identifier meanwhile: the clerk learns it, not the checker."""
        file = filing.complete(api)
        party = Party.objects.filter(roles__contains=["COUNTERPARTY"]).earliest("pk")
        PartyIdentifier.objects.create(party=party, scheme="OGRN", value=filing.IDENTITY["ogrn"])

        answer = api("clerk").post(f"/party-files/{file}/submit/")

        assert answer.json()["code"] == "change-wrong"
        assert PartyFile.objects.get().state == "DRAFT"
        assert not Party.objects.filter(code="NEWCO").exists()


class TestTheDatabase:
    @pytest.mark.parametrize(
        "sql",
        [
            "UPDATE onboarding_filedocument SET expires_on = '2199-01-01'",
            "DELETE FROM onboarding_filedocument",
            "UPDATE onboarding_fileperson SET name = 'Another'",
            "UPDATE onboarding_filestake SET share = 0.5",
            "DELETE FROM onboarding_partyfile",
            "UPDATE documents_receiveddocument SET content = ''",
            "UPDATE onboarding_partyfile SET state = 'FORGOTTEN'",
            "UPDATE onboarding_partyfile SET state = 'APPROVED'",
        ],
    )
    def test_what_proves_a_file_stays_what_it_was(self, api: Any, sql: str) -> None:
        filing.complete(api)
        assert FileDocument.objects.exists()
        assert FilePerson.objects.exists()
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)

    def test_nobody_approves_what_they_submitted(self, api: Any) -> None:
        filing.approved(api)
        clerk = api("clerk").user.pk
        with pytest.raises(DatabaseError), transaction.atomic():
            PartyFile.objects.update(approved_by=clerk)
