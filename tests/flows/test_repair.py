"""An executed deal that cannot be resolved waits, is repaired by a clerk, and becomes the deal it is."""

from __future__ import annotations

from typing import Any

import pytest

from backoffice.events.models import ParkedEvent
from backoffice.workflow.models import WorkItem
from deals.models import Deal, Inbound
from tests.following import follow_events

pytestmark = pytest.mark.usefixtures("own_database")


def received(api: Any, sample: dict[str, Any], *codes: str, counterparty: str = "NOBODY") -> str:
    unknown = sample | {"stage": "executed", "counterparty": counterparty}
    answer = api("dealer").post("/deals/", unknown)
    assert answer.status_code == 202, answer.content
    found = {p["code"] for p in answer.json()["problems"]}
    assert found == set(codes or ["unknown-counterparty"])
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


def test_the_work_says_what_is_at_stake_whatever_was_sent(api: Any, sample: dict[str, Any]) -> None:
    received(api, sample)
    most = {"external_ref": "MOST", "quantity": "9" * 15, "price": "9" * 15}
    received(api, sample | most, "amount-too-large", "unknown-counterparty")
    follow_events()
    items = WorkItem.objects.filter(kind="repair").order_by("id")
    assert [(item.amount, item.currency) for item in items] == [(312450, "RUB"), (None, "RUB")]
    assert {item.due_at and item.due_at.hour for item in items} == {16}  # 19:00 in Moscow
    assert not ParkedEvent.objects.exists()


def test_an_executed_deal_beyond_all_bounds_is_kept_and_a_proposed_one_refused(
    api: Any, sample: dict[str, Any]
) -> None:
    """Each by its amount alone: sums of such amounts would fit no column of money."""
    most = sample | {"external_ref": "MOST", "quantity": "9" * 15, "price": "9" * 15}
    received(api, most, "amount-too-large", counterparty=sample["counterparty"])
    refused = api("dealer").post("/deals/", most)
    assert refused.status_code == 422
    assert [p["code"] for p in refused.json()["errors"]] == ["amount-too-large"]
    border = sample | {"quantity": "1000000", "price": "1000000000", "stage": "executed"}
    received(api, border, "amount-too-large", counterparty=sample["counterparty"])
    below = border | {"external_ref": "B", "price": "999999999.99"}
    answer = api("dealer").post("/deals/", below)
    assert (answer.status_code, len(answer.json()["breaches"])) == (201, 2)
