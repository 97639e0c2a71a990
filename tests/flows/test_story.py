"""One deal from REST to the report: every step by the person who may take it, nothing simulated."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from typing import Any

import pytest

from backoffice.kernel.decimals import plain
from ledger.folding import fold_postings
from ledger.selectors import prove_movements, trial_balance
from limits.models import Limit
from reporting.tasks import compute_reports
from settlements.tasks import continue_runs
from tests.following import follow_events, until_known

pytestmark = pytest.mark.usefixtures("own_database")


OWN, BANK, SBER = "999900DEMOSEVERRU017", "999900DEMOBANKONE097", "RU0009029540"


def books() -> dict[tuple[str, str, str], Decimal]:
    """What each kind of account of each owner holds, debits less credits."""
    found: dict[tuple[str, str, str], Decimal] = {}
    for line in trial_balance():
        key = (line.kind, line.owner, line.asset)
        found[key] = found.get(key, Decimal(0)) + line.amount
    return found


def settled_sample(api: Any, sample: dict[str, Any]) -> tuple[str, str]:
    """Take the sample deal all the way; return the references of deal and settlement."""
    deal = api("dealer").post("/deals/", sample).json()["reference"]
    api("clerk").post(f"/deals/{deal}/confirm/", {"how": "recorded-call", "evidence": "call 7"})
    api("checker").post(f"/deals/{deal}/approve/")
    follow_events()
    (settlement,) = api("clerk").get("/settlements/", deal=deal).json()["results"]
    reference = settlement["reference"]
    api("checker").post(f"/settlements/{reference}/release/")
    api("clerk").post("/settlement-runs/", {"business_date": settlement["due_date"]})
    continue_runs()
    follow_events()
    return deal, reference


def test_the_sample_is_answered_as_the_interface_promises(api: Any, sample: dict[str, Any]) -> None:
    answer = api("dealer").post("/deals/", sample)
    assert answer.status_code == 201, answer.content
    deal = answer.json()
    assert answer["Location"].endswith(f"/deals/{deal['reference']}/")
    assert deal["status"] == "CAPTURED"
    assert deal["trade_date"] == "2026-11-23"
    assert deal["settlement"] == {"method": "DVP", "date": "2026-11-24"}
    assert deal["gross_amount"] == {"amount": "312450.00", "currency": "RUB"}
    assert deal["net_amount"] == {"amount": "312606.23", "currency": "RUB"}
    assert deal["breaches"] == []
    assert [(row["kind"], row["reserved"]["amount"]) for row in deal["limits"]] == [
        ("DEALER", "312450.00"),
        ("COUNTERPARTY_PRESETTLEMENT", "18747.00"),
    ]
    assert [row["basis"] for row in deal["limits"]] == ["notional", "6 % add-on, DVP"]
    assert deal["next_steps"][0]["action"] == "confirm"
    assert deal["next_steps"][0]["by"] == "2026-11-23T19:00:00+03:00"


def test_a_deal_goes_the_whole_way(api: Any, sample: dict[str, Any]) -> None:
    used_before = dict(Limit.objects.values_list("id", "used"))
    before = books()
    deal, settlement = settled_sample(api, sample)

    shown = api("dealer").get(f"/deals/{deal}/").json()
    assert shown["status"] == "SETTLED"
    found = api("clerk").get(f"/settlements/{settlement}/").json()
    assert found["status"] == "SETTLED"
    assert [e["kind"] for e in found["evidence"]] == ["run"]
    assert dict(Limit.objects.values_list("id", "used")) == used_before
    after = books()
    moved = {key: plain(after[key] - before.get(key, Decimal(0))) for key in after}
    assert {key: amount for key, amount in moved.items() if amount != "0"} == {
        ("POSITION", OWN, SBER): "-1000", ("POSITION", OWN, "RUB"): "312450",
        ("FEES", OWN, "RUB"): "156.23",
        ("HOLDING", OWN, SBER): "1000", ("CASH", OWN, "RUB"): "-312606.23",
        ("HOLDING", BANK, SBER): "-1000", ("CASH", BANK, "RUB"): "312606.23",
        ("SETTLEMENT", BANK, SBER): "1000", ("SETTLEMENT", BANK, "RUB"): "-312606.23",
    }  # fmt: skip
    fold_postings()
    assert prove_movements() == []
    steps = [e["event"] for e in api("auditor").get(f"/deals/{deal}/history/").json()["results"]]
    assert steps == ["deal.capture", "deal.confirm", "deal.approve", "deal.prepare", "deal.settle"]


def test_the_report_shows_the_settled_deal_to_the_kopeck(api: Any, sample: dict[str, Any]) -> None:
    deal, _ = settled_sample(api, sample)
    asked = api("accountant").post(
        "/reports/settled-deals/runs/",
        {"parameters": {"settled_from": "2026-11-01", "settled_until": "2027-01-31"}},
    )
    assert asked.status_code == 202, asked.content
    until_known()
    compute_reports()
    run = api("accountant").get(f"/report-runs/{asked.json()['reference']}/").json()
    assert run["status"] == "COMPLETED", run
    content = api("accountant").get(f"/report-runs/{run['reference']}/file.csv").getvalue()
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    assert run["row_count"] == len(rows) == 1
    assert rows[0]["deal"] == deal
    assert rows[0]["net_amount"] == "312606.23"
    assert rows[0]["fees"] == "156.23"
    assert rows[0]["market_value"] == "312450.00"
    verified = api("accountant").post(f"/report-runs/{run['reference']}/verify/").json()
    assert verified == {
        "equal": True, "stored_sha256": run["sha256"], "recomputed_sha256": run["sha256"],
        "sealed_sha256": run["sha256"], "file_sha256": run["sha256"], "differences": [],
    }  # fmt: skip


def test_the_report_is_the_same_after_more_has_happened(api: Any, sample: dict[str, Any]) -> None:
    settled_sample(api, sample)
    period = {"settled_from": "2026-11-01", "settled_until": "2027-01-31"}
    asked = api("accountant").post("/reports/settled-deals/runs/", {"parameters": period})
    until_known()
    compute_reports()
    settled_sample(api, sample | {"external_ref": "FO-2", "side": "sell"})
    verified = api("accountant").post(f"/report-runs/{asked.json()['reference']}/verify/").json()
    assert verified["equal"]
