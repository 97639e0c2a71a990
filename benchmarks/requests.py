"""Requests as bytes, made before the clock starts."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any

from django.conf import settings

from benchmarks.load import written
from benchmarks.stage import ROOT

SAMPLE: dict[str, Any] = {
    "external_ref": "", "product": "equity", "side": "buy", "book": "EQ-RU",
    "counterparty": "999900DEMOBANKONE097", "instrument": "RU0009029540", "quantity": "10",
    "price": "312.45", "currency": "RUB", "traded_at": "2026-11-23T10:15:00+03:00",
    "settlement": {"method": "DVP", "date": None},
}  # fmt: skip


def new_key() -> str:
    from backoffice.access.models import User
    from backoffice.access.services import create_key

    return create_key(user=User.objects.get(username="dealer"), label="bench")[1]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
    return port


def post(path: str, key: str, body: bytes, media_type: str = "application/json") -> bytes:
    head = (
        f"POST /api/v1{path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {key}\r\n"
        f"Content-Type: {media_type}\r\nIdempotency-Key: {uuid.uuid4().hex}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def deal(**more: Any) -> bytes:
    return json.dumps(SAMPLE | {"external_ref": uuid.uuid4().hex} | more).encode()


def send(port: int, connections: int, requests: list[bytes]) -> dict[str, Any]:
    """What the load process saw: seconds, p99_ms, statuses."""
    path = Path(settings.VAR_DIR) / "requests"
    path.write_bytes(written(requests))
    command = [sys.executable, "-m", "benchmarks.load", str(port), str(connections), str(path)]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer
