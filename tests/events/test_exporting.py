"""The export: what is in it, that it is whole, that a part of it can be verified, and its memory."""

from __future__ import annotations

import json
import tracemalloc
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import msgspec
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection

from backoffice.events.exporting import export_events
from backoffice.events.models import DailyRoot, SequencedEvent
from backoffice.events.roots import root_of
from backoffice.events.verifying import Verifier
from backoffice.kernel.sealing import SEED, canonical
from tests.events.history import make_history
from tests.events.looking import run_tool
from tests.following import number_events

pytestmark = pytest.mark.usefixtures("own_database")
MANY = 20_000
FLAT = 8_000_000  # bytes that Python holds at most; the whole history would be several times that


def rows_in(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_bytes().splitlines()]


class TestExportEvents:
    def test_a_line_is_number_hash_and_the_very_bytes_that_were_hashed(
        self, last: int, file: Path
    ) -> None:

        export_events(file)

        line = file.read_bytes().splitlines()[-1]
        row = json.loads(line)
        assert (row["number"], row["hash"]) == (last, SequencedEvent.objects.get(number=last).hash)
        head = f'{{"number":{last},"hash":"{row["hash"]}","content":'.encode()
        assert line == head + canonical(row["content"]) + b"}"

    def test_roots_stand_behind_the_last_event_of_their_day(self, last: int, file: Path) -> None:

        export_events(file)

        kinds = [("root" in row, row["number"]) for row in rows_in(file)]
        roots = [(True, 4), (True, 9), (True, 9)]
        assert kinds == sorted(
            [(False, n) for n in range(1, last + 1)] + roots, key=lambda k: k[::-1]
        )
        assert [row["root"] for row in rows_in(file) if "root" in row] == list(
            DailyRoot.objects.order_by("day").values_list("root", flat=True)
        )

    def test_a_part_is_verified_from_the_hash_before_it(self, file: Path) -> None:
        make_history()
        out = StringIO()

        call_command("export_events", str(file), "--from", "6", "--until", "11", stdout=out)

        hashes = dict(SequencedEvent.objects.values_list("number", "hash"))
        assert [row["number"] for row in rows_in(file)] == [6, 7, 8, 9, 9, 9, 10, 11]
        assert run_tool(file, "--from-hash", hashes[5], "--expect-last", hashes[11]) == []
        command = f"{file} --from-hash {hashes[5]} --expect-last {hashes[11]}"
        assert out.getvalue().splitlines() == [
            f"6 events, 2 daily roots in {file}", f"verify: python tools/verify_chain.py {command}",
        ]  # fmt: skip
        misfit = "number 6: the hash does not fit the event and the hash before"
        assert run_tool(file, "--from-hash", hashes[4]) == [misfit]
        assert run_tool(file)[0] == "number 6: numbers 1 to 5 are missing"

    def test_a_root_written_anew_in_the_file_is_found(self, last: int, file: Path) -> None:
        """It fits its own day, but neither the root before nor the one behind."""
        export_events(file)
        lines = file.read_bytes().splitlines(keepends=True)
        (place,) = [n for n, line in enumerate(lines) if b'"number":9,"count":5' in line]
        row = json.loads(lines[place])
        anew = root_of(SEED, date.fromisoformat(row["day"]), row["number"], row["hash"])
        lines[place] = msgspec.json.encode(row | {"previous": SEED, "root": anew}) + b"\n"
        file.write_bytes(b"".join(lines))

        told = run_tool(file)

        assert len(told) == 2
        assert all(line.endswith("it was sealed over another root before") for line in told)

    def test_days_before_any_event_are_in_it(self, file: Path) -> None:
        DailyRoot.objects.create(day="2026-01-01", number=0, count=0, hash=SEED, root="a" * 64)
        export_events(file)
        assert [row["number"] for row in rows_in(file)] == [0]
        export_events(file, first=2)
        assert rows_in(file) == []

    def test_an_export_that_breaks_off_leaves_the_older_one(
        self, file: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        make_history()
        file.write_text("older")
        monkeypatch.setattr("backoffice.events.exporting.os.fsync", lambda _: 1 / 0)

        with pytest.raises(ZeroDivisionError):
            export_events(file)

        assert [path.name for path in file.parent.iterdir()] == [file.name]
        assert file.read_text() == "older"

    @pytest.mark.parametrize("arguments", [("--from", "0"), ("--from", "5", "--until", "4")])
    def test_numbers_out_of_order_are_refused(self, arguments: tuple[str, ...], file: Path) -> None:
        with pytest.raises(CommandError, match="begin at 1"):
            call_command("export_events", str(file), *arguments)

    def test_a_folder_that_is_not_there_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(CommandError, match="cannot be written"):
            call_command("export_events", str(tmp_path / "nowhere" / "export.jsonl"))

    def test_many_events_take_no_more_memory(self, file: Path) -> None:
        facts = json.dumps({"text": "x" * 1_000})
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO events_event (kind, subject_type, subject_id, facts)"
                " SELECT 'test.many', 'test', n, %s FROM generate_series(1, %s) n",
                [facts, MANY],
            )
        number_events()
        tracemalloc.start()

        export_events(file)
        assert list(Verifier().problems()) == []

        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert file.stat().st_size > 2 * FLAT
        assert peak < FLAT
        assert run_tool(file) == []
