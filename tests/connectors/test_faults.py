"""Killed around the place's word: the instruction goes out once, its evidence counts once, nothing is lost."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from backoffice.connectors.models import InboundFile, OutboundMessage
from backoffice.connectors.tasks import exchange_files, exchange_folder
from ledger.models import JournalEntry
from ledger.selectors import trial_balance
from settlements.models import Settlement
from settlements.tasks import continue_runs
from tests.answering import answer_all
from tests.dying import die_at
from tests.following import follow_events

pytestmark = pytest.mark.usefixtures("own_database")


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Any) -> None:
    settings.VAR_DIR = tmp_path


@pytest.fixture
def queued(api: Any, sample: dict[str, Any]) -> Settlement:
    """Sent by a run; its message is a row that no file holds yet."""
    outside = sample | {"counterparty": "999900DEMOBANKTWO062"}
    deal = api("dealer").post("/deals/", outside).json()["reference"]
    api("clerk").post(f"/deals/{deal}/confirm/")
    api("checker").post(f"/deals/{deal}/approve/")
    follow_events()
    row = Settlement.objects.get()
    api("checker").post(f"/settlements/{row}/release/")
    api("clerk").post("/settlement-runs/", {"business_date": row.due_date.isoformat()})
    continue_runs()
    follow_events()
    return row


def settled_once(row: Settlement) -> None:
    row.refresh_from_db()
    assert row.settlement == "SETTLED"
    assert row.evidence.count() == 1
    entries = JournalEntry.objects.filter(kind="settlement.settle", source_id=row.pk)
    assert entries.count() == 1
    sums: dict[str, Decimal] = {}
    for line in trial_balance():
        sums[line.asset] = sums.get(line.asset, Decimal(0)) + line.amount
    assert set(sums.values()) == {Decimal(0)}


def test_between_the_file_and_its_row(queued: Settlement) -> None:
    die_at("file.written", exchange_files)
    assert OutboundMessage.objects.filter(written_at=None).count() == 1
    exchange_files()
    assert len(list((exchange_folder() / "out").glob("*.jsonl"))) == 1
    answer_all()
    exchange_files()
    settled_once(queued)


@pytest.mark.parametrize(("point", "known"), [("evidence.read", 0), ("evidence.committed", 1)])
def test_before_and_after_the_evidence_is_kept(queued: Settlement, point: str, known: int) -> None:
    exchange_files()
    answer_all()
    die_at(point, exchange_files)
    assert InboundFile.objects.count() == known
    assert JournalEntry.objects.filter(kind="settlement.settle").count() == known
    exchange_files()
    exchange_files()
    settled_once(queued)
    assert InboundFile.objects.count() == 1
    assert list((exchange_folder() / "in").glob("*.jsonl")) == []
