"""Trades for regulators: told when they bind, change and end, as they were then; and what they lack."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from refdata.firm_days import firm_day
from reporting.services import verify_run
from tests.flows.corporate_actions import OWN
from tests.following import follow_events
from tests.reporting.running import run_of, told

pytestmark = pytest.mark.usefixtures("own_database")
EXECUTED = {"stage": "executed", "execution": {"venue": "XOFF"}, "trader": "T-7", "uti": "UTI-1"}


def extract(**wanted: str) -> list[dict[str, Any]]:
    run = run_of(
        "regulatory-trades", parameters={"reported_on": firm_day(timezone.now()).isoformat()}
    )
    assert verify_run(run).equal
    return told(run, **wanted)


def trades() -> list[tuple[Any, ...]]:
    names = ("deal", "action", "version", "quantity", "gross", "lacking")
    return [tuple(row[name] for name in names) for row in extract(section="trades")]


def captured(api: Any, sample: dict[str, Any], **more: Any) -> str:
    answer = api("dealer").post("/deals/", sample | more)
    assert answer.status_code == 201, answer.content
    follow_events()
    return str(answer.json()["reference"])


class TestRegulatoryTrades:
    def test_an_executed_deal_is_told_at_once_and_a_proposed_one_when_it_is_agreed(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        executed = captured(api, sample, external_ref="R-1", **EXECUTED)
        proposed = captured(api, sample, external_ref="R-2")
        assert trades() == [(executed, "NEW", "1", "1000", "312450.00", None)]
        api("clerk").post(
            f"/deals/{proposed}/confirm/", {"how": "recorded-call", "evidence": "call 7"}
        )
        assert len(trades()) == 1
        api("checker").post(f"/deals/{proposed}/approve/")
        assert trades()[1] == (proposed, "NEW", "1", "1000", "312450.00", "uti trader venue")
        lacking = [(row["field"], row["count"]) for row in extract(section="lacking")]
        assert lacking == [("trader", "1"), ("uti", "1"), ("venue", "1")]

    def test_what_was_told_stays_and_what_changed_is_told_beside(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        deal = captured(api, sample, external_ref="R-1", **EXECUTED)
        changed = api("clerk").post(
            f"/deals/{deal}/amend/", {"quantity": "900", "reason": "misheard"}
        )
        assert changed.status_code == 200, changed.content
        follow_events()
        assert [each[:5] for each in trades()] == [
            (deal, "NEW", "1", "1000", "312450.00"), (deal, "CHANGED", "2", "900", "281205.00"),
        ]  # fmt: skip
        ended = api("checker").post(f"/deals/{deal}/cancel/", {"reason": "a slip"})
        assert ended.status_code == 200, ended.content
        assert [each[1] for each in trades()] == ["NEW", "CHANGED", "CANCELLED"]

    def test_of_a_client_it_says_whose_and_of_another_day_nothing(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        client = {"book": "EQ-CL", "capacity": "CLIENT", "client": "CL-ANNA", "account": "A-1"}
        captured(api, sample, external_ref="R-1", **EXECUTED, **client)
        (row,) = extract(section="trades")
        assert (row["capacity"], row["client"], row["venue"], row["uti"]) == (
            "CLIENT",
            "CL-ANNA",
            "XOFF",
            "UTI-1",
        )
        assert (row["lei"], row["counterparty_lei"]) == (OWN, sample["counterparty"])
        assert told(run_of("regulatory-trades", parameters={"reported_on": "2026-01-05"})) == []
