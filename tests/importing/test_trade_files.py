"""The shared files of trades: every row becomes what was written down before the importer was, and only once."""

from __future__ import annotations

from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from backoffice.access.models import User
from deals.importing.loading import load_import
from deals.importing.mapping import header_in
from deals.importing.mappings import approve_mappings, propose_mapping
from deals.importing.models import DealImport
from deals.importing.presets import presets
from deals.importing.reading import LOOKED_AT, NotATable, read_table
from deals.importing.services import map_import, receive_import
from deals.models import Deal, Inbound
from tests.importing.expectations import Expected, expected_files
from tests.importing.loader import BOOK, document_for, load_what_files_name

FILES = expected_files()


def brought(path: Path) -> DealImport:
    clerk = User.objects.get(username="clerk")
    return receive_import(
        name=path.name, pieces=[path.read_bytes()], book=BOOK, actor=clerk, at=timezone.now()
    )


def approve_presets_for(path: Path) -> None:
    """The known format of a file, proposed by one person and approved by another."""
    with path.open("rb") as file:
        rows = list(islice(read_table(file, name=path.name).rows, LOOKED_AT))
    header, signature = header_in(rows, presets())
    clerk, checker = (User.objects.get(username=name) for name in ("clerk", "checker"))
    preset, at = presets()[signature], timezone.now()
    row = propose_mapping(
        book=BOOK, name=preset.title, header=rows[header], document=document_for(preset),
        actor=clerk, at=at,
    )  # fmt: skip
    approve_mappings(ids=[row.pk], actor=checker, at=at).raise_single()


def test_every_file_of_trades_has_its_lines(shared_data: Path) -> None:
    folder = shared_data / "trades"
    there = {str(path.relative_to(shared_data)) for path in folder.rglob("*") if path.is_file()}

    assert {each.file for each in FILES} == there


@pytest.mark.django_db
@pytest.mark.parametrize("expected", FILES, ids=lambda each: Path(each.file).name)
def test_every_row_becomes_what_was_written_down_and_nothing_twice(
    expected: Expected, shared_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "VAR_DIR", tmp_path)
    load_what_files_name()
    path = shared_data / expected.file
    try:
        approve_presets_for(path)
    except NotATable:
        refused = brought(path)
        assert refused.why is not None
        assert (refused.state, f"REFUSED({refused.why['code']})") == (
            "UNREADABLE",
            expected.outcome,
        )
        return

    first = brought(path)
    assert (first.state, told(first), sums_of(first)) == ("PREVIEWED", expected.rows, expected.sums)
    assert not Deal.objects.filter(book__code=BOOK).exists()
    loaded(first)
    assert (first.state, told(first), sums_of(first)) == ("LOADED", expected.rows, expected.sums)
    taken = first.file_rows.filter(deal__isnull=False).count()
    assert taken == expected.accepted == Deal.objects.filter(book__code=BOOK).count()
    waiting = sum(outcome.startswith("REPAIR") for outcome in expected.rows.values())
    assert Inbound.objects.filter(source="IMPORT RUS").count() == waiting

    again = brought(path)
    loaded(again)
    assert again.counts["ACCEPTED"] + again.counts["REPAIR"] == 0
    assert Deal.objects.filter(book__code=BOOK).count() == taken


def loaded(row: DealImport) -> None:
    clerk = User.objects.get(username="clerk")
    load_import(import_id=row.pk, mode="best_effort", actor=clerk, at=timezone.now())
    row.refresh_from_db()


def told(row: DealImport) -> dict[int, str]:
    """The outcomes in the words of the file of expectations."""
    rows = row.file_rows.values_list("number", "outcome", "code")
    return {
        n: outcome if outcome == "ACCEPTED" else f"{outcome}({code})" for n, outcome, code in rows
    }


def sums_of(row: DealImport) -> dict[str, Any]:
    return {name: Decimal(amount) for name, amount in row.sums.items()}


@pytest.mark.django_db
def test_a_file_without_a_mapping_asks_for_one_and_is_previewed_by_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "VAR_DIR", tmp_path)
    path = tmp_path / "list.csv"
    path.write_text("Was,Wieviel\nKauf,1\n", encoding="utf-8")
    load_what_files_name()
    clerk = User.objects.get(username="clerk")

    row = brought(path)
    assert (row.state, row.header, row.header_row) == ("UNMAPPED", ["Was", "Wieviel"], 1)
    mapping = propose_mapping(
        book=BOOK, name="List", header=row.header, actor=clerk, at=timezone.now(),
        document={"rows": {"otherwise": "not-a-deal-order"}, "members": []},
    )  # fmt: skip
    map_import(import_id=row.pk, mapping=str(mapping), actor=clerk, at=timezone.now())

    row.refresh_from_db()
    assert (row.state, told(row)) == ("PREVIEWED", {2: "REFUSED(not-a-deal-order)"})
