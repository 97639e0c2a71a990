"""`GET /deals/{ref}/confirmation.pdf`, the register, and what is refused there."""

from __future__ import annotations

from typing import Any

import pytest

from backoffice.access.models import PersonalRead
from backoffice.documents.models import Document
from backoffice.openapi import EXAMPLES
from tests.documents.test_issuing import text_of

pytestmark = pytest.mark.usefixtures("own_database")


def test_a_deal_gives_its_confirmation_in_both_languages_and_the_same_again(
    api: Any, sample: dict[str, Any]
) -> None:
    reference = api("dealer").post("/deals/", sample).json()["reference"]
    address = f"/deals/{reference}/confirmation.pdf"

    first = api("clerk").get(f"{address}?language=en")
    again = api("dealer").get(f"{address}?language=en")
    russian = api("clerk").get(f"{address}?language=ru")

    assert first.status_code == 200
    assert first["Content-Type"] == "application/pdf"
    assert again.content == first.content
    assert again["ETag"] == first["ETag"]
    for part in ("Demo Bank One", "RU0009029540", "312,450.00", "312,606.23", reference):
        assert part in text_of(first.content)
    for part in ("Демо Банк Один", "Сбербанк", "312 450,00", reference):
        assert part in text_of(russian.content)

    (listed, other) = api("auditor").get("/documents/?kind=CONFIRMATION").json()["results"]
    assert listed["number"] == other["number"]
    assert listed["subject"] == f"deal:{reference.removeprefix('D-')}"
    one = api("auditor").get(f"/documents/{listed['reference']}/").json()
    assert one["data"]["deal"]["net"] == "312606.23"
    assert api("auditor").get(f"/documents/{listed['reference']}/file.pdf").content in (
        first.content, russian.content,
    )  # fmt: skip
    verified = api("auditor").post(f"/documents/{listed['reference']}/verify/", {}).json()
    assert verified["equal"]
    assert verified["same_engine"]


def test_a_cancelled_deal_that_was_never_confirmed_has_none(
    api: Any, sample: dict[str, Any]
) -> None:
    reference = api("dealer").post("/deals/", sample).json()["reference"]
    api("checker").post(f"/deals/{reference}/cancel/", {"reason": "wrong"})

    refused = api("clerk").get(f"/deals/{reference}/confirmation.pdf")

    assert refused.status_code == 409
    assert refused.json()["code"] == "nothing-to-confirm"
    assert not Document.objects.exists()


def test_an_unknown_language_and_an_unknown_deal_are_refused(
    api: Any, sample: dict[str, Any]
) -> None:
    reference = api("dealer").post("/deals/", sample).json()["reference"]
    wrong = api("clerk").get(f"/deals/{reference}/confirmation.pdf?language=fr")
    assert wrong.status_code == 400, wrong.content
    assert api("clerk").get("/deals/D-999999/confirmation.pdf").status_code == 404


def test_who_is_given_the_confirmation_of_an_individual_is_noted(
    api: Any, sample: dict[str, Any]
) -> None:
    body = sample | {"counterparty": "CL-ANNA", "stage": "executed"}
    reference = api("dealer").post("/deals/", body).json()["reference"]
    before = PersonalRead.objects.count()

    api("clerk").get(f"/deals/{reference}/confirmation.pdf")

    assert PersonalRead.objects.count() == before + 1


@pytest.mark.parametrize(
    ("product", "says"),
    [
        ("bond", ("SU26238RMFS4", "61.23 %", "Accrued interest", "8462.5", "accrued interest")),
        ("deposit", ("we place", "ISO 4217", "Rate a year, as a fraction", "0.155", "interest")),
        ("repo", ("we sell", "Far amount", "266397.44", "Haircut, as a fraction")),
    ],
)
def test_each_product_says_what_it_alone_agrees_on(
    api: Any, product: str, says: tuple[str, ...]
) -> None:
    answer = api("dealer").post("/deals/", EXAMPLES[product])
    assert answer.status_code == 201, answer.content
    address = f"/deals/{answer.json()['reference']}/confirmation.pdf?language=en"
    text = text_of(api("clerk").get(address).content)
    assert [part for part in says[1:] if part not in text] == []
    russian = text_of(api("clerk").get(address.replace("=en", "=ru")).content)
    assert "interest" not in russian
