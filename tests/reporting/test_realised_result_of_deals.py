"""Deals captured, settled and reported: every row equals a plain loop over the deals as they were posted."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from deals.models import Deal as BookedDeal
from ledger.lots.keeping import PoolKey
from ledger.lots.selectors import prove_lots
from reporting.reports.realised_result import REPORT
from reporting.services import verify_run
from settlements.models import Settlement
from tests.flows.market import BANKS, Made, as_ndjson, generate
from tests.flows.stage import set_the_stage, take_them_all_the_way
from tests.following import follow_events
from tests.ledger.lots.market import Deal
from tests.reporting.running import rows_of, run_of
from tests.reporting.test_realised_result_anew import expected, said
from tests.sizes import MANY_DEALS

pytestmark = [pytest.mark.usefixtures("own_database"), pytest.mark.slow]
NAMES = [column.name for column in REPORT.columns]
FROM, UNTIL = date(2026, 11, 1), date(2026, 12, 31)
PARAMETERS = {"realised_from": FROM.isoformat(), "realised_until": UNTIL.isoformat()}


def as_dealt(made: Made, number: int) -> Deal:
    """A deal as it was posted: all at one second, so that its number decides the order."""
    document = made.document
    gross = int(made.quantity * Decimal(document["price"]) * 100)
    fee = (gross * 5 + 5_000) // 10_000
    return Deal(
        number, PoolKey(0, hash(made.owner), hash(made.share)), document["side"] == "buy",
        Decimal(made.quantity), gross, fee, date(2026, 11, 23), 0,
    )  # fmt: skip


def rows_as_dictionaries(run: Any) -> list[dict[str, Any]]:
    return [dict(zip(NAMES, row, strict=True)) for row in rows_of(run)]


def test_the_report_of_settled_deals_is_a_plain_loop_to_the_kopeck(
    api: Any, sample: dict[str, Any]
) -> None:
    market = generate(MANY_DEALS, seed=5, sample=sample)
    set_the_stage(market)
    body = b"".join(as_ndjson(market.deals))
    answer = api("dealer").post("/deals/bulk/", body, content_type="application/x-ndjson")
    assert answer.json()["counts"]["accepted"] == MANY_DEALS
    take_them_all_the_way(api)
    numbers = dict(BookedDeal.objects.values_list("external_ref", "id"))
    deals = [as_dealt(made, numbers[made.document["external_ref"]]) for made in market.deals]
    paid = dict(
        Settlement.objects.filter(settlement="SETTLED").values_list("source_id", "settled_date")
    )
    assert 0 < len(paid) < len(deals)
    assert prove_lots() == []

    run = run_of(REPORT.name, parameters=PARAMETERS)
    rows = rows_as_dictionaries(run)
    assert said(rows) == expected(deals, paid, FROM, UNTIL)  # type: ignore[arg-type]
    assert {row["counted"] for row in rows} == {"OK", "NOT_PAID"}
    same_in_files(api, run, rows)
    unchanged_by_a_late_deal(api, run, sample)


def same_in_files(api: Any, run: Any, rows: list[dict[str, Any]]) -> None:
    def file_of(file_format: str) -> str:
        answer = api("accountant").get(f"/report-runs/{run}/file.{file_format}")
        assert answer.status_code == 200, answer.content
        return b"".join(answer.streaming_content).decode("utf-8-sig")

    assert json.loads(file_of("json")) == rows
    read = list(csv.DictReader(io.StringIO(file_of("csv"))))
    assert [row["result"] for row in read] == [row["result"] or "" for row in rows]


def unchanged_by_a_late_deal(api: Any, run: Any, sample: dict[str, Any]) -> None:
    """A deal of last week, captured today, moves what is matched now, and nothing that was kept."""
    late = sample | {
        "external_ref": "LATE", "stage": "executed", "counterparty": BANKS[0], "quantity": "100",
        "traded_at": "2026-11-20T10:00:00+03:00",
    }  # fmt: skip
    assert api("dealer").post("/deals/", late).status_code == 201
    follow_events()
    assert verify_run(run).equal
    assert rows_as_dictionaries(run_of(REPORT.name, parameters=PARAMETERS)) != rows_as_dictionaries(
        run
    )
    assert prove_lots() == []
