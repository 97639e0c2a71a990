"""The express road: it takes what is whole and plain, and gives back everything else untouched."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest

from deals.capturing.express import capture_express, read_request
from deals.models import Deal

HEADERS = {"Host": "x", "Authorization": "Bearer k", "Content-Type": "application/json"}


def raw(body: bytes, headers: dict[str, str] | None = None, line: str = "") -> bytes:
    fields = HEADERS | {"Content-Length": str(len(body))} | (headers or {})
    head = [line or "POST /api/v1/deals/ HTTP/1.1", *(f"{n}: {v}" for n, v in fields.items())]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


def test_a_whole_and_plain_request_is_read() -> None:
    posted = read_request(raw(b'{"a": 1}', {"Connection": "Keep-Alive"}))
    assert posted is not None
    assert (posted.body, posted.headers[b"authorization"]) == (b'{"a": 1}', b"Bearer k")


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(raw(b"{}")[:-1], id="not all of the body is there"),
        pytest.param(raw(b"{}") + b"POST", id="the next one has begun"),
        pytest.param(raw(b"{}").partition(b"\r\n\r\n")[0], id="not all of the head"),
        pytest.param(raw(b"{}", line="GET /api/v1/deals/ HTTP/1.1"), id="another method"),
        pytest.param(raw(b"{}", line="POST /api/v1/deals/?x HTTP/1.1"), id="a query"),
        pytest.param(raw(b"{}", line="POST /api/v1/deals/ HTTP/1.0"), id="an older protocol"),
        pytest.param(raw(b"{}", {"Transfer-Encoding": "chunked"}), id="another framing"),
        pytest.param(raw(b"{}", {"Expect": "100-continue"}), id="it waits for a word"),
        pytest.param(raw(b"{}", {"Connection": "close"}), id="it closes"),
        pytest.param(raw(b"{}", {"Cookie": "a=b"}), id="a session"),
        pytest.param(raw(b"{}", {"content-length": "2"}), id="a header twice"),
        pytest.param(raw(b"{}", {"Content-Length": "+2"}), id="a length with a sign"),
        pytest.param(raw(b"{}", {"Bad Name": "x"}), id="a name with a space"),
        pytest.param(raw(b"{}", {"X": "a\r\n folded: b"}), id="a folded line"),
    ],
)
def test_anything_else_is_given_back(other: bytes) -> None:
    assert read_request(other) is None


@pytest.mark.usefixtures("own_database")
class TestCaptureExpress:
    def send(self, api: Any, documents: list[Any], **headers: str) -> list[bytes | None]:
        key = api("dealer").key
        requests = [
            raw(
                document if isinstance(document, bytes) else json.dumps(document).encode(),
                {"Authorization": f"Bearer {key}", "Idempotency-Key": uuid.uuid4().hex} | headers,
            )
            for document in documents
        ]
        return capture_express([(request, "127.0.0.1") for request in requests])

    def test_answers_what_goes_well_and_gives_back_the_rest(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        good, again, large, wrong = (
            sample,
            sample,
            sample | {"external_ref": "L", "quantity": "99999999"},
            sample | {"external_ref": "W", "side": "hold"},
        )
        unknown = sample | {"external_ref": "U", "stage": "executed", "counterparty": "NOBODY"}
        answers = self.send(api, [good, again, large, wrong, b"{", unknown])
        assert [answer is not None for answer in answers] == [True, *[False] * 5]
        head, _, body = (answers[0] or b"").partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 201 Created\r\n")
        document = json.loads(body)
        assert f"Location: /api/v1/deals/{document['reference']}/".encode() in head
        assert f"Content-Length: {len(body)}".encode() in head
        assert Deal.objects.count() == 1

    def test_a_replay_is_the_usual_roads_answer_to_the_byte(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        body = json.dumps(sample).encode()
        first = api("dealer").post("/deals/", body, key="k")
        (again,) = self.send(api, [body], **{"Idempotency-Key": "k"})
        head, _, replayed = (again or b"").partition(b"\r\n\r\n")
        assert replayed == first.content
        assert b"Idempotency-Replayed: true" in head
        (other,) = self.send(api, [sample | {"quantity": "7"}], **{"Idempotency-Key": "k"})
        assert other is None
        assert Deal.objects.count() == 1

    @pytest.mark.parametrize(
        "headers",
        [
            {"Authorization": "Bearer nobody"},
            {"Idempotency-Key": ""},
            {"Idempotency-Key": "a b"},
            {"Content-Type": "text/plain"},
        ],
    )
    def test_no_key_no_capture(
        self, api: Any, sample: dict[str, Any], headers: dict[str, str]
    ) -> None:
        assert self.send(api, [sample], **headers) == [None]
        assert not Deal.objects.exists()

    def test_nobody_without_the_permission(self, api: Any, sample: dict[str, Any]) -> None:
        key = api("auditor").key
        assert self.send(api, [sample], Authorization=f"Bearer {key}") == [None]

    def test_tls_is_insisted_on_where_the_deployment_does(
        self, api: Any, sample: dict[str, Any], settings: Any
    ) -> None:
        settings.SECURE_SSL_REDIRECT = True
        assert self.send(api, [sample]) == [None]
        (answer,) = self.send(api, [sample], **{"X-Forwarded-Proto": "https"})
        assert answer is not None
