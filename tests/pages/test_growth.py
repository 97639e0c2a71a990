"""No list asks more, or reads more, when its table is ten times as long.

What a page reads is taken from the plans of its own statements: rows returned and rows thrown away by
filters, at every node.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from backoffice.access.models import User
from backoffice.desk import base, frame, home, totals
from benchmarks.grow import grow
from deals.models import Deal
from tests.flows.test_story import settled_sample
from tests.following import follow_events
from tests.questions import questions
from tests.sizes import LIST_SIZES

pytestmark = [pytest.mark.usefixtures("own_database"), pytest.mark.slow]
MOST_QUERIES = (
    23  # of the page of a settlement, which shows links, parts, advice, sets and explanations
)
COUNTED = 100  # the bound of counting, below both sizes
SLACK = 400  # rows that a plan may read more for other reasons than the table's length
LISTS = (
    "/", "/deals/", "/deals/?status=CAPTURED", "/deals/?status=CANCELLED", "/deals/?instrument=RU0009024277",
    "/deals/?counterparty=999900DEMOBANKTWO0094", "/deals/?book=EQ-EU", "/deals/?trade_date_after=2030-01-01",
    "/deals/?external_ref=nothing", "/settlements/", "/settlements/?status=FAILED",
    "/settlements/?due_date=2030-01-01", "/settlements/?deal=D-1", "/settlements/board/",
    "/settlements/?open=true&waits=CMIS&due_date_before=2030-01-01", "/inbound/", "/inbound/?status=REPLAYED",
    "/events/", "/ledger/entries/", "/work/", "/work/?queue=risk", "/limits/", "/runs/", "/reports/",
    "/reference/parties/", "/search/?q=nothing", "/deals/D-1/", "/settlements/S-1/",
)  # fmt: skip


def read_by(client: Client, address: str) -> tuple[int, int]:
    """How many statements a page takes, and how many rows their plans touch."""
    frame.forget_frames()
    with questions() as captured:
        answer = client.get(address)
    assert answer.status_code == 200, address
    asked = [each["sql"] for each in captured.captured_queries]
    return len(asked), sum(rows_of(sql) for sql in asked if sql.startswith("SELECT"))


def rows_of(sql: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {sql}")
        plan = cursor.fetchone()[0]
    return touched((json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"])


def touched(node: dict[str, Any]) -> int:
    loops = node["Actual Loops"]
    own = node["Actual Rows"] + node.get("Rows Removed by Filter", 0)
    own += node.get("Rows Removed by Index Recheck", 0)
    return int(own * loops) + sum(touched(inner) for inner in node.get("Plans", ()))


def test_no_list_grows_with_its_table(
    api: Any, sample: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (base, totals, home):
        monkeypatch.setattr(module, "COUNTED", COUNTED)
    settled_sample(api, sample)
    api("dealer").post("/deals/", sample | {"external_ref": "R", "stage": "executed", "book": "NO"})
    follow_events()
    client = Client()
    client.force_login(User.objects.get(username="checker"))
    small, large = LIST_SIZES
    grow(small, start=1_000)
    few = {address: read_by(client, address) for address in LISTS}
    grow(large - small, start=1_000 + small)
    assert Deal.objects.count() >= large
    many = {address: read_by(client, address) for address in LISTS}
    assert {a: n for a, (n, _) in many.items() if n > MOST_QUERIES} == {}
    assert {
        a: (few[a], many[a]) for a in LISTS if many[a][0] > few[a][0] + 1
    } == {}  # a version is looked up again after a while
    grown = {a: (few[a][1], many[a][1]) for a in LISTS if many[a][1] > 1.5 * few[a][1] + SLACK}
    assert grown == {}
