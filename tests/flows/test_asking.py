"""What would make a deal pass is tried: what is told passes, and one more of it does not."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from backoffice.demonstration.instructions import BANK_FIVE
from limits.models import Limit
from refdata.models import Entity

pytestmark = pytest.mark.usefixtures("own_database")
BANK = "Demo Bank One"


def asked(api: Any, deal: dict[str, Any]) -> dict[str, Any]:
    answer = api("dealer").post("/limits/check/", deal)
    assert answer.status_code == 200, answer.content
    return dict(answer.json())


def changes(answer: dict[str, Any]) -> dict[str, Any]:
    return {row["change"]: row.get("to", row.get("limits")) for row in answer["would_pass"]}


def test_every_limit_says_how_it_stands_and_what_is_needed(
    api: Any, sample: dict[str, Any]
) -> None:
    api("dealer").post("/deals/", sample)
    answer = asked(api, sample | {"external_ref": "NEW"})
    (row,) = [row for row in answer["limits"] if row["name"] == BANK]
    amounts = {
        name: row[name]["amount"]
        for name in ("cap", "override", "used", "reserved", "available", "needed", "short")
    }
    assert amounts == {
        "cap": "30000000.00", "override": "0.00", "used": "18747.00", "reserved": "0.00",
        "available": "29981253.00", "needed": "18747.00", "short": "0.00",
    }  # fmt: skip
    assert (row["fits"], row["taken"], row["basis"]) == (True, "capture", "6 % add-on, DVP")
    assert answer["would_pass"] == []


@pytest.mark.parametrize("cap", ["18746.99", "18747.00", "18.75", "18.74", "99999.99"])
def test_the_largest_quantity_passes_and_one_more_does_not(
    api: Any, sample: dict[str, Any], cap: str
) -> None:
    Limit.objects.filter(name=BANK).update(cap=cap)
    big = sample | {"quantity": "9000"}
    answer = asked(api, big)
    assert answer["fits"] is False
    largest = changes(answer).get("quantity")
    if Decimal(cap) < Decimal("18.75"):  # not one share: 6 % of 312.45 is 18.747
        assert largest is None
        return
    assert asked(api, big | {"quantity": largest})["fits"] is True
    assert asked(api, big | {"quantity": str(int(largest or 0) + 1)})["fits"] is False
    assert api("dealer").post("/deals/", big | {"quantity": largest}).status_code == 201


def test_an_override_of_what_is_short_would_pass(api: Any, sample: dict[str, Any]) -> None:
    Limit.objects.filter(name=BANK).update(cap=10_000)
    Limit.objects.filter(name="Dealer, own shares").update(cap=300_000)
    rows = changes(asked(api, sample))["override"]
    assert {row["name"]: row["more"]["amount"] for row in rows} == {
        BANK: "8747.00", "Dealer, own shares": "12450.00",
    }  # fmt: skip
    for row in rows:
        limit = Limit.objects.get(name=row["name"])
        Limit.objects.filter(pk=limit.pk).update(cap=limit.cap + Decimal(row["more"]["amount"]))
    assert asked(api, sample)["fits"] is True


def test_payment_against_delivery_and_another_book_are_tried(
    api: Any, sample: dict[str, Any]
) -> None:
    Limit.objects.filter(name=BANK).update(cap=20_000)
    free = sample | {"settlement": {"method": "FOP", "date": None}}
    assert changes(asked(api, free))["settlement.method"] == "DVP"
    assert "book" not in changes(asked(api, free))  # the bank's limit is the same in every book
    Limit.objects.filter(name=BANK).update(cap=10**9)
    Limit.objects.filter(name="Dealer, own shares").update(cap=1)
    found = asked(api, sample)
    books = [row["to"] for row in found["would_pass"] if row["change"] == "book"]
    assert books == ["EQ-CL", "FX-RU"]
    assert asked(api, sample | {"book": books[0]})["fits"] is True
    assert "settlement.method" not in changes(found)


def test_the_date_of_the_market_is_tried_where_the_tenor_is_full(
    api: Any, sample: dict[str, Any]
) -> None:
    Limit.objects.create(
        entity=Entity.objects.get(code="RUS"), kind="TENOR", name="year", tenor="UP_TO_1Y",
        currency="RUB", cap=1,
    )  # fmt: skip
    late = sample | {"settlement": {"method": "DVP", "date": "2027-02-01"}}
    assert changes(asked(api, late))["settlement.date"] == "2026-11-24"


def test_what_is_taken_at_release_is_told_and_refuses_nothing(api: Any) -> None:
    fx = {
        "external_ref": "FX", "product": "fx_spot", "side": "buy", "book": "FX-RU",
        "counterparty": BANK_FIVE, "pair": "EUR/USD", "quantity": "1000000",
        "price": "1.1570", "currency": "USD", "traded_at": "2026-11-23T10:15:00+03:00",
    }  # fmt: skip
    answer = asked(api, fx)
    (row,) = [row for row in answer["limits"] if row["kind"] == "COUNTERPARTY_SETTLEMENT"]
    assert row["taken"] == "release"
    assert row["needed"] == {"amount": "92400000.00", "currency": "RUB"}
    assert row["fits"] is False  # 80 million are allowed
    assert answer["fits"] == all(r["fits"] for r in answer["limits"] if r["taken"] == "capture")
