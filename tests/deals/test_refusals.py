"""Bad input: each refusal names member, reason and remedy; nothing is half stored, nothing is a 500."""

from __future__ import annotations

import json
from typing import Any

import pytest

from deals.models import Deal, DealVersion, Flow
from limits.models import Limit, Reservation

pytestmark = pytest.mark.django_db


def refused(api: Any, body: Any, status: int, **more: Any) -> Any:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer = api("dealer").post("/deals/", raw, **more)
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"].startswith("application/problem+json")
    document = answer.json()
    assert document["status"] == status
    assert document["instance"] == "/api/v1/deals/"
    for model in (Deal, DealVersion, Flow, Reservation):
        assert not model.objects.exists()
    assert set(Limit.objects.values_list("used", flat=True)) == {0}
    return document


class TestRefusedCaptures:
    @pytest.mark.parametrize(
        "raw",
        [
            pytest.param(b" ", id="nothing"),
            pytest.param(b"{", id="cut off"),
            pytest.param(b"[]", id="a list"),
            pytest.param(b"null", id="null"),
            pytest.param(b'"text"', id="a text"),
            pytest.param(b"\xff\xfe{}", id="not UTF-8"),
            pytest.param(b'{"external_ref": "\xed\xa0\x80"}', id="half a surrogate"),
            pytest.param(b"{" + b'"a":' * 5_000 + b"1" + b"}" * 5_000, id="deeper than the stack"),
            pytest.param(b'{"a": 1} {"a": 1}', id="two documents"),
        ],
    )
    def test_what_cannot_be_read(self, api: Any, raw: bytes) -> None:
        document = refused(api, raw, 400)
        assert document["code"] in ("unreadable", "invalid-input")
        assert document["hint"]

    @pytest.mark.parametrize(
        ("member", "value"),
        [
            ("quantity", 1000), ("quantity", 1e400), ("quantity", True), ("quantity", None),
            ("quantity", "1e400"), ("quantity", "NaN"), ("quantity", "Infinity"),
            ("quantity", "1_000"), ("quantity", "١٢٣"), ("quantity", "1,5"), ("quantity", ""),
            ("quantity", "1" * 16), ("quantity", " 1"), ("price", "0x10"), ("price", ["1"]),
            ("side", "hold"), ("side", "BUY"), ("product", "swaption"), ("currency", "rub"),
            ("currency", "RUBL"), ("external_ref", ""), ("external_ref", "x" * 65),
            ("external_ref", "a\u0000b"), ("external_ref", "a\nb"), ("settlement", "DVP"),
            ("settlement", {"method": "CASH"}), ("settlement", {"date": "24.11.2026"}),
            ("settlement", {"methods": "DVP"}), ("stage", "done"), ("fees", {"kind": "x"}),
            ("fees", [{"kind": "x", "amount": "1"}]), ("colour", "red"),
        ],
    )  # fmt: skip
    def test_the_wrong_shape(
        self, api: Any, sample: dict[str, Any], member: str, value: Any
    ) -> None:
        body = json.dumps(sample | {member: value}).replace("Infinity", "1e400", 0).encode()
        document = refused(api, body, 400)
        if document["code"] == "unreadable":  # JSON itself knows no such number
            assert value == 1e400
            return
        (problem,) = document["errors"]
        assert problem["pointer"].startswith(f"/{member}")
        assert problem["code"]
        assert problem["detail"]
        assert problem["hint"]

    def test_a_member_twice(self, api: Any, sample: dict[str, Any]) -> None:
        raw = json.dumps(sample).encode()[:-1] + b', "quantity": "2"}'
        (problem,) = refused(api, raw, 400)["errors"]
        assert (problem["pointer"], problem["code"]) == ("/quantity", "duplicate-member")
        escaped = json.dumps(sample).encode()[:-1] + b', "qu\\u0061ntity": "2"}'
        (problem,) = refused(api, escaped, 400)["errors"]
        assert problem["pointer"] == "/quantity"

    @pytest.mark.parametrize(
        ("changes", "pointer", "code"),
        [
            ({"quantity": "0"}, "/quantity", "not-positive"),
            ({"quantity": "-1"}, "/quantity", "not-positive"),
            ({"price": "0"}, "/price", "not-positive"),
            ({"quantity": "1.123456789"}, "/quantity", "not-a-number"),
            ({"instrument": "XS0000000000"}, "/instrument", "unknown-instrument"),
            ({"counterparty": "NOBODY"}, "/counterparty", "unknown-counterparty"),
            ({"book": "NOWHERE"}, "/book", "unknown-book"),
            ({"currency": "XXZ"}, "/currency", "unknown-currency"),
            ({"traded_at": "2026-12-05T11:00:00+03:00"}, "/traded_at", "in-the-future"),
            ({"traded_at": "2026-11-04T11:00:00+03:00"}, "/traded_at", "venue-closed"),
            ({"traded_at": "2026-11-23T10:15:00"}, "/traded_at", "not-an-instant"),
            ({"traded_at": "yesterday"}, "/traded_at", "not-an-instant"),
            (
                {"settlement": {"date": "2026-11-20"}},
                "/settlement/date",
                "settlement-before-trade",
            ),
            ({"settlement": {"date": "2026-02-30"}}, "/settlement/date", "not-a-date"),
            ({"capacity": "CLIENT", "account": "1"}, "/client", "required"),
            ({"capacity": "CLIENT", "client": "CL-ANNA"}, "/account", "required"),
        ],
    )
    def test_well_formed_and_refused_on_its_own(
        self, api: Any, sample: dict[str, Any], changes: Any, pointer: str, code: str
    ) -> None:
        document = refused(api, sample | changes, 422)
        found = [(p["pointer"], p["code"]) for p in document["errors"]]
        assert (pointer, code) in found
        assert all(p["hint"] for p in document["errors"])

    def test_everything_wrong_is_said_at_once(self, api: Any, sample: dict[str, Any]) -> None:
        changes = {
            "quantity": "0",
            "price": "-1",
            "book": "X",
            "instrument": "X",
            "counterparty": "X",
        }
        document = refused(api, sample | changes, 422)
        assert {p["pointer"] for p in document["errors"]} == {f"/{name}" for name in changes}

    def test_a_body_beyond_all_bounds(self, api: Any, sample: dict[str, Any]) -> None:
        body = sample | {"origin": "x" * (6 * 1024 * 1024)}
        refused(api, body, 413)

    def test_another_media_type_and_no_key(self, api: Any, sample: dict[str, Any]) -> None:
        refused(api, sample, 415, content_type="application/xml")
        refused(api, sample, 400, key="\u0416")

    def test_in_the_readers_language(self, api: Any, sample: dict[str, Any]) -> None:
        caller = api("dealer")
        answer = caller.client.post(
            "/api/v1/deals/", json.dumps(sample | {"quantity": "0"}),
            content_type="application/json",
            headers={
                "Authorization": f"Bearer {caller.key}", "Idempotency-Key": "k",
                "Accept-Language": "ru",
            },
        )  # fmt: skip
        assert "\u043d\u0435" in answer.json()["errors"][0]["detail"]  # «не …»


def test_an_address_that_leads_nowhere_is_a_problem_to_programs_and_a_page_to_people(
    api: Any, client: Any
) -> None:
    answer = api("dealer").post("/deals/D-1/unhold/")
    assert (answer.status_code, answer.json()["code"]) == (404, "no-such-address")
    assert answer["Content-Type"].startswith("application/problem+json")
    assert answer.json()["instance"] == "/api/v1/deals/D-1/unhold/"
    page = client.get("/nowhere/")
    assert page.status_code == 404
    assert page["Content-Type"].startswith("text/html")
