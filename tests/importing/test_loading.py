"""A file of deals over REST: previewed, loaded whole or in part, undone by two people, brought again."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile

from deals.importing import services
from deals.models import Deal, Inbound
from deals.tasks import work_on_imports
from tests.importing.loader import BOOK, BROKER, load_what_files_name

pytestmark = pytest.mark.django_db
HEADER = ["Action", "Ticker", "Quantity", "Price", "Date", "Total"]
MAPPING: dict[str, Any] = {
    "rows": {"columns": ["Action"], "values": {"Buy": "equity", "Sell": "equity",
                                               "Dividend": "not-a-deal-dividend", "Total": "left-out"}},
    "members": [
        {"member": "side", "columns": ["Action"]},
        {"member": "instrument", "columns": ["Ticker"]},
        {"member": "quantity", "columns": ["Quantity"]},
        {"member": "price", "columns": ["Price"]},
        {"member": "currency", "default": "USD"},
        {"member": "counterparty", "default": BROKER},
        {"member": "net_amount", "columns": ["Total"]},
        {"member": "traded_at", "columns": ["Date"]},
    ],
    "reference": {"prefix": "X-"},
}  # fmt: skip
GOOD = "Buy,GME,10,14.75,2020-11-25,147.50\nSell,NVDA,1,535,2020-11-27,\n\nTotal,,11,,,\n"
WAITS = "Buy,NOPE,3,2.00,2020-11-25,\nBuy,GME,10,14.75,2020-11-25,1475\n"
BAD = "Dividend,NVDA,1,0.14,2021-04-02,\nBuy,GME,ten,14.75,25.11.2020,\n"


@pytest.fixture(autouse=True)
def _stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "VAR_DIR", tmp_path)
    load_what_files_name()


def approved(api: Any) -> None:
    body = {"name": "Ours", "book": BOOK, "header": HEADER, "mapping": MAPPING}
    proposed = api("clerk").post("/import-mappings/", body)
    assert proposed.status_code == 201, proposed.content
    reference = proposed.json()["reference"]
    assert api("checker").post(f"/import-mappings/{reference}/approve/").status_code == 200


def brought(api: Any, rows: str) -> dict[str, Any]:
    text = ",".join(HEADER) + "\n" + rows
    answer = api("clerk").post_file(
        "/imports/", SimpleUploadedFile("ours.csv", text.encode()), book=BOOK
    )
    assert answer.status_code == 201, answer.content
    found: dict[str, Any] = answer.json()
    return found


def loaded(api: Any, reference: str, mode: str) -> Any:
    return api("clerk").post(f"/imports/{reference}/load/", {"mode": mode})


def test_every_problem_stands_beside_its_cell_and_nothing_is_captured(api: Any) -> None:
    approved(api)
    found = brought(api, GOOD + WAITS + BAD)

    assert found["status"] == "PREVIEWED"
    assert found["counts"] == {
        "ACCEPTED": 2, "REPAIR": 2, "REFUSED": 4, "hindering": 2, "warnings": 0
    }  # fmt: skip
    assert found["sums"] == {"buy.USD": "147.5", "sell.USD": "535", "repair.USD": "153.5"}
    rows = api("clerk").get(f"/imports/{found['reference']}/rows/", problems="true").json()["rows"]
    cells = [(p["cell"], p["code"]) for row in rows for p in row["problems"]]
    assert cells == [
        ("B6", "unknown-instrument"), ("F7", "amount-differs"),
        ("C9", "not-a-number"), ("E9", "not-a-date"),
    ]  # fmt: skip
    assert all(p["detail"] and "%(" not in p["detail"] for row in rows for p in row["problems"])
    assert not Deal.objects.filter(book__code=BOOK).exists()


def test_all_or_nothing_takes_nothing_where_a_row_is_refused(api: Any) -> None:
    approved(api)
    found = brought(api, GOOD + BAD)

    answer = loaded(api, found["reference"], "all_or_nothing")

    assert (answer.status_code, answer.json()["code"]) == (409, "some-rows-hinder")
    assert not Deal.objects.filter(book__code=BOOK).exists()


def test_all_or_nothing_takes_all_where_blank_rows_and_totals_are_the_only_others(api: Any) -> None:
    approved(api)
    found = brought(api, GOOD)

    answer = loaded(api, found["reference"], "all_or_nothing").json()

    assert (answer["status"], answer["counts"]["ACCEPTED"]) == ("LOADED", 2)
    again = loaded(api, found["reference"], "all_or_nothing")
    assert (again.status_code, again.json()["code"]) == (409, "transition-not-allowed")


def test_executed_rows_that_cannot_be_resolved_wait_for_repair_in_their_book(api: Any) -> None:
    approved(api)
    found = brought(api, GOOD + WAITS)
    loaded(api, found["reference"], "best_effort")

    waiting = Inbound.objects.filter(source="IMPORT RUS").order_by("id")
    assert [row.problems[0]["code"] for row in waiting] == ["unknown-instrument", "amount-differs"]
    assert {row.book.code for row in waiting if row.book} == {BOOK}
    answer = api("clerk").post(f"/inbound/{waiting[0]}/repair/", {"changes": {"instrument": "GME"}})
    assert answer.json()["status"] == "REPLAYED", answer.content


def test_nothing_is_loaded_by_a_mapping_that_one_person_made(api: Any) -> None:
    body = {"name": "Ours", "book": BOOK, "header": HEADER, "mapping": MAPPING}
    reference = api("clerk").post("/import-mappings/", body).json()["reference"]
    own = api("clerk").post(f"/import-mappings/{reference}/approve/")
    found = brought(api, GOOD)
    mapped = api("clerk").post(f"/imports/{found['reference']}/map/", {"mapping": reference})

    assert own.status_code == 403
    assert (found["status"], mapped.json()["status"]) == ("UNMAPPED", "PREVIEWED")
    answer = loaded(api, found["reference"], "best_effort")
    assert (answer.status_code, answer.json()["code"]) == (409, "mapping-not-approved")


def test_a_new_version_takes_the_place_of_the_one_in_force(api: Any) -> None:
    approved(api)
    approved(api)

    rows = api("clerk").get("/import-mappings/").json()["results"]
    assert [(row["version"], row["status"]) for row in rows] == [(2, "APPROVED"), (1, "SUPERSEDED")]


def undone(api: Any, reference: str) -> Any:
    asked = api("clerk").post(f"/imports/{reference}/request-undo/", {"reason": "wrong book"})
    assert asked.status_code == 200, asked.content
    return api("checker").post(f"/imports/{reference}/undo/")


def test_an_import_is_undone_by_two_people_and_may_be_brought_again(api: Any) -> None:
    approved(api)
    found = brought(api, GOOD + WAITS)
    loaded(api, found["reference"], "best_effort")

    assert undone(api, found["reference"]).json()["status"] == "UNDONE"
    assert set(Deal.objects.filter(book__code=BOOK).values_list("state", flat=True)) == {
        "CANCELLED"
    }
    assert set(Inbound.objects.filter(source="IMPORT RUS").values_list("state", flat=True)) == {
        "WITHDRAWN"
    }

    again = brought(api, GOOD + WAITS)
    assert again["counts"] == found["counts"]
    assert loaded(api, again["reference"], "best_effort").json()["counts"] == found["counts"]
    third = brought(api, GOOD + WAITS)
    assert third["same_file"] == again["reference"]
    assert third["counts"]["ACCEPTED"] == 0


def test_an_import_of_which_a_deal_was_confirmed_is_not_undone(api: Any) -> None:
    approved(api)
    found = brought(api, GOOD)
    loaded(api, found["reference"], "best_effort")
    asked = api("clerk").post(f"/imports/{found['reference']}/request-undo/", {"reason": "x"})
    deal = Deal.objects.filter(book__code=BOOK).earliest("pk")
    assert api("clerk").post(f"/deals/{deal}/confirm/").status_code == 200

    answer = api("checker").post(f"/imports/{found['reference']}/undo/")

    assert (asked.status_code, answer.status_code) == (200, 409)
    assert answer.json()["code"] == "deals-in-the-way"
    assert str(deal) in answer.json()["detail"]
    assert not Deal.objects.filter(book__code=BOOK, state="CANCELLED").exists()
    kept = api("checker").post(f"/imports/{found['reference']}/keep/", {"reason": "confirmed"})
    assert kept.json()["status"] == "LOADED"


def test_a_large_file_is_worked_on_by_a_worker_in_chunks(
    api: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "SMALL_BYTES", 10)
    monkeypatch.setattr("deals.importing.loading.SMALL_BYTES", 10)
    monkeypatch.setattr("deals.importing.loading.CHUNK", 2)
    monkeypatch.setattr("deals.importing.services.CHUNK", 2)
    monkeypatch.setattr("deals.importing.undoing.SMALL_BYTES", 10)
    approved(api)
    found = brought(api, GOOD * 3 + BAD)
    assert found["status"] == "RECEIVED"

    work_on_imports()
    assert loaded(api, found["reference"], "best_effort").json()["status"] == "LOADING"
    work_on_imports()
    work_on_imports()

    answer = api("clerk").get(f"/imports/{found['reference']}/").json()
    assert (answer["status"], answer["counts"]["ACCEPTED"]) == ("LOADED", 6)
    assert (answer["rows"], answer["progress"]) == (15, 1.0)
    assert Deal.objects.filter(book__code=BOOK).count() == 6

    assert undone(api, found["reference"]).json()["status"] == "UNDOING"
    work_on_imports()
    work_on_imports()
    answer = api("clerk").get(f"/imports/{found['reference']}/").json()
    assert answer["status"] == "UNDONE"
    assert set(Deal.objects.filter(book__code=BOOK).values_list("state", flat=True)) == {
        "CANCELLED"
    }


def test_a_worker_gives_an_undo_up_where_a_deal_has_gone_on_since(
    api: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    approved(api)
    found = brought(api, GOOD)
    loaded(api, found["reference"], "best_effort")
    monkeypatch.setattr("deals.importing.undoing.SMALL_BYTES", 10)
    undone(api, found["reference"])
    deal = Deal.objects.filter(book__code=BOOK).earliest("pk")
    assert api("clerk").post(f"/deals/{deal}/confirm/").status_code == 200

    work_on_imports()

    answer = api("clerk").get(f"/imports/{found['reference']}/").json()
    assert (answer["status"], answer["problem"]["code"]) == ("UNDO_REQUESTED", "deals-in-the-way")
    assert not Deal.objects.filter(book__code=BOOK, state="CANCELLED").exists()


def test_a_preview_took_nothing_in_so_there_is_nothing_to_undo(api: Any) -> None:
    approved(api)
    found = brought(api, GOOD)

    asked = api("clerk").post(f"/imports/{found['reference']}/request-undo/", {"reason": "x"})

    assert (asked.status_code, asked.json()["code"]) == (409, "nothing-taken-in")


def test_which_fx_deals_are_forwards_their_dates_say_and_each_has_its_own_price(api: Any) -> None:
    header = ["Pair", "Spot", "Outright", "Value", "Date"]
    members = [
        {"member": "pair", "columns": ["Pair"], "reads": "pair"},
        {"member": "currency", "columns": ["Pair"], "reads": "quote"},
        {"member": "price", "columns": ["Spot"], "only": ["fx_spot"]},
        {"member": "price", "columns": ["Outright"], "only": ["fx_forward"]},
        {"member": "settlement.date", "columns": ["Value"]},
        {"member": "traded_at", "columns": ["Date"]},
        {"member": "side", "default": "buy"}, {"member": "quantity", "default": "100"},
        {"member": "counterparty", "default": BROKER},
    ]  # fmt: skip
    mapping = {"rows": {"otherwise": "fx"}, "members": members}
    body = {"name": "FX", "book": BOOK, "header": header, "mapping": mapping}
    reference = api("clerk").post("/import-mappings/", body).json()["reference"]
    api("checker").post(f"/import-mappings/{reference}/approve/")
    rows = "EURCZK,24.1,24.9,2026-11-25,2026-11-23\nEURCZK,24.1,24.9,2027-02-24,2026-11-23\n"
    file = SimpleUploadedFile("fx.csv", (",".join(header) + "\n" + rows).encode())
    found = api("clerk").post_file("/imports/", file, book=BOOK).json()

    loaded(api, found["reference"], "best_effort")

    deals = Deal.objects.filter(book__code=BOOK).order_by("id")
    assert [(deal.product, deal.versions.get().price) for deal in deals] == [
        ("fx_spot", Decimal("24.1")), ("fx_forward", Decimal("24.9"))
    ], found  # fmt: skip


def test_the_same_request_again_is_the_same_import(api: Any) -> None:
    approved(api)
    file = SimpleUploadedFile("ours.csv", (",".join(HEADER) + "\n" + GOOD).encode())
    answers = [
        api("clerk").post_file("/imports/", file, book=BOOK, key="one") for _ in range(2)
    ]  # fmt: skip

    assert answers[0].content == answers[1].content
    assert answers[1]["Idempotency-Replayed"] == "true"
