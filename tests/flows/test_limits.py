"""Check, reserve, commit, release: what a deal takes of its limits comes back exactly."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from limits.models import Limit, Reservation
from limits.services import expire_holds
from refdata.models import Party
from refdata.selectors import forget_reference_data

pytestmark = pytest.mark.usefixtures("own_database")


def counters() -> dict[str, tuple[str, str]]:
    rows = Limit.objects.exclude(used=0, reserved=0)
    return {row.name: (f"{row.used:.2f}", f"{row.reserved:.2f}") for row in rows}


def test_asking_has_no_effect(api: Any, sample: dict[str, Any]) -> None:
    answer = api("dealer").post("/limits/check/", sample).json()
    assert answer["fits"] is True
    assert [row["needed"]["amount"] for row in answer["limits"]] == ["312450.00", "18747.00"]
    too_much = api("dealer").post("/limits/check/", sample | {"quantity": "9000000"}).json()
    assert [row["fits"] for row in too_much["limits"]] == [False, False]
    assert counters() == {}


def test_a_reservation_is_held_released_and_expires(api: Any, sample: dict[str, Any]) -> None:
    held = api("dealer").post("/limits/reservations/", {"deal": sample, "ttl_seconds": 60})
    assert held.status_code == 201, held.content
    assert counters()["Demo Bank One"] == ("0.00", "18747.00")
    path = f"/limits/reservations/{held.json()['reference']}/"
    assert api("dealer").delete(path).status_code == 204
    assert counters() == {}
    assert api("dealer").delete(path).json()["code"] == "reservation-gone"
    api("dealer").post("/limits/reservations/", {"deal": sample, "ttl_seconds": 60})
    assert not expire_holds(at=timezone.now())
    assert expire_holds(at=timezone.now() + timedelta(seconds=61))
    assert counters() == {}
    assert set(Reservation.objects.values_list("state", flat=True)) == {"RELEASED", "EXPIRED"}


def test_what_is_held_cannot_be_dealt_by_others(api: Any, sample: dict[str, Any]) -> None:
    big = sample | {"quantity": "1500000"}  # 28,120,500.00 of 30,000,000.00
    assert api("dealer").post("/limits/reservations/", {"deal": big}).status_code == 201
    refused = api("dealer").post("/deals/", big)
    assert (refused.status_code, refused.json()["code"]) == (409, "limit-exceeded")
    assert "override" in refused.json()["hint"]


def test_a_cancelled_deal_gives_back_what_it_took(api: Any, sample: dict[str, Any]) -> None:
    deal = api("dealer").post("/deals/", sample).json()["reference"]
    assert counters()["Demo Bank One"] == ("18747.00", "0.00")
    api("checker").post(f"/deals/{deal}/cancel/", {"reason": "Entered twice."})
    assert counters() == {}


def test_an_executed_deal_is_never_refused_but_breaches(api: Any, sample: dict[str, Any]) -> None:
    big = sample | {"quantity": "2000000", "stage": "executed"}  # 37,494,000 of 30,000,000
    answer = api("dealer").post("/deals/", big)
    assert answer.status_code == 201, answer.content
    assert [row["short"] for row in answer.json()["breaches"]] == ["7494000"]
    limits = api("risk").get("/limits/").json()["results"]
    (bank,) = [row for row in limits if row["name"] == "Demo Bank One"]
    assert bank["excess"]["amount"] == "7494000.00"
    assert bank["available"]["amount"] == "0.00"
    again = api("dealer").post("/deals/", sample | {"external_ref": "FO-2"})
    assert again.json()["code"] == "limit-exceeded"


def test_what_was_answered_stays_answered_though_it_would_be_refused_by_now(
    api: Any, sample: dict[str, Any]
) -> None:
    dealer, asks = api("dealer"), {"deal": sample | {"external_ref": "FO-3"}}
    first = [
        dealer.post("/deals/", sample, key="d"),
        dealer.post("/limits/reservations/", asks, key="r"),
    ]
    Party.objects.filter(name="Demo Bank One").update(status="BLOCKED")
    forget_reference_data()
    again = [
        dealer.post("/deals/", sample, key="d"),
        dealer.post("/limits/reservations/", asks, key="r"),
    ]
    assert [(a.status_code, a["Idempotency-Replayed"], a["Location"]) for a in again] == [
        (201, "true", a["Location"]) for a in first
    ]
    assert [a.content for a in again] == [a.content for a in first]
    for path, key in (("/deals/", "d"), ("/limits/reservations/", "r")):
        other = dealer.post(path, asks["deal"] | {"quantity": "1"}, key=key)
        assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")
    refused = dealer.post("/limits/reservations/", asks, key="new")
    assert refused.json()["errors"][0]["code"] == "counterparty-blocked"
