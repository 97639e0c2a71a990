"""A worker that dies in the middle of a load, and several who load or take back one file at once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, transaction
from django.test import Client
from django.utils import timezone

from backoffice.kernel.errors import Broken, Refusal
from deals.importing import loading
from deals.importing.loading import break_off_load, load_import, work_on_load
from deals.importing.models import DealImport, ImportRow
from deals.importing.putting import put_rows
from deals.importing.undoing import request_undo_imports, undo_imports
from deals.models import Deal
from deals.tasks import work_on_imports
from tests.guards.test_rivals import at_once
from tests.importing.loader import BOOK, load_what_files_name
from tests.importing.test_loading import approved, brought, loaded
from tests.instructing import person
from tests.sizes import PATIENCE_SECONDS

pytestmark = pytest.mark.usefixtures("own_database")
ROWS = "".join(f"Buy,GME,{number},14.75,2020-11-25,\n" for number in range(1, 13))


@pytest.fixture(autouse=True)
def _stage(own_database: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even a small file is a worker's, five rows at a time."""
    monkeypatch.setattr(settings, "VAR_DIR", tmp_path)
    monkeypatch.setattr(loading, "CHUNK", 5)
    load_what_files_name()


@pytest.fixture
def loading_file(api: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A file of twelve deals that is about to be loaded by a worker, in a mode."""

    def of(mode: str) -> DealImport:
        approved(api)
        reference = brought(api, ROWS)["reference"]
        monkeypatch.setattr(loading, "SMALL_BYTES", 0)
        answer = loaded(api, reference, mode)
        assert answer.json()["status"] == "LOADING", answer.content
        return DealImport.objects.get(pk=reference.removeprefix("IM-"))

    return of


def quantities() -> list[int]:
    """Of every deal that came of the file."""
    rows = Deal.objects.filter(book__code=BOOK).order_by("id")
    return sorted(int(row.versions.get().quantity) for row in rows)


def killed_at(row: DealImport, number: int, work_on: Callable[[], Any] | None = None) -> None:
    """A worker dies while it writes down what became of a row."""
    died: list[type[BaseException]] = []

    def work() -> None:
        try:
            if work_on is None:
                work_on_load(import_id=row.pk, at=timezone.now())
            else:
                work_on()
        except (InterfaceError, OperationalError) as error:
            died.append(type(error))
        finally:
            connection.close()

    worker = threading.Thread(target=work)
    with transaction.atomic():
        ImportRow.objects.select_for_update().get(deal_import=row, number=number)
        worker.start()
        assert any(_killed_one() for _ in range(int(PATIENCE_SECONDS * 20)))
        worker.join(20)
    assert len(died) == 1


def _killed_one() -> bool:
    """End whoever waits for a lock; within a transaction what is seen of others has to be read anew."""
    time.sleep(0.05)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return bool(cursor.fetchone()[0])


@pytest.mark.parametrize(
    ("mode", "kept"), [("best_effort", 5), ("all_or_nothing", 0)], ids=["best effort", "all"]
)
def test_a_worker_that_dies_leaves_whole_chunks_and_the_next_goes_on(
    loading_file: Any, mode: str, kept: int
) -> None:
    row = loading_file(mode)
    # In the second chunk: the first row of the file is its header.
    killed_at(row, number=8, work_on=work_on_imports)
    assert Deal.objects.filter(book__code=BOOK).count() == kept
    row.refresh_from_db()
    assert (row.state, row.attempts) == ("LOADING", 0 if kept else 1)  # it came further, or did not

    work_on_imports()

    row.refresh_from_db()
    assert (row.state, row.attempts, row.counts["ACCEPTED"]) == ("LOADED", 0, 12)
    assert quantities() == list(range(1, 13))
    assert ImportRow.objects.filter(deal_import=row, deal__isnull=False).count() == 12
    work_on_load(import_id=row.pk, at=timezone.now())
    assert len(quantities()) == 12


def test_a_load_that_was_broken_off_goes_on_without_losing_what_it_took_in(
    api: Any, loading_file: Any
) -> None:
    row = loading_file("best_effort")
    killed_at(row, number=8)
    break_off_load(import_id=row.pk, why={"code": "internal-error"}, at=timezone.now())
    mapped = api("clerk").post(f"/imports/{row}/map/", {"mapping": f"MP-{row.mapping_id}"})
    assert (mapped.status_code, mapped.json()["code"]) == (409, "rows-taken-in")
    with pytest.raises(Broken):
        put_rows(DealImport.objects.get(pk=row.pk), iter(()), None)

    assert loaded(api, str(row), "best_effort").json()["status"] == "LOADING"
    work_on_imports()

    row.refresh_from_db()
    assert (row.state, row.counts["ACCEPTED"]) == ("LOADED", 12)
    assert ImportRow.objects.filter(deal_import=row, deal__isnull=False).count() == 12


def test_what_a_broken_off_load_took_in_is_kept_or_undone_by_two_people(
    api: Any, loading_file: Any
) -> None:
    row = loading_file("best_effort")
    killed_at(row, number=8)
    why = {"code": "internal-error", "detail": "It broke."}
    break_off_load(import_id=row.pk, why=why, at=timezone.now())
    client = Client()
    client.force_login(person("clerk"))
    page: Any = client.get(f"/imports/{row}/")
    assert f"/imports/{row}/request_undo/" in page.content.decode()
    assert f"/imports/{row}/map/" not in page.content.decode()

    def stepped(who: str, step: str) -> str:
        body = {} if step == "undo" else {"reason": "not that book"}
        answer = api(who).post(f"/imports/{row}/{step}/", body)
        assert answer.status_code == 200, answer.content
        return str(answer.json()["status"])

    assert stepped("clerk", "request-undo") == "UNDO_REQUESTED"
    assert stepped("checker", "keep") == "PREVIEWED"
    assert stepped("clerk", "request-undo") == "UNDO_REQUESTED"
    assert stepped("checker", "undo") == "UNDONE"
    states = Deal.objects.filter(book__code=BOOK).values_list("state", flat=True)
    assert list(states) == ["CANCELLED"] * 5


def test_a_file_that_kills_three_workers_is_not_tried_a_fourth_time(loading_file: Any) -> None:
    row = loading_file("all_or_nothing")
    for _ in range(3):
        killed_at(row, number=8, work_on=work_on_imports)

    work_on_imports()

    row.refresh_from_db()
    assert row.why is not None
    assert (row.state, row.why["code"], row.attempts) == ("PREVIEWED", "worker-lost", 0)
    assert quantities() == []


@pytest.mark.parametrize("mode", ["best_effort", "all_or_nothing"])
def test_workers_at_once_load_every_row_once(loading_file: Any, mode: str) -> None:
    row = loading_file(mode)
    at_once(lambda _: work_on_load(import_id=row.pk, at=timezone.now()), 4)
    row.refresh_from_db()
    assert (row.state, row.counts["ACCEPTED"]) == ("LOADED", 12)
    assert quantities() == list(range(1, 13))


def test_who_load_it_at_once_load_it_once(api: Any) -> None:
    approved(api)
    id = int(brought(api, ROWS)["reference"].removeprefix("IM-"))
    clerk = person("clerk")

    def load(_: int) -> str:
        try:
            load_import(import_id=id, mode="best_effort", actor=clerk, at=timezone.now())
        except Refusal as refusal:
            return refusal.code
        return "loaded"

    assert sorted(at_once(load, 4)) == ["loaded"] + ["transition-not-allowed"] * 3
    assert quantities() == list(range(1, 13))

    request_undo_imports(ids=[id], reason="twice", actor=clerk, at=timezone.now()).raise_single()
    checker = person("checker")
    found = at_once(lambda _: undo_imports(ids=[id], actor=checker, at=timezone.now()).done, 4)
    assert sorted(map(len, found)) == [0, 0, 0, 1]
    assert set(Deal.objects.filter(book__code=BOOK).values_list("state", flat=True)) == {
        "CANCELLED"
    }
