"""A counterparty from its first paper to its first deal: opened, filled in, approved by other eyes, dealt with."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from limits.models import Opening
from onboarding.models import PartyFile
from refdata.models import Party, PartyContact, PartyIdentifier
from refdata.selectors import forget_reference_data
from tests.onboarding import filing

pytestmark = pytest.mark.django_db


def codes(answer: Any) -> list[str]:
    return [each["code"] for each in answer.json()["errors"]]


class TestTakingOnACounterparty:
    def test_it_is_a_party_with_proposed_limits_and_a_deal_can_be_made(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        file = filing.submitted(api)
        assert not Party.objects.filter(code="NEWCO").exists()

        answer = api("checker").post(f"/party-files/{file}/approve/")

        assert answer.status_code == 200, answer.content
        assert (answer.json()["status"], answer.json()["party"]) == ("APPROVED", "NEWCO")
        party = Party.objects.get(code="NEWCO")
        assert party.roles == ["COUNTERPARTY"]
        known = PartyIdentifier.objects.filter(party=party).values_list("scheme", "value")
        assert dict(known) == {"INN": "7707083893", "OGRN": "1027700132195"}
        assert PartyContact.objects.get(party=party).phone == "+7 495 000-00-00"
        proposed = Opening.objects.filter(party=party).values_list("kind", "amount", "state")
        assert sorted(proposed) == [
            ("COUNTERPARTY_PRESETTLEMENT", Decimal(150_000_000), "PROPOSED"),
            ("COUNTERPARTY_SETTLEMENT", Decimal(300_000_000), "PROPOSED"),
        ]
        forget_reference_data()
        deal = api("dealer").post("/deals/", {**sample, "counterparty": "NEWCO"})
        assert deal.status_code == 201, deal.content

    def test_its_history_says_who_did_what(self, api: Any) -> None:
        file = filing.approved(api)

        rows = api("auditor").get(f"/party-files/{file}/history/").json()["results"]

        steps = [(row["event"], row["by"]) for row in rows if row["event"] != "partyfile.keep"]
        assert steps == [
            ("partyfile.open", "clerk"), ("partyfile.submit", "clerk"), ("partyfile.approve", "checker"),
        ]  # fmt: skip
        facts = rows[-1]["facts"]
        assert (facts["grade"], facts["risk"]) == ("B", "LOW")
        assert facts["owners"] == ["Nikolai Zvezdin"]
        party = Party.objects.get(code="NEWCO")
        story = api("auditor").get(f"/reference-rows/party-{party.pk}/").json()["history"]
        assert (story[0]["proposal"], story[0]["proposed_by"]) == (file, "clerk")

    def test_who_filled_it_in_does_not_approve_it(self, api: Any) -> None:
        file = filing.submitted(api)
        row = PartyFile.objects.get(pk=int(file[3:]))
        PartyFile.objects.filter(pk=row.pk).update(makers=[*row.makers, api("checker").user.pk])

        answer = api("checker").post(f"/party-files/{file}/approve/")

        assert answer.status_code == 403
        assert answer.json()["code"] == "other-eyes-required"
        assert not Party.objects.filter(code="NEWCO").exists()

    def test_what_is_missing_is_named_with_a_remedy(self, api: Any) -> None:
        file = filing.complete(api, without=["CHARTER"])

        answer = api("clerk").post(f"/party-files/{file}/submit/")

        assert answer.status_code == 409
        assert answer.json()["code"] == "file-incomplete"
        assert [(e["code"], e["detail"]) for e in answer.json()["errors"]] == [
            ("document-missing", "Charter: not there.")
        ]
        assert "Ask for it" in answer.json()["errors"][0]["hint"]

    def test_an_empty_file_says_everything_it_needs(self, api: Any) -> None:
        file = filing.opened(api, identity={}, contact={})

        answer = api("clerk").post(f"/party-files/{file}/submit/")

        assert codes(answer) == [
            "identity-missing", "contact-missing", *["document-missing"] * 4, "owners-unexplained",
            "signatory-missing", "answers-missing", "answers-missing",
        ]  # fmt: skip

    def test_a_wrong_check_digit_is_told_at_its_field(self, api: Any) -> None:
        body = {
            "entity": "RUS", "role": "COUNTERPARTY", "code": "X", "name": "X", "country": "RU",
            "identity": {**filing.IDENTITY, "inn": "7707083894"},
        }  # fmt: skip

        answer = api("clerk").post("/party-files/", body)

        assert answer.status_code == 422
        (problem,) = answer.json()["errors"]
        assert (problem["pointer"], problem["code"]) == ("/inn", "wrong-check-digit")
