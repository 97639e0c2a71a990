"""At an outside place a run only sends; SETTLED and its postings come from the place's word alone."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from typing import Any

import pytest

from backoffice.connectors.models import InboundFile
from backoffice.connectors.tasks import exchange_files, exchange_folder
from ledger.models import JournalEntry
from settlements.models import Settlement
from settlements.tasks import continue_runs
from tests.answering import answer_all
from tests.following import follow_events

pytestmark = pytest.mark.usefixtures("own_database", "own_folder")


@pytest.fixture
def own_folder(settings: Any, tmp_path: Any) -> Iterator[None]:
    settings.VAR_DIR = tmp_path
    yield
    shutil.rmtree(tmp_path, ignore_errors=True)


def sent(api: Any, sample: dict[str, Any]) -> str:
    """A deal with the bank that settles at the outside depository, as far as our run takes it."""
    outside = sample | {"counterparty": "999900DEMOBANKTWO062"}
    deal = api("dealer").post("/deals/", outside).json()["reference"]
    api("clerk").post(f"/deals/{deal}/confirm/")
    api("checker").post(f"/deals/{deal}/approve/")
    follow_events()
    (row,) = api("clerk").get("/settlements/", deal=deal).json()["results"]
    api("checker").post(f"/settlements/{row['reference']}/release/")
    api("clerk").post("/settlement-runs/", {"business_date": row["due_date"]})
    continue_runs()
    follow_events()
    exchange_files()
    reference: str = row["reference"]
    return reference


def settled_entries() -> int:
    return JournalEntry.objects.filter(kind="settlement.settle").count()


def test_without_an_answer_nothing_is_settled(api: Any, sample: dict[str, Any]) -> None:
    reference = sent(api, sample)
    row = api("clerk").get(f"/settlements/{reference}/").json()
    assert (row["status"], row["axes"]["transmission"], row["evidence"]) == ("RELEASED", "SENT", [])
    answer_all(withholds=True)
    exchange_files()
    row = api("clerk").get(f"/settlements/{reference}/").json()
    assert (row["status"], row["axes"]["transmission"]) == ("MATCHED", "ACKNOWLEDGED")
    assert settled_entries() == 0


def test_the_answer_settles_and_is_named_as_evidence(api: Any, sample: dict[str, Any]) -> None:
    reference = sent(api, sample)
    answer_all()
    exchange_files()
    row = api("clerk").get(f"/settlements/{reference}/").json()
    assert row["status"] == "SETTLED"
    assert [e["kind"] for e in row["evidence"]] == ["place-message"]
    assert reference in row["evidence"][0]["reference"]
    assert settled_entries() == 1
    assert InboundFile.objects.get().problems == []


def test_the_same_answer_again_settles_nothing_twice(api: Any, sample: dict[str, Any]) -> None:
    sent(api, sample)
    answer_all()
    folder = exchange_folder()
    (answer,) = (folder / "in").glob("*.jsonl")
    content = answer.read_bytes()
    exchange_files()
    (folder / "in" / "again.jsonl").write_bytes(content)
    exchange_files()
    assert InboundFile.objects.count() == 1
    (folder / "in" / "more.jsonl").write_bytes(content + b"{}\n")
    exchange_files()
    assert settled_entries() == 1
    codes = {p["code"] for p in InboundFile.objects.get(name="more.jsonl").problems}
    assert codes == {"transition-not-allowed", "proved-already", "unreadable"}


def test_nobody_settles_what_was_never_sent(api: Any, sample: dict[str, Any]) -> None:
    deal = api("dealer").post("/deals/", sample).json()["reference"]
    api("clerk").post(f"/deals/{deal}/confirm/")
    api("checker").post(f"/deals/{deal}/approve/")
    follow_events()
    row = Settlement.objects.get()
    forged = {
        "reference": str(row), "event": "settled", "message": "m",
        "at": "2026-11-24T10:00:00+03:00",
    }  # fmt: skip
    folder = exchange_folder() / "in"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "forged.jsonl").write_text(json.dumps(forged) + "\n")
    exchange_files()
    row.refresh_from_db()
    assert row.settlement == "PENDING"
    assert InboundFile.objects.get().problems[0]["code"] == "not-sent"
