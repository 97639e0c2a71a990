"""What-if on the live queue: what would settle besides, in figures, and that nothing at all is written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from settlements.models import Settlement
from tests.flows.queue import DUE, House
from tests.pages.test_pages import browser
from tests.settlements.test_explaining import short_of_money, two_that_want_the_same

pytestmark = pytest.mark.usefixtures("own_database")
ADDRESS = "/settlement-runs/what-if/"


def everything() -> dict[str, int]:
    """How many rows every table has, those of sessions and answers apart."""
    with connection.cursor() as cursor:
        tables = [
            name
            for name in connection.introspection.table_names(cursor)
            if name.partition("_")[0] not in ("django", "access")
        ]
        counts = {}
        for name in tables:
            cursor.execute(f"SELECT count(*) FROM {name}")
            counts[name] = cursor.fetchone()[0]
    return counts


def untouched(ask: Callable[[], Any]) -> Any:
    settlements = list(Settlement.objects.order_by("pk").values())
    before = everything()
    answer = ask()
    assert everything() == before
    assert list(Settlement.objects.order_by("pk").values()) == settlements
    return answer


def told(api: Any, *changes: dict[str, str]) -> dict[str, Any]:
    body = {"business_date": DUE.isoformat(), "entity": "RUS", "changes": list(changes)}
    clerk = api("clerk")  # its key is an event of its own
    answer = untouched(lambda: clerk.post(ADDRESS, body))
    assert answer.status_code == 200, answer.content
    found: dict[str, Any] = answer.json()
    return found


def more(kind: str, owner: str, asset: str, quantity: str) -> dict[str, str]:
    return {"kind": kind, "owner": owner, "place": "HOUSE", "asset": asset, "quantity": quantity}


def test_cash_that_is_enough_and_cash_that_is_not(api: Any) -> None:
    _house, row = short_of_money()
    found = told(api, more("CASH", "Q-1", "RUB", "40"))
    assert found["besides"] == [{"settlement": str(row), "share_before": "0", "share_after": "1"}]
    assert found["difference"] == {"amount": "100.00", "currency": "RUB"}
    assert (found["before"]["settle"], found["after"]["settle"], found["is_best"]) == (0, 1, True)
    assert told(api, more("CASH", "Q-1", "RUB", "39.99"))["besides"] == []
    assert told(api, more("CASH", "Q-0", "RUB", "1000"))["besides"] == []


def test_what_is_held_is_let_go_and_may_push_another_out(api: Any) -> None:
    _house, small, large = two_that_want_the_same()
    Settlement.objects.filter(pk=large.pk).update(hold="OURS")
    found = told(api, {"kind": "RELEASE", "settlement": str(large)})
    assert [each["settlement"] for each in found["besides"]] == [str(large)]
    assert [each["settlement"] for each in found["no_longer"]] == [str(small)]
    assert found["difference"]["amount"] == "400.00"
    Settlement.objects.filter(pk=large.pk).update(matching="UNMATCHED")
    stopped = told(api, {"kind": "RELEASE", "settlement": str(large)})
    assert (stopped["besides"], stopped["still_stopped"]) == ([], [str(large)])


def test_borrowing_and_a_delivery_bring_securities(api: Any) -> None:
    _house, small, _large = two_that_want_the_same()
    share = small.asset.code
    for kind in ("BORROW", "DELIVERY"):
        found = told(api, more(kind, "Q-0", share, "10"))
        assert [each["settlement"] for each in found["besides"]] == [str(small)]
        assert (found["no_longer"], found["difference"]["amount"]) == ([], "500.00")


def test_a_counterparty_delivers_all_that_it_owes(api: Any) -> None:
    _house, small, large = two_that_want_the_same()
    found = told(api, more("DELIVERY", "Q-0", small.asset.code, "0"))
    assert [each["settlement"] for each in found["besides"]] == [str(small)]
    assert (found["after"]["settle"], found["no_longer"]) == (2, [])
    assert large.asset_id == small.asset_id


def test_what_cannot_be_read_is_told_beside_its_field(api: Any) -> None:
    short_of_money()
    body: dict[str, Any] = {"business_date": DUE.isoformat(), "entity": "RUS", "changes": []}
    assert api("clerk").post(ADDRESS, body).json()["code"] == "nothing-to-try"
    body["changes"] = [more("CASH", "nobody", "RUB", "0")]
    answer = api("clerk").post(ADDRESS, body)
    assert answer.status_code == 422
    assert {each["pointer"] for each in answer.json()["errors"]} == {
        "/changes/0/owner", "/changes/0/quantity",
    }  # fmt: skip
    body["changes"] = [{"kind": "RELEASE", "settlement": "S-0"}]
    assert (
        api("clerk").post(ADDRESS, body).json()["errors"][0]["pointer"] == "/changes/0/settlement"
    )
    assert api("auditor").post(ADDRESS, body).status_code == 403


def test_the_page_shows_the_difference_and_keeps_what_was_typed() -> None:
    _house, row = short_of_money()
    typed = {
        "business_date": DUE.isoformat(), "entity": "RUS", "cash_owner": "Q-1", "cash_place": "HOUSE",
        "cash_asset": "RUB", "cash_quantity": "40",
    }  # fmt: skip
    page = untouched(lambda: browser("clerk").post("/runs/what-if/", typed)).content.decode()
    assert "Settles besides" in page
    assert f'href="/settlements/{row}/"' in page
    assert 'value="40"' in page
    wrong = browser("clerk", "ru").post("/runs/what-if/", typed | {"cash_quantity": "x"})
    assert wrong.status_code == 422
    assert "Должно быть больше нуля." in wrong.content.decode()
    assert browser("clerk").get("/runs/what-if/").status_code == 200
    assert browser("auditor").get("/runs/what-if/").status_code == 403


def test_a_queue_of_nothing_changes_nothing(api: Any) -> None:
    House(1)
    found = told(api, more("CASH", "Q-0", "RUB", "5"))
    assert (found["queued"], found["besides"], found["difference"]["amount"]) == (0, [], "0.00")
