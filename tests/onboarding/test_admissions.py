"""What a file says about dealing with its party: to the day, in words, and without a query more."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from backoffice.access.models import User
from deals.capturing.schema import terms_of
from deals.models import Deal, Inbound
from deals.rules import ResolvedDeal, resolve
from onboarding.admitting import admit
from onboarding.models import PartyFile
from onboarding.watching import watch_files
from refdata.admissions import Admission, keep_admissions
from refdata.dated_rules.services import activate_rules
from refdata.firm_days import firm_day
from refdata.models import DatedRule, Party, PartyAdmission
from refdata.rows import AdmissionRow
from refdata.selectors import forget_reference_data, reference_data
from tests.onboarding import filing

pytestmark = pytest.mark.django_db


@pytest.fixture
def deal(sample: dict[str, Any]) -> dict[str, Any]:
    return {**sample, "counterparty": "NEWCO"}


def problems(api: Any, deal: dict[str, Any]) -> list[tuple[str, str]]:
    """Pointer and code of what refuses a deal."""
    forget_reference_data()
    answer = api("dealer").post("/deals/", deal)
    if answer.status_code == 201:
        return []
    return [(each["pointer"], each["code"]) for each in answer.json()["errors"]]


class TestReasonOn:
    @pytest.mark.parametrize(
        ("row", "expected"),
        [
            (AdmissionRow("CF-1", "", None, ""), ""),
            (AdmissionRow("CF-1", "", date(2026, 11, 25), "review-overdue"), ""),
            (AdmissionRow("CF-1", "", date(2026, 11, 24), "review-overdue"), "review-overdue"),
            (AdmissionRow("CF-1", "", date(2026, 11, 23), "document-expired"), "document-expired"),
            (AdmissionRow("CF-1", "owner-hit", None, ""), "owner-hit"),
        ],
    )  # fmt: skip
    def test_the_day_itself_is_over(self, row: AdmissionRow, expected: str) -> None:
        assert row.reason_on(date(2026, 11, 24)) == expected


class TestDealing:
    def test_a_closed_file_refuses_a_deal_in_words(self, api: Any, deal: dict[str, Any]) -> None:
        file = filing.approved(api)
        assert problems(api, deal) == []
        answer = api("risk").post(f"/party-files/{file}/close/", {"reason": "left the market"})
        assert answer.status_code == 200, answer.content

        forget_reference_data()
        refused = api("dealer").post("/deals/", {**deal, "external_ref": "CF-2"})

        (problem,) = refused.json()["errors"]
        assert (problem["pointer"], problem["code"]) == ("/counterparty", "file-closed")
        assert file in problem["detail"]
        assert problem["hint"]

    def test_an_executed_deal_is_not_lost(self, api: Any, deal: dict[str, Any]) -> None:
        file = filing.approved(api)
        api("risk").post(f"/party-files/{file}/close/", {"reason": "left the market"})
        forget_reference_data()

        answer = api("dealer").post("/deals/", {**deal, "stage": "executed"})

        assert answer.status_code == 202
        assert "file-closed" in str(Inbound.objects.get().problems)

    def test_a_document_is_good_on_its_last_day(self, api: Any, deal: dict[str, Any]) -> None:
        filing.approved(api)
        traded = date(2026, 11, 23)
        row = PartyAdmission.objects.get()
        assert (row.until, row.ends) == (_review_end(), "review-overdue")

        for until, expected in ((traded + timedelta(days=1), []), (traded, ["document-expired"])):
            PartyAdmission.objects.update(until=until, ends="document-expired")
            found = problems(api, {**deal, "external_ref": f"X-{until}"})
            assert [code for _, code in found] == expected

    def test_the_client_of_a_deal_is_looked_at_too(self, api: Any, sample: dict[str, Any]) -> None:
        filing.approved(api, role="CLIENT", code="CL-NEW")
        file = PartyFile.objects.get()
        api("risk").post(f"/party-files/{file}/close/", {"reason": "left"})
        deal = {**sample, "capacity": "CLIENT", "client": "CL-NEW", "account": "A-1"}

        assert problems(api, deal) == [("/client", "file-closed")]

    def test_a_file_speaks_of_its_own_role_alone(self, api: Any, deal: dict[str, Any]) -> None:
        filing.approved(api)
        party = Party.objects.get(code="NEWCO")
        Party.objects.filter(pk=party.pk).update(roles=["COUNTERPARTY", "CLIENT"])
        admit_as_client = Admission(party.pk, "CLIENT", "CF-9", stopped="file-closed")
        keep_admissions([admit_as_client])

        assert problems(api, deal) == []

    def test_another_file_takes_the_place_of_one_that_was_closed(
        self, api: Any, deal: dict[str, Any]
    ) -> None:
        old = filing.approved(api)
        api("risk").post(f"/party-files/{old}/close/", {"reason": "left the market"})
        new = filing.approved(api, party="NEWCO", code="", name="", country="")
        admit([int(old[3:]), int(new[3:])], on=firm_day(timezone.now()))

        row = PartyAdmission.objects.get()
        assert (row.file, row.stopped) == (new, "")
        assert problems(api, deal) == []

    def test_who_has_no_file_is_dealt_with_until_a_rule_asks_for_one(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        assert problems(api, sample) == []
        row = DatedRule.objects.get(kind="onboarding.file_required")
        manager = User.objects.get(username="manager")
        activate_rules(ids=[row.pk], actor=manager, at=timezone.now()).raise_single()

        assert problems(api, {**sample, "external_ref": "N-2"}) == [
            ("/counterparty", "file-missing")
        ]

    def test_capture_asks_nothing_more_than_before(self, api: Any, deal: dict[str, Any]) -> None:
        filing.approved(api)
        forget_reference_data()
        reference, terms = reference_data(), terms_of(deal)
        with CaptureQueriesContext(
            connection,
        ) as asked:
            found = resolve(terms, reference, now=timezone.now())
        assert isinstance(found, ResolvedDeal)
        assert len(asked) == 0


class TestAdmit:
    def test_while_the_first_file_of_a_party_is_filled_in_it_is_dealt_with_as_before(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        body = {"entity": "RUS", "role": "COUNTERPARTY", "party": "999900DEMOBANKONE097"}
        answer = api("clerk").post("/party-files/", body)
        assert answer.status_code == 201, answer.content
        admit([PartyFile.objects.get().pk], on=firm_day(timezone.now()))

        assert not PartyAdmission.objects.exists()
        assert problems(api, sample) == []

    def test_who_withdraws_an_expired_document_does_not_lift_the_stop(self, api: Any) -> None:
        soon = firm_day(timezone.now()) + timedelta(days=3)
        file = filing.complete(api, without=["REGISTER"])
        filing.document(api, file, "REGISTER", soon.isoformat())
        api("clerk").post(f"/party-files/{file}/submit/")
        api("checker").post(f"/party-files/{file}/approve/")
        api("clerk").post(f"/party-files/{file}/take-up/", {"reason": "expires soon"})
        row = PartyFile.objects.get()
        old = row.documents.get(type="REGISTER")
        assert (
            api("clerk").post(f"/party-files/{file}/documents/{old}/withdraw/").status_code == 200
        )

        watch_files(today=firm_day(timezone.now()), at=timezone.now())

        found = PartyAdmission.objects.get()
        assert (found.until, found.ends) == (soon + timedelta(days=1), "document-expired")

    def test_a_document_that_only_one_person_added_lets_nobody_deal(self, api: Any) -> None:
        """A newer extract counts once the file with it is approved."""
        file = filing.approved(api)
        soon = firm_day(timezone.now()) + timedelta(days=3)
        row = PartyFile.objects.get()
        api("clerk").post(f"/party-files/{file}/take-up/", {"reason": "a shorter extract"})
        old = row.documents.get(type="REGISTER")
        api("clerk").post(f"/party-files/{file}/documents/{old}/withdraw/")
        filing.document(api, file, "REGISTER", soon.isoformat())
        watch_files(today=firm_day(timezone.now()), at=timezone.now())
        assert PartyAdmission.objects.get().ends == "review-overdue"

        api("clerk").post(f"/party-files/{file}/submit/")
        answer = api("checker").post(f"/party-files/{file}/approve/")

        assert answer.status_code == 200, answer.content
        found = PartyAdmission.objects.get()
        assert (found.until, found.ends) == (soon + timedelta(days=1), "document-expired")


def _review_end() -> date:
    """Low risk: three years, and thirty days of grace; the day after is the first without dealing."""
    today = firm_day(timezone.now())
    day = 28 if (today.month, today.day) == (2, 29) else today.day
    return today.replace(year=today.year + 3, day=day) + timedelta(days=31)


def test_no_deal_was_left_behind(api: Any, deal: dict[str, Any]) -> None:
    assert problems(api, deal) == [("/counterparty", "unknown-counterparty")]
    assert not Deal.objects.exists()
