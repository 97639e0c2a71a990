"""Whoever owns the tables can change them; every change is found inside and outside of the database."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from backoffice.events.models import DailyRoot, Event, SequencedEvent
from tests.events.history import record
from tests.events.looking import found_inside, found_outside, run_tool
from tests.events.tampering import (
    cut_from,
    event_at,
    insert_event_at,
    orphan_number,
    run,
    seal_anew,
    swap_numbers,
)
from tests.following import number_events

pytestmark = pytest.mark.usefixtures("own_database")
MISFIT = "the hash does not fit the event and the hash before"


class TestVerifyHistory:
    def test_a_clean_history_passes_inside_and_outside(self, last: int, file: Path) -> None:
        seal = SequencedEvent.objects.get(number=last).hash
        root = DailyRoot.objects.latest("day")
        out = StringIO()

        call_command("verify_events", "--expect", root.root, "--expect", seal, stdout=out)

        assert out.getvalue().splitlines() == [
            f"3 daily roots, the last of {root.day}: {root.root}",
            f"OK: {last} events, last hash {seal}",
        ]
        notes = ("--expect-last", seal, "--expect", root.root, "--expect", seal)
        assert found_outside(file, *notes) == []

    def test_it_goes_on_passing_while_events_wait_for_their_number(self, last: int) -> None:
        record("test.wait", {})
        assert found_inside() == []

    def test_a_problem_makes_the_command_fail(self, last: int) -> None:
        run(f"UPDATE events_event SET reason = 'other' WHERE id = {event_at(3)}")
        out = StringIO()
        with pytest.raises(CommandError, match=f"1 problems in {last} events"):
            call_command("verify_events", stdout=out)
        assert out.getvalue() == f"number 3: {MISFIT}\n"

    @pytest.mark.parametrize(
        "change",
        [
            "facts = jsonb_set(facts, '{aa}', '2')", "facts = facts || '{\"more\": null}'",
            "recorded_at = recorded_at + interval '1 microsecond'", "kind = 'test.other'",
            "subject_id = 2", "entity_id = 1", "source = 'A'", "target = 'B'", "reason = 'Почему'",
            "actor_id = (SELECT min(id) FROM access_user)", "subject_type = 'other'",
        ],
    )  # fmt: skip
    def test_a_changed_column_is_found(self, change: str, last: int, file: Path) -> None:
        run(f"UPDATE events_event SET {change} WHERE id = {event_at(last)}")
        assert found_inside() == [f"number {last}: {MISFIT}"]
        assert found_outside(file) == [f"number {last}: {MISFIT}"]

    def test_a_deleted_event_leaves_a_gap(self, last: int, file: Path) -> None:
        gone = SequencedEvent.objects.get(number=3).event_id
        run(
            "DELETE FROM events_sequence WHERE number = 3",
            f"DELETE FROM events_event WHERE id = {gone}",
        )
        assert found_inside() == ["number 4: numbers 3 to 3 are missing"]
        assert found_outside(file) == ["number 4: numbers 3 to 3 are missing"]

    def test_a_number_without_its_event_is_found(self, last: int, file: Path) -> None:
        orphan_number(3)
        assert found_inside() == ["number 3: its event is gone"]
        assert found_outside(file) == ["number 4: numbers 3 to 3 are missing"]

    @pytest.mark.parametrize("hashes", ["move along", "stay"])
    def test_swapped_numbers_are_found(self, hashes: str, last: int, file: Path) -> None:
        swap_numbers(3, 5, hashes_stay=hashes == "stay")

        inside, outside = found_inside(), found_outside(file)

        for lines in (inside, outside):
            assert {f"number 3: {MISFIT}", f"number 5: {MISFIT}"} <= set(lines)
        assert "number 4: it was committed before the number before it" in inside

    def test_an_event_put_between_is_found(self, last: int, file: Path) -> None:
        """Numbers behind it moved on, its own hash computed over the one before."""
        insert_event_at(6)

        assert found_inside()[0] == f"number 7: {MISFIT}"
        assert found_outside(file)[0] == f"number 7: {MISFIT}"

    def test_an_event_put_in_without_a_number_is_found(self, last: int, file: Path) -> None:
        """It is in no export: without a number nobody has read it."""
        run(
            "INSERT INTO events_event (tx, kind, subject_type, subject_id)"
            f" SELECT tx, 'test.sneak', 'test', 1 FROM events_event WHERE id = {event_at(6)}"
        )
        sneaked = Event.objects.get(kind="test.sneak").pk

        assert found_inside() == [
            f"event {sneaked}: it has no number, and is older than the horizon"
        ]
        assert found_outside(file) == []

    def test_a_changed_transaction_is_found_where_it_changes_the_order(self, last: int) -> None:
        run(f"UPDATE events_event SET tx = 1 WHERE id = {event_at(6)}")
        assert found_inside() == ["number 6: it was committed before the number before it"]

    def test_a_changed_hash_is_found(self, last: int, file: Path) -> None:
        run(f"UPDATE events_sequence SET hash = '{'a' * 64}' WHERE number = 6")
        for lines in (found_inside(), found_outside(file)):
            assert lines == [f"number 6: {MISFIT}", f"number 7: {MISFIT}"]


class TestVerifyTail:
    def test_a_tail_cut_before_a_root_is_found_by_the_root(self, last: int, file: Path) -> None:
        cut_from(8)

        day = DailyRoot.objects.order_by("day")[1].day
        missing = f"root of {day}, number 9: the chain stands at number 7"
        assert missing in found_inside()
        assert missing in found_outside(file)

    def test_a_tail_cut_behind_the_roots_is_found_by_watermark_or_note(
        self, last: int, file: Path
    ) -> None:
        noted = SequencedEvent.objects.get(number=last).hash
        cut_from(11)

        nowhere = f"noted hash {noted}: it is nowhere in"
        inside = f"number 10: the last one; there were {last} at the last watermark"
        assert found_inside() == [inside]
        assert found_inside(noted) == [inside, f"{nowhere} the chain"]
        assert found_outside(file) == []
        assert run_tool(file, "--expect", noted) == [f"{nowhere} this file"]
        assert run_tool(file, "--expect-last", noted) == [
            f"number 10: the last one; its hash is not {noted}"
        ]

    def test_a_tail_cut_and_grown_again_is_found_by_the_root(self, last: int, file: Path) -> None:
        cut_from(8)
        for _ in range(8):
            record("test.again", {})
        number_events()

        day = DailyRoot.objects.order_by("day")[1].day
        other = f"root of {day}, number 9: the chain has another hash there"
        assert other in found_inside()
        assert other in found_outside(file)

    def test_a_history_sealed_anew_is_found_by_a_note_alone(self, last: int, file: Path) -> None:
        """Whoever owns everything can make it agree with itself, but not with what was kept elsewhere."""
        hashes = [SequencedEvent.objects.get(number=last).hash]
        roots = [DailyRoot.objects.latest("day").root]
        run(f"UPDATE events_event SET reason = 'other' WHERE id = {event_at(3)}")
        seal_anew()

        assert found_inside() == found_outside(file) == []
        for noted in hashes + roots:
            assert found_inside(noted) == [f"noted hash {noted}: it is nowhere in the chain"]
            assert run_tool(file, "--expect", noted) == [
                f"noted hash {noted}: it is nowhere in this file"
            ]


class TestVerifyRoots:
    @pytest.mark.parametrize(
        ("change", "told"),
        [
            (f"root = '{'a' * 64}'", "the root does not fit its day and the root before"),
            ("number = 8", "the chain has another hash there"),
            (f"hash = '{'a' * 64}'", "the chain has another hash there"),
            ("count = 4", "a count of 4 does not lead there"),
            ("day = day - 100", "the root does not fit its day and the root before"),
        ],
    )
    def test_a_changed_root_is_found(self, change: str, told: str, last: int, file: Path) -> None:
        day = DailyRoot.objects.order_by("day")[1].day
        run(f"UPDATE events_dailyroot SET {change} WHERE day = '{day}'")

        for lines in (found_inside(), found_outside(file)):
            assert any(line.startswith("root of ") and line.endswith(told) for line in lines), lines

    def test_a_deleted_root_is_found(self, last: int, file: Path) -> None:
        first, second, third = DailyRoot.objects.order_by("day")
        run(f"DELETE FROM events_dailyroot WHERE day = '{second.day}'")

        missing = f"root of {third.day}, number 9: the root before is of {first.day}"
        assert missing in found_inside()
        assert missing in found_outside(file)
