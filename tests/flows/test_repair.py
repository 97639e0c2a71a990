"""An executed deal that cannot be resolved waits, is repaired by a clerk, and becomes the deal it is."""

from __future__ import annotations

from typing import Any

import pytest

from deals.models import Deal, Inbound

pytestmark = pytest.mark.usefixtures("own_database")


def received(api: Any, sample: dict[str, Any]) -> str:
    unknown = sample | {"stage": "executed", "counterparty": "NOBODY"}
    answer = api("dealer").post("/deals/", unknown)
    assert answer.status_code == 202, answer.content
    assert [p["code"] for p in answer.json()["problems"]] == ["unknown-counterparty"]
    reference: str = answer.json()["reference"]
    return reference


def test_it_is_counted_valued_and_repaired(api: Any, sample: dict[str, Any]) -> None:
    reference = received(api, sample)
    (row,) = api("risk").get("/inbound/", status="REPAIR").json()["results"]
    assert row["amount"] == {"amount": "312450", "currency": "RUB"}
    mended = {"changes": {"counterparty": sample["counterparty"]}, "reason": "Misspelt."}
    answer = api("clerk").post(f"/inbound/{reference}/repair/", mended)
    assert answer.status_code == 200, answer.content
    assert answer.json()["status"] == "REPLAYED"
    deal = api("clerk").get(f"/deals/{answer.json()['deal']}/").json()
    assert (deal["counterparty"], deal["stage"]) == (sample["counterparty"], "executed")
    again = api("clerk").post(f"/inbound/{reference}/repair/", mended)
    assert again.json()["code"] == "transition-not-allowed"
    assert Deal.objects.count() == 1


def test_a_repair_that_does_not_help_changes_nothing(api: Any, sample: dict[str, Any]) -> None:
    reference = received(api, sample)
    useless = api("clerk").post(f"/inbound/{reference}/repair/", {"changes": {"price": "1"}})
    assert useless.json()["code"] == "still-unresolved"
    assert useless.json()["errors"][0]["pointer"] == "/counterparty"
    fixed = api("clerk").post(f"/inbound/{reference}/repair/", {"changes": {"stage": "proposed"}})
    assert fixed.json()["code"] == "fixed-member"
    assert Inbound.objects.get().state == "REPAIR"
    assert Deal.objects.count() == 0
    assert api("dealer").post(f"/inbound/{reference}/repair/", {}).status_code == 403


def test_the_same_one_again_waits_once(api: Any, sample: dict[str, Any]) -> None:
    assert received(api, sample) == received(api, sample)
    assert Inbound.objects.count() == 1
