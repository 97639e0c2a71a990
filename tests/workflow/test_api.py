"""A step names what was looked at: with an old ETag it is not taken."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

pytestmark = pytest.mark.usefixtures("own_database")


def step(api: Any, who: str, path: str, tag: str) -> Any:
    caller = api(who)
    return caller.client.post(
        f"/api/v1{path}", "{}", content_type="application/json",
        headers={
            "Authorization": f"Bearer {caller.key}", "Idempotency-Key": uuid.uuid4().hex,
            "If-Match": tag,
        },
    )  # fmt: skip


def test_an_approval_of_what_has_changed_is_refused(api: Any, sample: dict[str, Any]) -> None:
    deal = api("dealer").post("/deals/", sample).json()["reference"]
    seen = api("checker").get(f"/deals/{deal}/")["ETag"]
    confirmed = api("clerk").post(f"/deals/{deal}/confirm/")
    assert confirmed["ETag"] not in ("", seen)

    late = step(api, "checker", f"/deals/{deal}/approve/", seen)
    assert (late.status_code, late.json()["code"]) == (412, "stale-version")

    tags = f'"other", {confirmed["ETag"]}'
    assert step(api, "checker", f"/deals/{deal}/approve/", tags).status_code == 200


def test_a_key_kept_for_repair_is_answered_once_too(api: Any, sample: dict[str, Any]) -> None:
    unknown = sample | {"stage": "executed", "counterparty": "NOBODY"}
    first = api("dealer").post("/deals/", unknown, key="k")
    again = api("dealer").post("/deals/", unknown, key="k")
    assert (first.status_code, again.status_code) == (202, 202)
    assert again.content == first.content
    assert again["Idempotency-Replayed"] == "true"
    other = api("dealer").post("/deals/", unknown | {"quantity": "5"}, key="k")
    assert other.json()["code"] == "idempotency-key-reused"
