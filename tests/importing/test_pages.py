"""A file of deals on the pages: brought, mapped, previewed, loaded, undone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import translation

from backoffice.access.models import User
from deals.importing import loading
from deals.importing.models import DealImport, ImportMapping
from deals.models import Deal
from deals.tasks import work_on_imports
from tests.importing.loader import BOOK, BROKER, load_what_files_name

pytestmark = pytest.mark.django_db
ROWS = "What,Paper,Count,Price,Day\nKauf,GME,10,14.75,2020-11-25\nKauf,GME,zehn,1,2020-11-25\nZins,,,,\n"
TYPED = {
    "name": "Broker", "stage": "executed", "decimal": ".", "dates": "YYYY-MM-DD", "zone": "UTC",
    "time": "12:00", "rows_columns": "What", "words": "Kauf = equity\nZins = not-a-deal-interest",
    "member-0": "side", "words-0": "Kauf = buy", "member-1": "instrument", "member-2": "quantity",
    "member-3": "price", "member-4": "traded_at", "constants": f"currency = USD\ncounterparty = {BROKER}",
}  # fmt: skip


def seen_as(username: str, language: str = "en") -> Client:
    client = Client()
    client.force_login(User.objects.get(username=username))
    client.cookies["django_language"] = language
    return client


@pytest.fixture(autouse=True)
def _no_language_stays() -> Iterator[None]:
    """A request leaves its language behind in the thread."""
    yield
    translation.deactivate()


@pytest.fixture
def brought(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DealImport:
    monkeypatch.setattr(settings, "VAR_DIR", tmp_path)
    load_what_files_name()
    file = SimpleUploadedFile("list.csv", ROWS.encode())
    answer = seen_as("clerk").post("/imports/", {"file": file, "book": BOOK})
    row = DealImport.objects.get()
    assert answer.headers["Location"] == f"/imports/{row}/"
    return row


def text_of(client: Client, url: str) -> str:
    answer: Any = client.get(url)
    assert answer.status_code == 200, url
    return str(answer.content.decode())


def test_columns_are_mapped_previewed_loaded_and_taken_back(brought: DealImport) -> None:
    clerk, checker, here = seen_as("clerk"), seen_as("checker"), f"/imports/{brought}/"
    assert "Kauf" in text_of(clerk, f"{here}columns/")
    assert clerk.post(f"{here}columns/", TYPED).status_code == 302
    shown = text_of(clerk, here)
    assert "zehn is not a number." in shown
    assert "Interest, no deal" in shown
    mapping = ImportMapping.objects.get()
    assert "counterparty" in text_of(checker, f"/imports/mappings/{mapping}/")
    checker.post(f"/imports/mappings/{mapping}/approve/")

    clerk.post(f"{here}load/", {"mode": "best_effort"})
    deal = Deal.objects.get(book__code=BOOK)
    assert str(deal) in text_of(clerk, here)
    clerk.post(f"{here}request_undo/", {"reason": "wrong"})
    checker.post(f"{here}undo/")
    deal.refresh_from_db()
    assert deal.state == "CANCELLED"
    assert "list.csv" in text_of(clerk, "/imports/")


def test_a_column_gets_another_meaning_for_other_products(brought: DealImport) -> None:
    clerk, here = seen_as("clerk"), f"/imports/{brought}/columns/"
    asked: Any = clerk.post(here, TYPED | {"more": "0"})
    assert asked.status_code == 200
    assert 'name="member-0-1"' in asked.content.decode()
    assert not ImportMapping.objects.exists()

    more = {
        "words": "Kauf = equity\nZins = deposit", "only-0": "equity",
        "member-0-1": "side", "words-0-1": "Zins = place", "only-0-1": "deposit",
    }  # fmt: skip
    assert clerk.post(here, TYPED | more).status_code == 302
    members = ImportMapping.objects.get().document["members"]
    assert [(m["only"], m["values"]) for m in members if m["member"] == "side"] == [
        (["equity"], {"Kauf": "buy"}), (["deposit"], {"Zins": "place"})
    ]  # fmt: skip
    again = text_of(clerk, here)
    assert 'name="only-0-1" value="deposit"' in again
    assert "Nothing gives day_count, rate of deposit yet" in again.replace(
        "rate, day_count", "day_count, rate"
    )


def test_a_mapping_that_does_not_hold_together_stays_typed(brought: DealImport) -> None:
    answer = seen_as("clerk").post(f"/imports/{brought}/columns/", TYPED | {"zone": "Mars/X"})

    assert answer.status_code == 422
    assert "Mars/X is not a time zone." in answer.content.decode()
    assert not ImportMapping.objects.exists()


def test_the_page_of_a_file_at_work_asks_again_and_says_how_far_it_is(
    brought: DealImport, monkeypatch: pytest.MonkeyPatch
) -> None:
    clerk, checker, here = seen_as("clerk"), seen_as("checker"), f"/imports/{brought}/"
    clerk.post(f"{here}columns/", TYPED)
    checker.post(f"/imports/mappings/{ImportMapping.objects.get()}/approve/")
    assert "hx-trigger" not in text_of(clerk, here).partition('id="import"')[2][:200]

    monkeypatch.setattr(loading, "SMALL_BYTES", 0)
    clerk.post(f"{here}load/", {"mode": "best_effort"})
    first = text_of(clerk, here)
    DealImport.objects.update(next_row=2)
    second = text_of(clerk, here)
    assert "hx-trigger" in first.partition('id="import"')[2][:200]
    assert "Rows taken in: 0 of 3." in first
    assert 'value="1"' in second.partition("<progress")[2][:60]
    assert "Good: 1 · For repair: 0 · Refused: 0" in second
    assert f'<a href="{here}">Look again</a>' in second
    assert "Строк принято: 1 из 3." in text_of(seen_as("clerk", "ru"), here)

    work_on_imports()
    assert "hx-trigger" not in text_of(clerk, here).partition('id="import"')[2][:200]


def test_the_pages_speak_russian(brought: DealImport) -> None:
    clerk = seen_as("clerk", "ru")
    clerk.post(f"/imports/{brought}/columns/", TYPED)

    shown = text_of(clerk, f"/imports/{brought}/")
    assert "zehn — не число." in shown
    assert "Проценты, не сделка" in shown
