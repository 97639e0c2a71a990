"""A large file of deals: its worker dies once between the chunks, and every row ends as one deal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import Count

from deals.importing import services
from deals.importing.models import DealImport, ImportRow
from deals.importing.putting import CHUNK
from deals.models import Deal
from deals.tasks import work_on_imports
from tests.importing.loader import BOOK, load_what_files_name
from tests.importing.test_loading import HEADER, approved, loaded, undone
from tests.importing.test_rivals import killed_at
from tests.sizes import MANY_ROWS


@pytest.mark.slow
@pytest.mark.usefixtures("own_database")
def test_a_large_file_is_loaded_once_though_its_worker_dies_and_taken_back_whole(
    api: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "VAR_DIR", tmp_path)
    load_what_files_name()
    approved(api)
    rows = "".join(f"Buy,GME,{number},14.75,2020-11-25,\n" for number in range(1, MANY_ROWS))
    file = SimpleUploadedFile("large.csv", (",".join(HEADER) + "\n" + rows).encode())
    monkeypatch.setattr(services, "SMALL_BYTES", 0)
    for module in ("loading", "undoing"):
        monkeypatch.setattr(f"deals.importing.{module}.SMALL_BYTES", 0)
    reference = api("clerk").post_file("/imports/", file, book=BOOK).json()["reference"]
    row = DealImport.objects.get(pk=reference.removeprefix("IM-"))

    work_on_imports()
    row.refresh_from_db()
    assert (row.state, row.rows, row.counts["ACCEPTED"]) == ("PREVIEWED", MANY_ROWS, MANY_ROWS - 1)
    assert loaded(api, reference, "best_effort").json()["status"] == "LOADING"
    killed_at(row, number=CHUNK + 1 + (MANY_ROWS - CHUNK) // 2)
    taken = Deal.objects.filter(book__code=BOOK).count()
    assert 0 < taken < MANY_ROWS - 1
    assert taken % CHUNK == 0

    work_on_imports()

    row.refresh_from_db()
    assert (row.state, row.counts["ACCEPTED"]) == ("LOADED", MANY_ROWS - 1)
    assert Deal.objects.filter(book__code=BOOK).count() == MANY_ROWS - 1
    of_rows = ImportRow.objects.filter(deal_import=row, deal__isnull=False)
    assert of_rows.aggregate(n=Count("deal", distinct=True))["n"] == MANY_ROWS - 1

    assert undone(api, reference).json()["status"] == "UNDOING"
    work_on_imports()
    assert Deal.objects.filter(book__code=BOOK, state="CANCELLED").count() == MANY_ROWS - 1
