"""Lists cost the same however many rows they show: the questions asked do not grow with the page."""

from __future__ import annotations

from typing import Any

import pytest

from tests.flows.test_story import settled_sample
from tests.following import follow_events
from tests.questions import questions

pytestmark = pytest.mark.usefixtures("own_database")
LISTS = (
    "/deals/", "/settlements/", "/limits/", "/inbound/", "/ledger/entries/", "/ledger/trial-balance/",
    "/events/", "/positions/", "/lots/",
)  # fmt: skip


def asked(api: Any, path: str, size: int) -> tuple[int, int]:
    """How many rows came, and how many questions they took."""
    with questions() as queries:
        answer = api("auditor").get(path, page_size=size)
    assert answer.status_code == 200, answer.content
    return len(answer.json()["results"]), len(queries)


def test_a_longer_page_asks_no_more_questions(api: Any, sample: dict[str, Any]) -> None:
    settled_sample(api, sample)
    for number in range(7):
        api("dealer").post("/deals/", sample | {"external_ref": f"L-{number}"})
        unknown = {"external_ref": f"U-{number}", "stage": "executed", "counterparty": "NOBODY"}
        api("dealer").post("/deals/", sample | unknown)
    large = {"external_ref": "XL", "stage": "executed", "quantity": "9999999"}
    api("dealer").post("/deals/", sample | large)
    follow_events()
    for path in LISTS:
        api("auditor").get(path, page_size=1)  # what a process remembers is read
        one, many = asked(api, path, 1), asked(api, path, 100)
        assert many[1] <= one[1] + 1, (path, one, many)
        assert many[1] <= 25, path
