"""What goes wrong at a played place by its script: each thing as the market knows it, and nothing for ever but one."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from backoffice.connectors.simulator.place import PlayedPlace
from backoffice.connectors.simulator.script import Fault, Script, Turn, script_in

AT = datetime(2026, 11, 24, 10, tzinfo=UTC)


class Day:
    """A place at which one thing always goes wrong, and what it says cycle by cycle."""

    def __init__(self, folder: Path, fault: Fault) -> None:
        self.folder = folder
        for name in ("out", "in", "answered"):
            (folder / name).mkdir()
        balances = folder / "balances.csv"
        balances.write_text("party,asset,quantity,cycle\nUS,GAZP,1000,\nTHEY,RUB,100000,\n")
        self.place = PlayedPlace(
            folder, "DEPO", balances=balances, script=Script({fault: Turn(1, 1)})
        )

    def instruct(self, reference: str, **more: Any) -> None:
        message = {
            "reference": reference, "function": "NEWM", "owner": "US", "counterparty": "THEY",
            "delivers": True, "isin": "GAZP", "quantity": "101", "amount": "500.05", "currency": "RUB",
            "partial": True,
        } | more  # fmt: skip
        (self.folder / "out" / f"DEPO-{reference}.jsonl").write_text(json.dumps(message) + "\n")

    def cycle(self, *, is_last: bool = False) -> list[str]:
        """What comes, file by file; a line that is no JSON is `?`."""
        known = set((self.folder / "in").iterdir())
        self.place.work(at=AT, is_last=is_last)
        fresh = sorted(set((self.folder / "in").iterdir()) - known)
        return [said(line) for path in fresh for line in path.read_text().splitlines()]


def said(line: str) -> str:
    try:
        told = json.loads(line)
    except ValueError:
        return "?"
    parts = [
        told["event"],
        told.get("quantity", ""),
        *told.get("reasons", ()),
        told.get("matching", ""),
    ]
    return " ".join(filter(None, parts))


SETTLES = ["acknowledged", "matched", "settled"]


@pytest.mark.parametrize(
    ("fault", "first", "second"),
    [
        (Fault.LATE_MATCH, ["acknowledged", "status CMIS NMAT"], ["matched", "settled"]),
        (Fault.CENT, ["acknowledged", "status DMON NMAT"], ["matched", "settled"]),
        (Fault.WRONG_SSI, ["acknowledged", "status SAFE NMAT"], []),
        (Fault.PARTIAL, ["acknowledged", "matched", "settled 50"], ["settled"]),
        (Fault.CLOSED_ACCOUNT, ["rejected"], []),
        (Fault.DUPLICATE_FILE, SETTLES * 2, []),
        (Fault.MALFORMED, ["?", *SETTLES], []),
        (Fault.LOST_FILE, [], []),
    ],
)  # fmt: skip
def test_each_goes_wrong_in_its_way(
    tmp_path: Path, fault: Fault, first: list[str], second: list[str]
) -> None:
    day = Day(tmp_path, fault)
    day.instruct("S-1")
    assert [day.cycle(), day.cycle(), day.cycle()] == [first, second, []]


def test_what_was_lost_comes_with_the_last_cycle(tmp_path: Path) -> None:
    day = Day(tmp_path, Fault.LOST_FILE)
    day.instruct("S-1")
    assert day.cycle() == []
    day.instruct("S-2")
    assert day.cycle() == []
    assert day.cycle(is_last=True) == [*SETTLES, *SETTLES]
    assert day.cycle(is_last=True) == []


def test_what_waits_outlives_the_place(tmp_path: Path) -> None:
    day = Day(tmp_path, Fault.PARTIAL)
    day.instruct("S-1")
    day.cycle()
    day.place = PlayedPlace(tmp_path, "DEPO", balances=tmp_path / "balances.csv")
    assert day.cycle() == ["settled"]
    assert day.place.kept.books.waiting == {}


def test_what_never_matches_is_cancelled(tmp_path: Path) -> None:
    day = Day(tmp_path, Fault.WRONG_SSI)
    day.instruct("S-1")
    day.cycle()
    (tmp_path / "out" / "DEPO-cancel.jsonl").write_text(
        '{"reference": "S-1", "function": "CANC"}\n'
    )
    assert day.cycle() == ["cancelled"]


def test_what_may_not_settle_in_parts_settles_whole(tmp_path: Path) -> None:
    day = Day(tmp_path, Fault.PARTIAL)
    day.instruct("S-1", partial=False)
    assert day.cycle() == SETTLES


class TestTurns:
    def test_come_again_and_again_and_each_kind_counts_its_own(self) -> None:
        script = script_in("late-match=2/5,closed-account=1/2")
        found = [script.of_instruction(n, is_payment=False) for n in range(1, 8)]
        late, closed = Fault.LATE_MATCH, Fault.CLOSED_ACCOUNT
        assert found == [closed, late, closed, None, closed, None, late]
        assert [script.of_instruction(n, is_payment=True) for n in (1, 2)] == [closed, None]
        assert script.of_file(2) is None

    @pytest.mark.parametrize(
        "text", ["late-match", "late-match=3/2", "late-match=0/2", "late-match=x/2", "nothing=1/2"]
    )
    def test_what_is_no_script_is_refused(self, text: str) -> None:
        with pytest.raises(ValueError, match=r"turn|Fault"):
            script_in(text)

    def test_without_a_script_nothing_goes_wrong(self) -> None:
        script = script_in("")
        assert {script.of_instruction(n, is_payment=n % 2 == 0) for n in range(1, 100)} == {None}
