"""`tools/plant_mistakes` by itself: each kind alone is there exactly, everything else is untouched byte for byte."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from backoffice.connectors.formats.cash import CashLine, CashStatement
from backoffice.connectors.formats.holdings import Holdings
from backoffice.connectors.formats.recognising import read_cash, read_securities
from backoffice.connectors.formats.refusing import Refused
from tests.connectors.simulator.market import FORMATS, play_a_day
from tools.plant_mistakes.kinds import FILE_KINDS, HOLDING_KINDS, KINDS, LATE_DAYS, LINE_KINDS
from tools.plant_mistakes.planting import Planter

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The files of a day, as the market wrote them."""
    folder = play_a_day(tmp_path_factory.mktemp("market"))
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture
def place(day: dict[str, bytes], code: str) -> dict[str, bytes]:
    """The files of one place, which has one format."""
    return {name: raw for name, raw in day.items() if name.startswith(code)}


class Planted:
    """What stands in a folder after the mutator was there, and its list."""

    def __init__(self, day: dict[str, bytes], folder: Path, **options: Any) -> None:
        self.before, self.folder = day, folder / "files"
        self.folder.mkdir(parents=True)
        for name, raw in day.items():
            (self.folder / name).write_bytes(raw)
        planter = Planter(self.folder, **({"seed": 7, "share": 0.0} | options))
        self.mistakes = planter.plant()
        planter.write()
        self.after = {path.name: path.read_bytes() for path in self.folder.iterdir()}

    @property
    def changed(self) -> set[str]:
        return {
            n
            for n in self.before.keys() | self.after.keys()
            if self.before.get(n) != self.after.get(n)
        }

    def statements(self, name: str) -> tuple[CashStatement, CashStatement]:
        (before,), (after,) = read_cash(self.before[name]), read_cash(self.after[name])
        return before, after


def shown(line: CashLine) -> tuple[Any, ...]:
    """A line without its place in the file."""
    ours = line.text.split()[0]
    return (line.value_date, line.amount, line.bank_reference or line.our_reference, ours)


def differing(before: CashStatement, after: CashStatement) -> tuple[list[Any], list[Any]]:
    """Which lines are gone, and which are new."""
    was, now = Counter(map(shown, before.lines)), Counter(map(shown, after.lines))
    return sorted((was - now).elements()), sorted((now - was).elements())


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("code", FORMATS)
@pytest.mark.parametrize("kind", LINE_KINDS)
def test_a_line_goes_wrong_and_the_closing_fits_it(
    place: dict[str, bytes], tmp_path: Path, kind: str, seed: int
) -> None:
    planted = Planted(place, tmp_path, kinds=[kind], seed=seed)
    (mistake,) = planted.mistakes
    assert (mistake["kind"], mistake["file"] in planted.changed) == (kind, True)
    assert len(planted.changed) == (2 if kind == "other_account" else 1)
    for name in planted.changed:
        _, after = planted.statements(name)
        assert after.difference == 0
        assert not after.remarks or kind == "late_value"
        told = [line for line in after.lines if line.bank_reference]  # 1C has no field for ours
        assert [line.our_reference for line in told] == [line.text.split()[0] for line in told]
    before, after = planted.statements(mistake["file"])
    gone, new = differing(before, after)
    assert_is(kind, mistake, gone, new)
    assert before.opening == after.opening


