"""A program that keeps its connections open: served together, and never answered wrongly."""

from __future__ import annotations

import http.client
import json
import socket
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.live.stack import Stack

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("live")]


def head(stack: Stack, length: int, key: str = "") -> dict[str, str]:
    return {
        "Host": "127.0.0.1", "Authorization": f"Bearer {stack.key_of('dealer')}",
        "Content-Type": "application/json", "Content-Length": str(length),
        "Idempotency-Key": key or uuid.uuid4().hex,
    }  # fmt: skip


def conversation(stack: Stack, documents: list[dict[str, Any]]) -> list[tuple[int, Any]]:
    """The answers to deals sent one after the other over one connection."""
    connection = http.client.HTTPConnection("127.0.0.1", stack.port, timeout=20)
    answers = []
    for document in documents:
        body = json.dumps(document).encode()
        connection.request("POST", "/api/v1/deals/", body, head(stack, len(body)))
        answer = connection.getresponse()
        answers.append((answer.status, json.loads(answer.read())))
    connection.close()
    return answers


def test_good_and_bad_deals_over_kept_connections(stack: Stack, sample: dict[str, Any]) -> None:
    mark = uuid.uuid4().hex[:8]
    stack.key_of("dealer")

    def one(caller: int) -> list[tuple[int, Any]]:
        deals = [
            sample | {"external_ref": f"{mark}-{caller}-{n}", "quantity": "1"} for n in range(6)
        ]
        deals[2] |= {"side": "hold"}
        deals[4] = deals[3]
        return conversation(stack, deals)

    with ThreadPoolExecutor(10) as threads:
        for answers in threads.map(one, range(10)):
            assert [status for status, _ in answers] == [201, 201, 400, 201, 409, 201]
            assert answers[2][1]["errors"][0]["pointer"] == "/side"
            assert answers[4][1]["code"] == "duplicate-deal"
    (row,) = stack.query(f"SELECT count(*) FROM deals_deal WHERE external_ref LIKE '{mark}-%'")
    assert row[0] == 40


def test_a_request_in_pieces_and_two_in_one(stack: Stack, sample: dict[str, Any]) -> None:
    mark = uuid.uuid4().hex[:8]

    def request(number: int) -> bytes:
        body = json.dumps(sample | {"external_ref": f"{mark}-{number}", "quantity": "1"}).encode()
        fields = "".join(f"{n}: {v}\r\n" for n, v in head(stack, len(body)).items())
        return b"POST /api/v1/deals/ HTTP/1.1\r\n" + fields.encode() + b"\r\n" + body

    def answer(reader: Any) -> int:
        status = int(reader.readline().split()[1])
        length = 0
        while (line := reader.readline()) not in (b"\r\n", b""):
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        reader.read(length)
        return status

    with socket.create_connection(("127.0.0.1", stack.port), timeout=20) as connection:
        reader = connection.makefile("rb")
        connection.sendall(request(0))
        assert answer(reader) == 201
        whole = request(1)
        for piece in (whole[:40], whole[40:300], whole[300:]):
            connection.sendall(piece)
        assert answer(reader) == 201
        connection.sendall(request(2) + request(3))
        assert [answer(reader), answer(reader)] == [201, 201]
    with socket.create_connection(("127.0.0.1", stack.port), timeout=20) as connection:
        reader = connection.makefile("rb")
        connection.sendall(request(4))
        assert answer(reader) == 201
        connection.sendall(b"GET /health/live HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        assert answer(reader) == 200
    (row,) = stack.query(f"SELECT count(*) FROM deals_deal WHERE external_ref LIKE '{mark}-%'")
    assert row[0] == 5
