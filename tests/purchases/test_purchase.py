"""Shares are bought from an individual: each step in its order, each with what proves it, and then money."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from backoffice.access.models import PersonalRead
from backoffice.connectors.tasks import exchange_files
from backoffice.documents.models import Document
from backoffice.workflow.models import WorkItem
from ledger.models import Posting
from refdata.models import IndividualDetails, Party
from settlements.models import Settlement
from settlements.purchases.models import Purchase
from settlements.tasks import continue_runs
from tests.answering import answer_all
from tests.documents.test_issuing import text_of
from tests.following import follow_events
from tests.pages.test_pages import browser

pytestmark = pytest.mark.usefixtures("own_database", "own_folder")


@pytest.fixture
def own_folder(settings: Any, tmp_path: Any) -> Iterator[None]:
    settings.VAR_DIR = tmp_path
    yield
    shutil.rmtree(tmp_path, ignore_errors=True)


@pytest.fixture
def bought(sample: dict[str, Any]) -> dict[str, Any]:
    del sample["settlement"]
    return sample | {
        "product": "individual_purchase", "counterparty": "FL-SIDOROVA",
        "external_ref": "FL-1", "payment_date": "2026-11-26",
    }  # fmt: skip


class Buying:
    """One purchase and the people who take it forward."""

    def __init__(self, api: Any, deal: dict[str, Any]) -> None:
        answer = api("dealer").post("/deals/", deal)
        assert answer.status_code == 201, answer.content
        self.api, self.deal = api, answer.json()
        follow_events()
        (row,) = api("clerk").get("/purchases/").json()["results"]
        self.reference = row["reference"]

    @property
    def now(self) -> dict[str, Any]:
        found: dict[str, Any] = self.api("clerk").get(f"/purchases/{self.reference}/").json()
        return found

    def take(self, step: str, who: str = "clerk", **body: Any) -> Any:
        return self.api(who).post(f"/purchases/{self.reference}/{step}/", body)

    def taken(self, step: str, who: str = "clerk", **body: Any) -> None:
        answer = self.take(step, who, **body)
        assert answer.status_code == 200, answer.content

    def refused(self, step: str, who: str = "clerk", **body: Any) -> str:
        code: str = self.take(step, who, **body).json()["code"]
        return code

    def issue(self, kind: str, language: str = "ru") -> Any:
        body = {"kind": kind, "language": language}
        return self.api("clerk").post(f"/purchases/{self.reference}/documents/", body)

    def sign(self, kind: str) -> Document:
        """Issue it in both languages, bring the scan of one, have it accepted."""
        issued = [self.issue(kind, language) for language in ("ru", "en")]
        assert [answer.status_code for answer in issued] == [201, 201], issued[0].content
        document = Document.objects.get(pk=issued[0].json()["reference"].removeprefix("DOC-"))
        scan = SimpleUploadedFile("signed.pdf", b"%PDF-1.7 signed", "application/pdf")
        clerk = self.api("clerk")
        brought = clerk.client.post(
            f"/api/v1/documents/{document}/signed-copies/",
            {"file": scan, "signed_on": document.issued_on.isoformat()},
            headers=clerk._headers() | {"Idempotency-Key": f"sign {kind}"},
        )  # fmt: skip
        assert brought.status_code == 201, brought.content
        copy = brought.json()["reference"]
        assert self.api("checker").post(f"/signed-copies/{copy}/accept/").status_code == 200
        return document

    def settlement(self, method: str) -> Settlement:
        return Settlement.objects.get(
            source_id=self.deal["reference"].removeprefix("D-"), method=method
        )

    def settled(self, method: str) -> None:
        """Released by the checker, sent by a run, and final by the place's word."""
        row = self.settlement(method)
        answer = self.api("checker").post(f"/settlements/{row}/release/")
        assert answer.status_code == 200, answer.content
        self.api("clerk").post("/settlement-runs/", {"business_date": row.due_date.isoformat()})
        continue_runs()
        follow_events()
        exchange_files()
        answer_all()
        exchange_files()
        assert self.settlement(method).status == "SETTLED"

    def up_to_the_order(self) -> None:
        self.taken("identify")
        self.taken("screen")
        self.sign("PURCHASE_CONTRACT")
        self.taken("contract")
        follow_events()
        self.sign("TRANSFER_ORDER")
        self.taken("order")


