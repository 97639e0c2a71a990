"""The played place through its files: each instruction once, each answer once, whenever it was killed."""

from __future__ import annotations

import json
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from backoffice.connectors.simulator import stored
from backoffice.connectors.simulator.place import PlayedPlace
from backoffice.connectors.simulator.terms import Account

AT = datetime(2026, 11, 24, 10, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("out", "in", "answered"):
        (tmp_path / name).mkdir()
    (tmp_path / "balances.csv").write_text(
        "party,asset,quantity,cycle\nUS,GAZP,900,\nTHEY,RUB,100000,\nUS,GAZP,100,3\n"
    )
    return tmp_path


def instruct(folder: Path, *messages: dict[str, Any], name: str = "DEPO-1.jsonl") -> None:
    whole = {
        "function": "NEWM", "owner": "US", "counterparty": "THEY", "delivers": True, "isin": "GAZP",
        "quantity": "1000", "amount": "5000.00", "currency": "RUB", "partial": True, "minimum": "500",
    }  # fmt: skip
    lines = [json.dumps(whole | message) + "\n" for message in messages]
    (folder / "out" / name).write_text("".join(lines))


def place(folder: Path) -> PlayedPlace:
    return PlayedPlace(folder, "DEPO", balances=folder / "balances.csv")


def said(folder: Path, number: int) -> list[dict[str, Any]]:
    path = folder / "in" / f"answer-DEPO-{number:06d}.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def test_it_says_what_the_market_says_part_by_part(folder: Path) -> None:
    instruct(folder, {"reference": "S-1"}, {"reference": "S-2", "quantity": "10"})
    played = place(folder)
    played.work(at=AT)
    assert [(e["reference"], e["event"]) for e in said(folder, 1)] == [
        ("S-1", "acknowledged"), ("S-1", "matched"), ("S-2", "acknowledged"), ("S-2", "matched"),
        ("S-2", "settled"), ("S-1", "settled"), ("S-1", "status"),
    ]  # fmt: skip
    part, status = said(folder, 1)[-2:]
    assert (part["quantity"], part["reason"]) == ("890", "LACK")
    assert (status["settling"], status["matching"], status["reasons"]) == ("PEND", "MACH", ["LACK"])
    assert [path.name for path in (folder / "answered").iterdir()] == ["DEPO-1.jsonl"]


def test_it_is_played_by_a_command(folder: Path) -> None:
    (folder / "market").mkdir()
    (folder / "balances.csv").rename(folder / "market" / "DEPO.balances.csv")
    instruct(folder, {"reference": "S-1", "partial": False})
    call_command("simulate_market", str(folder))
    call_command("simulate_market", str(folder), last=True)
    events = [(each["event"], each.get("settling")) for each in said(folder, 1) + said(folder, 2)]
    assert events == [
        ("acknowledged", None), ("matched", None), ("status", "PEND"), ("status", "PENF"),
    ]  # fmt: skip


def test_its_books_outlive_it_and_what_comes_later_settles_the_rest(folder: Path) -> None:
    instruct(folder, {"reference": "S-1"})
    place(folder).work(at=AT)
    place(folder).work(at=AT)
    assert said(folder, 2) == []
    place(folder).work(at=AT)
    place(folder).work(at=AT)
    (last,) = said(folder, 4)
    assert (last["event"], last.get("quantity")) == ("settled", None)
    kept = stored.read(folder / "places" / "DEPO.json")
    assert kept is not None
    assert kept.books.balances[Account("US", "RUB")] == 5000


def test_killed_before_its_answer_was_written_it_says_the_same(folder: Path) -> None:
    instruct(folder, {"reference": "S-1"})
    place(folder).work(at=AT)
    answer, file = folder / "in" / "answer-DEPO-000001.jsonl", folder / "places" / "DEPO.json"
    text = answer.read_text()
    kept = stored.read(file)
    assert kept is not None
    kept.answer = [
        (f"in/{answer.name}", text)
    ]  # as it stood when the books were kept and nothing was said
    stored.write(file, kept)
    answer.unlink()
    (folder / "answered" / "DEPO-1.jsonl").rename(folder / "out" / "DEPO-1.jsonl")
    place(folder).work(at=datetime(2026, 11, 24, 11, tzinfo=UTC))
    assert answer.read_text() == text
    assert said(folder, 2) == []
    assert list((folder / "out").iterdir()) == []


def test_the_same_instruction_in_another_file_is_the_same(folder: Path) -> None:
    instruct(folder, {"reference": "S-1", "quantity": "10"})
    played = place(folder)
    played.work(at=AT)
    instruct(folder, {"reference": "S-1", "quantity": "10"}, name="DEPO-2.jsonl")
    played.work(at=AT)
    assert said(folder, 2) == []


def test_only_what_is_not_final_is_cancelled(folder: Path) -> None:
    instruct(
        folder, {"reference": "S-1", "quantity": "10"}, {"reference": "S-2", "quantity": "9999"}
    )
    played = place(folder)
    played.work(at=AT)
    cancel = ({"reference": name, "function": "CANC"} for name in ("S-1", "S-2"))
    instruct(folder, *cancel, name="DEPO-2.jsonl")
    played.work(at=AT)
    assert [(e["reference"], e["event"]) for e in said(folder, 2)] == [
        ("S-1", "cancel_denied"), ("S-2", "cancelled"),
    ]  # fmt: skip


def test_at_its_cut_off_it_says_once_a_day_what_fails(folder: Path) -> None:
    instruct(folder, {"reference": "S-1", "partial": False})
    played = place(folder)
    assert not played.is_due(time(16), AT)
    assert played.is_due(time(10), AT)
    played.work(at=AT, is_last=True)
    assert (said(folder, 1)[-1]["settling"], said(folder, 1)[-1]["reasons"]) == ("PENF", ["LACK"])
    assert not place(folder).is_due(time(10), AT)
