"""Many deals in one request: what is good stays, what is bad is listed, a repeat changes nothing."""

from __future__ import annotations

import csv
import io
import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg2
import pytest
from django.db import connection

from deals.models import BulkRequest, Deal, Flow
from limits.models import Limit, Reservation

pytestmark = pytest.mark.usefixtures("own_database")
PATH = "/deals/bulk/?mode="


def ndjson(rows: list[Any]) -> bytes:
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def numbered(sample: dict[str, Any], count: int, **more: Any) -> list[dict[str, Any]]:
    return [sample | {"external_ref": f"B-{n}", "quantity": "1"} | more for n in range(count)]


def send(api: Any, body: bytes, mode: str = "best_effort", **more: Any) -> Any:
    more.setdefault("content_type", "application/x-ndjson")
    return api("dealer").post(f"{PATH}{mode}", body, **more)


@pytest.mark.parametrize("count", [3, 450])
def test_good_rows_are_captured_in_full(api: Any, sample: dict[str, Any], count: int) -> None:
    """450 rows take the way of COPY, 3 that of the functions; both write the same."""
    answer = send(api, ndjson(numbered(sample, count)))
    assert answer.status_code == 200, answer.content
    assert answer.json()["counts"] == {
        "accepted": count,
        "refused": 0,
        "duplicates": 0,
        "repair": 0,
    }
    assert [row["index"] for row in answer.json()["rows"]] == list(range(count))
    reference = answer.json()["rows"][0]["reference"]
    shown = api("dealer").get(f"/deals/{reference}/").json()
    assert (shown["external_ref"], shown["net_amount"]["amount"]) == ("B-0", "312.61")
    assert Flow.objects.count() == 3 * count
    assert Reservation.objects.count() == 2 * count
    used = Limit.objects.get(name="Dealer, own shares").used
    assert used == sum(r.amount for r in Reservation.objects.filter(limit__kind="DEALER"))


def test_bad_rows_are_listed_and_lose_no_good_one(api: Any, sample: dict[str, Any]) -> None:
    rows: list[Any] = numbered(sample, 3)
    body = ndjson(rows) + b'{"external_ref": \n' + ndjson([
        sample | {"external_ref": "B-1"},
        sample | {"external_ref": "B-9", "quantity": "-1", "price": "NaN"},
        sample | {"external_ref": "B-8", "stage": "executed", "counterparty": "NOBODY"},
        sample | {"external_ref": "B-7", "quantity": "10000000"},
    ]) + b'\xff\xfe\n'  # fmt: skip
    answer = send(api, body).json()
    assert answer["counts"] == {"accepted": 3, "refused": 4, "duplicates": 1, "repair": 1}
    problems = {r["index"]: r["problem"]["code"] for r in answer["rows"] if "problem" in r}
    assert problems == {
        3: "unreadable", 4: "duplicate-deal", 5: "invalid-input", 7: "limit-exceeded",
        8: "unreadable",
    }  # fmt: skip
    assert Deal.objects.count() == 3


def test_all_or_nothing_keeps_nothing_when_one_row_is_bad(api: Any, sample: dict[str, Any]) -> None:
    body = ndjson([*numbered(sample, 3), sample | {"external_ref": "X", "side": "hold"}])
    answer = send(api, body, "all_or_nothing")
    assert (answer.status_code, answer.json()["code"]) == (422, "some-rows-invalid")
    assert [row["index"] for row in answer.json()["rows"]] == [3]
    assert Deal.objects.count() == 0
    over = ndjson([*numbered(sample, 3), sample | {"external_ref": "X", "quantity": "99999999"}])
    answer = send(api, over, "all_or_nothing")
    assert (answer.status_code, answer.json()["rows"][0]["index"]) == (409, 3)
    assert Deal.objects.count() == 0
    assert Limit.objects.get(name="Dealer, own shares").used == 0
    assert (
        send(api, ndjson(numbered(sample, 3)), "all_or_nothing").json()["counts"]["accepted"] == 3
    )