def test_the_whole_pack_in_its_order(api: Any, bought: dict[str, Any]) -> None:
    buying = Buying(api, bought)
    assert buying.deal["net_amount"] == {"amount": "312450.00", "currency": "RUB"}

    buying.up_to_the_order()
    assert api("clerk").get(f"/deals/{buying.deal['reference']}/").json()["status"] == "SETTLING"
    assert buying.refused("credit") == "settlement-not-evidenced"
    buying.settled("FOP")
    buying.taken("credit")
    act = buying.sign("ACCEPTANCE_ACT")
    buying.taken("act", "checker")
    assert buying.refused("pay") == "settlement-not-evidenced"
    payment = f"/settlements/{buying.settlement('PFOD')}/release/"
    assert api("checker").post(payment).json()["code"] == "payment-order-missing"
    order = buying.issue("PAYMENT_ORDER").json()
    buying.settled("PFOD")
    buying.taken("pay")

    assert buying.now["status"] == "PAID"
    assert [point["status"] for point in buying.now["checklist"]] == ["DONE"] * 7
    assert api("clerk").get(f"/deals/{buying.deal['reference']}/").json()["status"] == "SETTLED"
    assert "Сидорова Вера Алексеевна" in text_of(act.pdf)
    assert "312 450,00" in text_of(act.pdf)
    shown = Document.objects.get(pk=order["reference"].removeprefix("DOC-"))
    for part in ("Сидорова Вера Алексеевна", "40817810100000000012", "312 450,00"):
        assert part in text_of(shown.pdf)
    english = Document.objects.get(kind="PURCHASE_CONTRACT", language="en")
    for part in ("Vera Sidorova", "4510 123456", "312,450.00", "not a tax agent"):
        assert part in text_of(english.pdf)


def waiting() -> set[tuple[str, str]]:
    """What waits about purchases, and in whose queue."""
    follow_events()
    rows = WorkItem.objects.filter(subject_type="purchase", closed_at=None)
    return set(rows.values_list("kind", "queue"))


def test_the_next_step_waits_for_who_takes_it(api: Any, bought: dict[str, Any]) -> None:
    buying = Buying(api, bought)
    assert waiting() == {("purchase-identify", "clerk")}
    item = WorkItem.objects.get(kind="purchase-identify")
    assert item.due_at is not None
    buying.taken("identify")
    assert waiting() == {("purchase-screen", "clerk")}
    buying.taken("screen")
    buying.sign("PURCHASE_CONTRACT")
    buying.taken("contract")
    buying.taken("ask-advance", reason="the seller travels")
    assert waiting() == {("purchase-order", "clerk"), ("purchase-advance", "checker")}
    buying.taken("refuse-advance", "checker", reason="no")
    assert waiting() == {("purchase-order", "clerk")}
    work = browser("clerk", "ru").get("/").content.decode()
    assert "Продолжить покупку" in work


def test_of_a_cancelled_deal_nothing_waits(api: Any, bought: dict[str, Any]) -> None:
    buying = Buying(api, bought)
    assert waiting() == {("purchase-identify", "clerk")}
    cancelled = api("clerk").post(f"/deals/{buying.deal['reference']}/cancel/", {"reason": "x"})
    assert cancelled.status_code == 200, cancelled.content
    assert waiting() == set()


def test_no_step_comes_before_its_turn_or_without_its_proof(
    api: Any, bought: dict[str, Any]
) -> None:
    buying = Buying(api, bought)
    assert buying.refused("contract") == "transition-not-allowed"
    assert buying.issue("PURCHASE_CONTRACT").json()["code"] == "paper-not-due"
    buying.taken("identify")
    Party.objects.filter(code="FL-SIDOROVA").update(status="BLOCKED")
    assert buying.refused("screen") == "seller-stopped"
    Party.objects.filter(code="FL-SIDOROVA").update(status="ACTIVE")
    buying.taken("screen")
    assert buying.refused("contract") == "paper-not-signed"
    assert buying.now["checklist"][2]["lacks"] == "paper-not-signed"


