"""Deals that a central counterparty has taken over: it is the counterparty, and nothing of them is changed by us."""

from __future__ import annotations

from typing import Any

import pytest

from deals.models import Deal
from limits.models import Limit
from refdata.models import Entity, Party
from refdata.selectors import forget_reference_data

pytestmark = pytest.mark.django_db
CLEARING = {"mode": "CCP", "ccp": "NCC", "clearing_account": "MB01"}


@pytest.fixture(autouse=True)
def ccp(db: None) -> Party:
    party = Party.objects.create(code="NCC", name="Clearing Centre", roles=["COUNTERPARTY"])
    Limit.objects.create(
        entity=Entity.objects.get(code="RUS"), kind="COUNTERPARTY_PRESETTLEMENT", name="NCC",
        currency="RUB", party=party, cap=10**9,
    )  # fmt: skip
    forget_reference_data()
    return party


def test_the_central_counterparty_takes_the_place_of_whom_it_was_dealt_with(
    api: Any, sample: dict[str, Any]
) -> None:
    answer = api("dealer").post("/deals/", sample | {"stage": "executed", "clearing": CLEARING})
    assert answer.status_code == 201, answer.content
    deal = api("dealer").get(f"/deals/{answer.json()['reference']}/").json()
    assert (deal["counterparty"], deal["novated_from"]) == ("NCC", sample["counterparty"])
    assert Limit.objects.get(name="NCC").used > 0
    assert Limit.objects.get(name="Demo Bank One").used == 0


def test_one_that_nobody_knows_waits_for_repair(api: Any, sample: dict[str, Any]) -> None:
    unknown = {**CLEARING, "ccp": "NOBODY"}
    answer = api("dealer").post("/deals/", sample | {"stage": "executed", "clearing": unknown})
    assert answer.status_code == 202
    refused = api("dealer").post("/deals/", sample | {"clearing": unknown})
    assert [each["pointer"] for each in refused.json()["errors"]] == ["/clearing/ccp"]


def test_we_neither_amend_nor_allocate_nor_cancel_it(api: Any, sample: dict[str, Any]) -> None:
    deal = api("dealer").post("/deals/", sample | {"clearing": CLEARING}).json()["reference"]
    for step, body in {
        "amend": {"quantity": "1"}, "cancel": {}, "allocate": {"shares": [{"book": "EQ-RU", "percent": "100"}]},
    }.items():  # fmt: skip
        answer = api("clerk").post(f"/deals/{deal}/{step}/", body)
        assert (answer.status_code, answer.json()["code"]) == (409, "transition-not-allowed"), step
        assert answer.json()["state"] == "CLEARED"
    assert (Deal.objects.get().version, Deal.objects.get().state) == (1, "CAPTURED")