def assert_is(kind: str, mistake: dict[str, Any], gone: list[Any], new: list[Any]) -> None:
    """What the list says is what the file says, and nothing else changed."""
    amount = Decimal(mistake.get("amount", "0"))
    if kind in ("missing_line", "other_account"):
        ((_, was, bank, ours),) = gone
        assert (was, bank, ours, new) == (
            amount,
            mistake["bank_reference"],
            mistake["reference"],
            [],
        )
    elif kind in ("extra_line", "twin"):
        ((_, now, bank, ours),) = new
        assert (now, bank, ours, gone) == (
            amount,
            mistake["bank_reference"],
            mistake["reference"],
            [],
        )
    elif kind == "late_value":
        ((was, *same),), ((now, *others),) = gone, new
        assert (now - was, same) == (timedelta(days=LATE_DAYS), others)
    elif kind in ("offsetting", "wrong_owner"):
        assert len(gone) == len(new) == 2
        assert sum(row[1] for row in gone) == sum(row[1] for row in new)
        amounts = {Decimal(line["amount"]) for line in mistake["lines"]}
        assert amounts == {row[1] for row in new}
        if kind == "wrong_owner":
            assert {(row[2], row[3]) for row in gone} != {(row[2], row[3]) for row in new}
            assert {row[3] for row in gone} == {row[3] for row in new}
    else:
        ((day, was, *same),), ((other_day, now, *others),) = gone, new
        assert (day, same, now) == (other_day, others, amount)
        assert was == Decimal(mistake["was"])
        assert now == -was if kind == "wrong_sign" else abs(now - was) == Decimal("0.01")


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("code", FORMATS)
class TestWholeFiles:
    def test_a_closing_does_not_add_up(
        self, place: dict[str, bytes], tmp_path: Path, seed: int
    ) -> None:
        planted = Planted(place, tmp_path, kinds=["wrong_closing"], seed=seed)
        (mistake,) = planted.mistakes
        before, after = planted.statements(mistake["file"])
        assert differing(before, after) == ([], [])
        assert after.difference == Decimal(mistake["amount"]) - Decimal(mistake["was"]) != 0

    def test_an_opening_does_not_continue_and_adds_up(
        self, place: dict[str, bytes], tmp_path: Path, seed: int
    ) -> None:
        planted = Planted(place, tmp_path, kinds=["broken_opening"], seed=seed)
        (mistake,) = planted.mistakes
        before, after = planted.statements(mistake["file"])
        assert before.opening is not None
        assert after.opening is not None
        assert differing(before, after) == ([], [])
        assert after.difference == 0
        assert before.opening.amount != after.opening.amount

    def test_a_file_is_gone(self, place: dict[str, bytes], tmp_path: Path, seed: int) -> None:
        planted = Planted(place, tmp_path, kinds=["missing_statement"], seed=seed)
        assert planted.changed == {planted.mistakes[0]["file"]}
        assert planted.mistakes[0]["file"] not in planted.after

    def test_a_file_is_there_twice(
        self, place: dict[str, bytes], tmp_path: Path, seed: int
    ) -> None:
        planted = Planted(place, tmp_path, kinds=["duplicate_file"], seed=seed)
        (mistake,) = planted.mistakes
        assert planted.changed == {mistake["copy"]}
        assert planted.after[mistake["copy"]] == place[mistake["file"]]

    @pytest.mark.parametrize("kind", ["cut_off", "malformed_line"])
    def test_a_file_cannot_be_read(
        self, place: dict[str, bytes], tmp_path: Path, seed: int, kind: str
    ) -> None:
        planted = Planted(place, tmp_path, kinds=[kind], seed=seed)
        (mistake,) = planted.mistakes
        assert planted.changed == {mistake["file"]}
        with pytest.raises(Refused):
            read_cash(planted.after[mistake["file"]])


def held(raw: bytes) -> dict[tuple[str, str], Decimal]:
    (statement,) = read_securities(raw)
    assert isinstance(statement, Holdings)
    return {(line.account, line.isin): line.quantity.amount for line in statement.lines}


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("kind", HOLDING_KINDS)
def test_a_holding_is_wrong(day: dict[str, bytes], tmp_path: Path, kind: str, seed: int) -> None:
    planted = Planted(day, tmp_path, kinds=[kind], seed=seed)
    (mistake,) = planted.mistakes
    assert planted.changed == {mistake["file"]}
    before, after = held(day[mistake["file"]]), held(planted.after[mistake["file"]])
    differ = {key for key in before if before[key] != after.get(key)}
    if kind == "holding_owner":
        assert differ == {(mistake[side], mistake["isin"]) for side in ("from", "to")}
        assert sum(before.values()) == sum(after.values())
    else:
        assert differ == {(mistake["safe"], mistake["isin"])}
        assert (mistake["safe"], mistake["isin"]) in after or kind == "missing_position"


class TestPlantMany:
    def test_the_same_seed_plants_the_same(self, day: dict[str, bytes], tmp_path: Path) -> None:
        one, two, other = (
            Planted(day, tmp_path / name, share=0.2, seed=seed)
            for name, seed in (("a", 7), ("b", 7), ("c", 8))
        )
        assert (one.after, one.mistakes) == (two.after, two.mistakes)
        assert one.after != other.after

    def test_every_kind_is_there_and_none_undoes_another(
        self, day: dict[str, bytes], tmp_path: Path
    ) -> None:
        planted = Planted(day, tmp_path, share=0.2)
        counts = Counter(each["kind"] for each in planted.mistakes)
        assert set(counts) >= set(KINDS) - {"other_account"}  # which needs two files of a format
        whole = {m["file"] for m in planted.mistakes if m["kind"] in FILE_KINDS}
        assert not whole & {m["file"] for m in planted.mistakes if m["kind"] in LINE_KINDS}
        lines = [
            line["bank_reference"] for m in planted.mistakes for line in m.get("lines", [m])
            if m["kind"] in LINE_KINDS
        ]  # fmt: skip
        assert len(lines) == len(set(lines))
        for name in planted.changed - whole:
            if not name.startswith("again-") and not name.endswith(".fin"):
                before, after = planted.statements(name)
                assert after.difference == 0
                assert differing(before, after) != ([], [])

    def test_it_runs_by_itself(self, day: dict[str, bytes], tmp_path: Path) -> None:
        """Isolated: neither this folder nor anything that is installed is at hand."""
        folder, listed = tmp_path / "files", tmp_path / "list.jsonl"
        folder.mkdir()
        for name, raw in day.items():
            (folder / name).write_bytes(raw)
        done = subprocess.run(
            [sys.executable, "-I", "-S", ROOT / "tools" / "plant_mistakes", folder, "--seed", "7",
             "--share", "0.1", "--list", listed],
            cwd=tmp_path, capture_output=True, text=True, check=True, timeout=60,
        )  # fmt: skip
        told = [json.loads(line) for line in listed.read_text().splitlines()]
        assert done.stdout.startswith(f"{len(told)} mistakes:")
        assert told == Planted(day, tmp_path / "again", share=0.1).mistakes