def test_a_seller_whom_we_do_not_know_is_not_identified(api: Any, bought: dict[str, Any]) -> None:
    IndividualDetails.objects.all().delete()
    buying = Buying(api, bought)
    assert buying.refused("identify") == "seller-details-missing"


def test_a_seller_is_paid_ahead_only_when_another_person_allows_it(
    api: Any, bought: dict[str, Any]
) -> None:
    buying = Buying(api, bought)
    buying.up_to_the_order()
    release = f"/settlements/{buying.settlement('PFOD')}/release/"
    assert api("checker").post(release).json()["code"] == "payment-before-act"
    assert buying.issue("PAYMENT_ORDER").json()["code"] == "paper-not-due"

    assert buying.refused("ask-advance") == "reason-needed"
    buying.taken("ask-advance", reason="The seller leaves tonight.")
    assert buying.take("allow-advance").status_code == 403
    buying.taken("allow-advance", "checker")
    assert buying.issue("PAYMENT_ORDER").status_code == 201

    assert api("checker").post(release).status_code == 200


def test_as_a_broker_we_withhold_the_tax_and_owe_it_to_the_budget(
    api: Any, bought: dict[str, Any]
) -> None:
    deal = bought | {
        "capacity": "CLIENT", "client": "CL-ANNA", "account": "A-1", "seller_cost": "300000",
        "book": "EQ-CL", "stage": "executed",
    }  # fmt: skip
    buying = Buying(api, deal)

    assert buying.deal["net_amount"]["amount"] == "310831.00"  # 13 % of 12,450, whole rubles
    flows = api("clerk").get(f"/deals/{buying.deal['reference']}/flows/").json()["results"]
    assert [(f["kind"], f["direction"]) for f in flows] == [
        ("PRINCIPAL", "RECEIVE"), ("PRINCIPAL", "PAY"), ("TAX", "RECEIVE"),
    ]  # fmt: skip
    owed = Posting.objects.get(credit_account__kind="TAX")
    assert owed.quantity == 1619


def test_terms_that_cannot_be_are_refused_beside_their_member(
    api: Any, bought: dict[str, Any]
) -> None:
    wrong = {
        "/counterparty": bought | {"counterparty": "CL-ANNA"},
        "/payment_date": bought | {"payment_date": "2026-11-23"},
        "/price": bought | {"price": "0"},
    }
    for pointer, body in wrong.items():
        answer = api("dealer").post("/deals/", body)
        assert answer.status_code == 422, answer.content
        assert [e["pointer"] for e in answer.json()["errors"]] == [pointer]


def test_a_changed_address_makes_another_contract_that_replaces_the_first(
    api: Any, bought: dict[str, Any]
) -> None:
    buying = Buying(api, bought)
    buying.taken("identify")
    buying.taken("screen")
    first = buying.issue("PURCHASE_CONTRACT").json()["number"]
    assert buying.issue("PURCHASE_CONTRACT").json()["number"] == first
    IndividualDetails.objects.update(address="г. Тверь, ул. Новая, д. 3")
    second = buying.issue("PURCHASE_CONTRACT").json()

    assert second["number"] != first
    row = Document.objects.get(number=second["number"])
    assert row.replaces is not None
    assert row.replaces.number == first


def test_who_sees_the_purchase_is_noted_and_it_begins_once(
    api: Any, bought: dict[str, Any]
) -> None:
    buying = Buying(api, bought)
    follow_events()
    assert Purchase.objects.count() == 1
    before = PersonalRead.objects.filter(subject_type="party").count()
    buying.taken("identify")
    buying.taken("screen")
    buying.issue("PURCHASE_CONTRACT")
    assert PersonalRead.objects.filter(subject_type="party").count() > before