def test_a_repeated_request_gets_the_same_answer(api: Any, sample: dict[str, Any]) -> None:
    body = ndjson(numbered(sample, 5))
    first, second = send(api, body, key="k"), send(api, body, key="k")
    assert second.content == first.content
    assert second["Idempotency-Replayed"] == "true"
    assert Deal.objects.count() == 5
    assert send(api, body + ndjson([sample]), key="k").json()["code"] == "idempotency-key-reused"


def test_a_request_that_was_cut_short_goes_on_where_it_stopped(
    api: Any, sample: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("deals.capturing.bulk.CHUNK", 10)
    body = ndjson(numbered(sample, 25))
    first = send(api, body, key="k").json()
    Deal.objects.exists()
    row = BulkRequest.objects.get()
    row.finished_at = None  # as if the process had died before it could say so
    row.save()
    again = send(api, body, key="k").json()
    assert again == first
    assert Deal.objects.count() == 25


def test_truncated_and_empty_bodies_do_nothing(api: Any, sample: dict[str, Any]) -> None:
    whole = ndjson(numbered(sample, 3))
    for body in (whole[:-20], b"\n", b"not json"):
        answer = send(api, body)
        assert (answer.status_code, answer.json()["code"]) == (400, "body-truncated")
    assert Deal.objects.count() == 0


def test_csv_takes_the_same_deals(api: Any, sample: dict[str, Any]) -> None:
    target = io.StringIO()
    names = [*(n for n in sample if n != "settlement"), "settlement.method"]
    writer = csv.DictWriter(target, names, extrasaction="ignore")
    writer.writeheader()
    writer.writerows({**row, "settlement.method": "DVP"} for row in numbered(sample, 4))
    answer = send(api, target.getvalue().encode(), content_type="text/csv")
    assert answer.json()["counts"]["accepted"] == 4, answer.content
    wrong = send(api, b"external_ref,colour\n1,red\n", content_type="text/csv")
    assert (wrong.status_code, wrong.json()["code"]) == (400, "wrong-header")


def test_other_media_types_and_modes_are_refused(api: Any) -> None:
    assert send(api, b"{}", content_type="application/json").status_code == 415
    assert send(api, b"{}", "everything").json()["code"] == "unknown-mode"


@pytest.mark.parametrize(("mode", "accepted"), [("best_effort", 2), ("all_or_nothing", 0)])
def test_a_rival_that_was_quicker_makes_a_duplicate_and_loses_no_row(
    api: Any, sample: dict[str, Any], mode: str, accepted: int
) -> None:
    """The whole file is looked at again from its first row, not from where the rival was met."""
    api("dealer").post("/deals/", sample)
    rival = psycopg2.connect(**connection.get_connection_params() | {"cursor_factory": None})
    names = [str(f.column) for f in Deal._meta.fields]
    columns = ", ".join(name for name in names if name not in ("id", "external_ref"))
    with rival.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO deals_deal (external_ref, {columns}) SELECT 'B-1', {columns} FROM deals_deal"
        )
        body = ndjson(numbered(sample, 3))
        with ThreadPoolExecutor(1) as thread:
            answer = thread.submit(send_and_close, api, body, mode)
            wait_until_somebody_waits()
            rival.commit()
            result = answer.result()
    rival.close()
    rows = [row["index"] for row in result.json()["rows"] if row["status"] == "duplicate"]
    assert rows == [1], result.content
    assert Deal.objects.filter(external_ref__in=["B-0", "B-2"]).count() == accepted


def send_and_close(api: Any, body: bytes, mode: str) -> Any:
    try:
        return send(api, body, mode)
    finally:
        connection.close()


def wait_until_somebody_waits() -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            if cursor.fetchone()[0]:
                return
        time.sleep(0.02)
    raise AssertionError("nobody waits for the rival")
