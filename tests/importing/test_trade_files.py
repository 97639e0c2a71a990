"""The shared files of trades: every row becomes what was written down before the importer was."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.utils import timezone

from backoffice.access.models import User
from backoffice.kernel.errors import Refusal
from deals.importing.judging import Judged, Outcome, Tally, above, judge_rows, mark_known
from deals.importing.mapping import RowReader, header_in
from deals.importing.presets import presets
from deals.importing.reading import read_table
from tests.importing.expectations import Expected, expected_files
from tests.importing.loader import BOOK, load_what_files_name, terms_for

FILES = expected_files()


def told(each: Judged) -> str:
    """The outcome in the words of the file of expectations."""
    return each.outcome if each.outcome == Outcome.ACCEPTED else f"{each.outcome}({each.code})"


def judged_rows(path: Path) -> tuple[int, list[Judged]]:
    """Every row of a file by the mapping that its header is known by, and which row the header is."""
    table = read_table(path.read_bytes(), name=path.name)
    header, signature = header_in(table.rows, presets())
    reader = RowReader(terms_for(presets()[signature]), table.rows[header])
    assert reader.missing() == []
    dealer = User.objects.get(username="dealer")
    below = list(enumerate(table.rows[header + 1 :], start=header + 2))
    rows = [
        *above(table.rows, header),
        *judge_rows(below, reader, book=BOOK, actor=dealer, at=timezone.now()),
    ]
    mark_known(rows, {})
    return header + 1, rows


def test_every_file_of_trades_has_its_lines(shared_data: Path) -> None:
    folder = shared_data / "trades"
    there = {str(path.relative_to(shared_data)) for path in folder.rglob("*") if path.is_file()}

    assert {each.file for each in FILES} == there


@pytest.mark.django_db
def test_every_row_becomes_what_was_written_down(shared_data: Path) -> None:
    load_what_files_name()
    wrong = []
    for expected in FILES:
        wrong += differences(expected, shared_data / expected.file)
    assert wrong == []


def differences(expected: Expected, path: Path) -> list[object]:
    try:
        header, rows = judged_rows(path)
    except Refusal as refusal:
        got = f"REFUSED({refusal.code})"
        return [] if got == expected.outcome else [(expected.file, expected.outcome, got)]
    tally, found = Tally(), {each.number: told(each) for each in rows}
    for each in rows:
        tally.add(each)
    assert header not in found
    assert set(found) == set(range(1, max(found) + 1)) - {header}
    wrong: list[object] = [
        (expected.file, number, expected.rows.get(number), outcome)
        for number, outcome in found.items()
        if expected.rows.get(number) != outcome
    ]
    if expected.rows.keys() - found.keys() or expected.outcome != "ACCEPTED":
        wrong.append((expected.file, "rows that are not there", expected.outcome))
    if tally.sums != expected.sums or tally.counts.get("ACCEPTED", 0) != expected.accepted:
        wrong.append((expected.file, tally.sums, expected.sums, tally.counts))
    return wrong
