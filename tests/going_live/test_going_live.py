"""Books go on in another installation as they stood in this one: the same reports, cell by cell, on the days after."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from backoffice.access.models import User
from backoffice.going_live.exporting import LaterEntries, SomethingLeft, export_books
from backoffice.going_live.opening import open_books
from ledger.models import JournalEntry
from refdata.models import Entity, Party
from reporting.reports import REPORTS
from settlements.clearing.models import NetObligation
from tests import conftest
from tests.databases import connected_to, number_deals_anew, own_copy
from tests.going_live import another_system
from tests.going_live.fortnight import Fortnight, quotes
from tests.reporting.running import rows_of, run_of

pytestmark = pytest.mark.slow
OPENED = 10  # the day after whose evening the books move
# All but what asks for more than days (of a month, of the year, of a batch), and the work of people, which stays.
ASKED = [
    report for report in REPORTS.values()
    if all(each.kind == "date" for each in report.parameters)
    and report.name not in ("document-register", "productivity")
]  # fmt: skip


@pytest.fixture
def installation(django_db_setup: None, django_db_blocker: Any) -> Any:
    """A copy of the loaded database to live in, again and again a new one."""

    @contextmanager
    def another() -> Iterator[None]:
        with own_copy(conftest._loaded["name"]) as name, connected_to(name, django_db_blocker):
            conftest.forget_everything()
            number_deals_anew()
            quotes()
            yield

    return another


def emptied() -> None:
    """An installation with its reference data and nothing in its books."""
    with connection.cursor() as cursor:
        cursor.execute(
            "TRUNCATE ledger_ledgeraccount, ledger_journalentry, ledger_businessday, ledger_holding"
            " RESTART IDENTITY CASCADE"
        )


def reported(life: Fortnight, number: int) -> dict[str, list[Any]]:
    day = life.days[number].isoformat()
    found = {}
    for report in ASKED:
        parameters = {each.name: day for each in report.parameters}
        run = run_of(report.name, parameters=parameters, entity_id=life.entity.pk)
        found[f"{report.name} of {day}"] = rows_of(run)
    return found


def test_the_books_go_on_elsewhere(installation: Any, tmp_path: Path) -> None:
    folder = tmp_path / "books"
    with installation():
        life = Fortnight(7, api())
        for number in range(OPENED):
            life.live(number)
        export_books([life.entity], day=life.days[OPENED - 1], root=folder, leave=True)
        here: dict[str, list[Any]] = {}
        for number in range(OPENED, 15):
            life.live(number)
            here |= reported(life, number)
    with installation():
        emptied()
        actor = User.objects.get(username="admin")
        day = life.days[OPENED - 1]
        opened = open_books(folder, day=day, actor=actor, at=timezone.now())
        assert opened.deals > 50
        life = Fortnight(7, api())
        there: dict[str, list[Any]] = {}
        for number in range(OPENED, 15):
            life.live(number)
            there |= reported(life, number)
    found = differences(here, there)
    assert not found, "\n".join([f"{len(found)} rows differ", *found])


def differences(here: dict[str, list[Any]], there: dict[str, list[Any]]) -> list[str]:
    """Rows that only one of both has, a line each."""
    found = []
    for name, rows in here.items():
        ours, theirs = ([tuple(row) for row in some] for some in (rows, there[name]))
        if ours != theirs:
            found += [f"{name} here: {row}" for row in ours if row not in theirs]
            found += [f"{name} there: {row}" for row in theirs if row not in ours]
            found += [] if set(ours) != set(theirs) else [f"{name}: the same rows in another order"]
    return found


def api() -> Any:
    """Each installation has keys of its own."""
    known: dict[str, Any] = {}

    def of(name: str) -> Any:
        if name not in known:
            known[name] = conftest.Api(name)
        return known[name]

    return of


def test_a_folder_is_written_again_as_it_was_read(installation: Any, tmp_path: Path) -> None:
    """What another system says is told by us in our words; those come back to the letter, in another installation."""
    with installation():
        emptied()
        old = another_system.write(tmp_path / "old", another_system.files())
        export_of(old, tmp_path / "first", tmp_path / "second")
    with installation():
        emptied()
        export_of(tmp_path / "first", tmp_path / "third")
    written = [contents(tmp_path / name) for name in ("first", "second", "third")]
    assert written[0] == written[1] == written[2]


def export_of(root: Path, *folders: Path) -> None:
    actor, day = User.objects.get(username="admin"), another_system.DAY
    open_books(root, day=day, actor=actor, at=timezone.now())
    for folder in folders:
        export_books([Entity.objects.get(code="RUS")], day=day, root=folder, leave=False)


def contents(root: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in root.iterdir()}


@pytest.mark.usefixtures("day_at_work")
def test_what_no_file_tells_is_left_only_when_that_is_said(
    tmp_path: Path, installation: Any
) -> None:
    """The day of the demonstration, with purchases, claims, nets, differences and more under way: all that a folder
    tells of it can be opened."""
    entities = list(Entity.objects.order_by("code"))
    day = max(JournalEntry.objects.values_list("effective_date", flat=True))
    with pytest.raises(SomethingLeft) as refusal:
        export_books(entities, day=day, root=tmp_path / "books", leave=False)
    assert "netobligation" in refusal.value.filled()
    assert "purchase" in refusal.value.filled()
    with pytest.raises(LaterEntries):
        export_books(entities, day=day - timedelta(days=1), root=tmp_path / "books", leave=True)
    assert list(tmp_path.iterdir()) == []
    counts = export_books(entities, day=day, root=tmp_path / "books", leave=True)
    assert counts["deals.ndjson"] > 50
    left = json.loads((tmp_path / "books" / "books.json").read_text())["left"]
    assert left["netobligation"] > 0
    parties = list(Party.objects.all())
    with installation():
        emptied()
        known = set(Party.objects.values_list("code", flat=True))
        Party.objects.bulk_create(row for row in parties if row.code not in known)
        actor = User.objects.get(username="admin")
        opened = open_books(tmp_path / "books", day=day, actor=actor, at=timezone.now())
        assert opened.deals == counts["deals.ndjson"]
        assert NetObligation.objects.exists()  # netted anew, to be agreed to again
