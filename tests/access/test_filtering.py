"""A query that cannot be read is refused with what is wrong, instead of answered with other rows."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("status=NO-SUCH", {"/status"}),
        ("trade_date_after=yesterday&status=CAPTURED", {"/trade_date_after"}),
        ("status=X&trade_date_after=Y", {"/status", "/trade_date_after"}),
    ],
)
def test_what_cannot_be_read_is_named(api: Any, query: str, names: set[str]) -> None:
    answer = api("clerk").get(f"/deals/?{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, "wrong-filter")
    assert {each["pointer"] for each in answer.json()["errors"]} == names
    assert all(each["detail"] for each in answer.json()["errors"])
