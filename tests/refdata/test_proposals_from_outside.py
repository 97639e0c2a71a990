"""What is proposed over REST, in the administration and on the pages, and who sees it."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client

from refdata.models import (
    Calendar,
    Party,
    Place,
    Proposal,
)
from refdata.proposable import PROPOSABLE
from refdata.proposing_admin import ReferenceData
from refdata.values import written_row
from tests.instructing import person
from tests.refdata.test_proposals import approve, propose

pytestmark = pytest.mark.django_db


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
