"""The pages of files: a file is filled in and approved on them, and says what it lacks."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from backoffice.access.models import User
from onboarding.models import FileDocument, PartyFile
from tests.onboarding import filing

pytestmark = pytest.mark.django_db


def desk(name: str) -> Client:
    client = Client()
    client.force_login(User.objects.get(username=name))
    return client


def page(name: str, file: str) -> str:
    answer = desk(name).get(f"/party-files/{file}/")
    assert answer.status_code == 200
    return answer.content.decode()


class TestOnAPage:
    def test_a_file_is_opened_filled_in_and_approved(self, api: Any) -> None:
        clerk = desk("clerk")
        new = {"entity": "RUS", "role": "COUNTERPARTY", "kind": "ORGANISATION", "code": "NEWCO",
               "name": "Newco", "country": "RU"}  # fmt: skip
        file = clerk.post("/party-files/new/", new).headers["Location"].strip("/").split("/")[-1]
        here = f"/party-files/{file}/"
        identity = {"name": "Newco", "country": "RU", **filing.IDENTITY, "contact_name": "Ольга",
                    "contact_phone": "+7"}  # fmt: skip
        assert clerk.post(f"{here}identity/", identity).status_code == 302
        for kind, until in filing.DOCUMENTS.items():
            scan = SimpleUploadedFile("a.pdf", filing.SCAN + kind.encode())
            form = {
                "type": kind,
                "issued_on": "2026-01-15",
                "expires_on": until or "",
                "file": scan,
            }
            assert clerk.post(f"{here}documents/", form).status_code == 302
        owner = {**filing.OWNER, "share": "1", "owned": ""}
        assert clerk.post(f"{here}persons/", owner).status_code == 302
        assert clerk.post(f"{here}answers/", filing.ANSWERS).status_code == 302
        assert 'data-met="no"' not in page("clerk", file)

        assert clerk.post(f"{here}submit/").status_code == 302
        assert desk("checker").post(f"{here}approve/").status_code == 302

        assert PartyFile.objects.get().state == "APPROVED"
        shown = page("checker", file)
        assert 'id="review-on"' in shown
        assert "100.00\u00a0%" in shown

    def test_what_is_missing_stands_in_the_checklist_and_the_refusal_on_the_page(
        self, api: Any
    ) -> None:
        file = filing.complete(api, without=["CHARTER"])

        assert "Charter: not there." in page("clerk", file)
        answer = desk("clerk").post(f"/party-files/{file}/submit/")
        assert answer.status_code == 409
        assert 'id="refused"' in answer.content.decode()

    def test_owners_stand_below_what_they_own_of(self, api: Any) -> None:
        file = filing.opened(api)
        holding = filing.person(api, file, kind="ORGANISATION", name="Holding", birth_date=None)
        anna = filing.person(api, file, name="Anna", signs_as="")
        filing.stake(api, file, holding, "0.5")
        filing.stake(api, file, anna, "0.6", owned=holding)

        shown = page("clerk", file)

        assert shown.index('data-depth="0"') < shown.index('data-depth="1"')
        assert "30.00\u00a0%" in shown

    def test_a_scan_comes_back_to_the_byte_and_may_be_withdrawn(self, api: Any) -> None:
        file = filing.opened(api)
        filing.document(api, file, "CHARTER")
        row = FileDocument.objects.get()
        address = f"/party-files/{file}/documents/{row}/"

        assert desk("clerk").get(address).content == filing.SCAN + b"CHARTER"
        assert desk("clerk").post(f"{address}withdraw/").status_code == 302

        assert FileDocument.objects.get().withdrawn_at is not None
        assert "No documents yet." in page("clerk", file)

    def test_who_filled_it_in_is_not_offered_to_approve_it(self, api: Any) -> None:
        file = filing.submitted(api)
        assert f"/party-files/{file}/approve/" in page("checker", file)
        row = PartyFile.objects.get()
        checker = User.objects.get(username="checker")
        PartyFile.objects.update(makers=[*row.makers, checker.pk])
        assert f"/party-files/{file}/approve/" not in page("checker", file)

    def test_the_list_asks_as_much_for_many_as_for_one(
        self, api: Any, django_assert_max_num_queries: Any
    ) -> None:
        for number in range(5):
            filing.opened(api, code=f"N{number}")
        client = desk("clerk")
        client.get("/party-files/")
        with django_assert_max_num_queries(20):
            shown = client.get("/party-files/").content.decode()
        assert shown.count("/party-files/CF-") >= 5
