"""A key has so many requests in a minute, is told what is left, and waits for the next minute."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from backoffice.access import rates
from backoffice.access.models import User
from backoffice.access.rates import RateExceeded, count_request
from backoffice.access.services import create_key
from deals.capturing import express
from deals.models import Deal

pytestmark = pytest.mark.usefixtures("own_database")


def test_the_last_one_of_a_minute_goes_and_the_next_one_waits(settings: Any) -> None:
    settings.KEY_REQUESTS_PER_MINUTE = 3
    for _ in range(3):
        count_request(7, 120.0)
    told = rates.left()
    assert told is not None
    assert (told.remaining, told.seconds) == (0, 60)
    with pytest.raises(RateExceeded) as refused:
        count_request(7, 179.5)
    assert refused.value.facts["seconds"] == 1
    count_request(8, 179.5)  # another key has its own
    count_request(7, 180.0)


def test_every_answer_to_a_key_says_what_is_left(api: Any, settings: Any) -> None:
    settings.KEY_REQUESTS_PER_MINUTE = 2
    first = api("clerk").get("/deals/")
    assert first["RateLimit-Policy"] == '"key";q=2;w=60'
    assert first["RateLimit"].startswith('"key";r=1;t=')
    assert api("clerk").get("/limits/")["RateLimit"].startswith('"key";r=0;t=')
    refused = api("clerk").get("/deals/")
    assert (refused.status_code, refused.json()["code"]) == (429, "rate-exceeded")
    assert 1 <= int(refused["Retry-After"]) <= 60
    assert api("dealer").get("/deals/").status_code == 200
    assert "RateLimit" not in Client().get("/health/live")


def test_captures_count_on_both_roads(api: Any, sample: dict[str, Any], settings: Any) -> None:
    settings.KEY_REQUESTS_PER_MINUTE = 2
    assert api("dealer").post("/deals/", sample)["RateLimit"].startswith('"key";r=1;')
    _, key = create_key(user=User.objects.get(username="dealer"), label="lane")
    answers = express.capture_express(
        [(posted(key, sample | {"external_ref": f"X-{n}"}, n), "127.0.0.1") for n in range(3)]
    )
    assert [answer is not None for answer in answers] == [True, True, False]
    assert b'RateLimit: "key";r=1;' in (answers[0] or b"")
    assert Deal.objects.count() == 3
    headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": "k"}
    refused = Client().post(
        "/api/v1/deals/", sample, content_type="application/json", headers=headers
    )
    assert (refused.status_code, refused.json()["code"]) == (429, "rate-exceeded")
    assert "Retry-After" in refused


def posted(key: str, deal: dict[str, Any], number: int) -> bytes:
    body = json.dumps(deal).encode()
    lines = [
        "POST /api/v1/deals/ HTTP/1.1", "Host: localhost", f"Authorization: Bearer {key}",
        f"Idempotency-Key: k-{number}", "Content-Type: application/json", f"Content-Length: {len(body)}",
    ]  # fmt: skip
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body
