"""Importing twice adds nothing: every shared file of banks and of messages, by `take_file` and by other ways."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from backoffice.access.models import User
from backoffice.connectors.confirmations import take_confirmations
from backoffice.connectors.fix_import import import_fix
from backoffice.connectors.receiving.selectors import content_of
from backoffice.connectors.receiving.services import retake_file, take_file
from deals.models import Inbound, ReceivedConfirmation
from tests.connectors.channels.playing import channel, known_to_the_place
from tests.connectors.formats.test_shared_files import FOLDERS, rows
from tests.connectors.receiving.books import CONTENT, EVENT, FILE, changed, look
from tests.connectors.receiving.samples import AT, accounts_of

pytestmark = pytest.mark.django_db
FILES = sorted({row["file"] for row in rows() if row["file"].startswith(FOLDERS)})
FIX = [file for file in FILES if file.startswith("messages/fix/")]
CONFIRMATIONS = [file for file in FILES if file.startswith("messages/confirmations/")]


def test_there_are_files_of_every_kind() -> None:
    assert len(FILES) == 48
    assert (len(FIX), len(CONFIRMATIONS)) == (3, 4)


@pytest.mark.parametrize("through", ["a folder", "the channel of a place"])
@pytest.mark.parametrize("name", FILES)
def test_the_same_file_twice_and_other_bytes_that_say_the_same_add_nothing(
    name: str, through: str, shared_data: Path
) -> None:
    raw = (shared_data / name).read_bytes()
    accounts_of(raw)
    told: dict[str, Any] = {"name": name, "actor": None, "at": AT}
    if through != "a folder":
        known_to_the_place()
        channel("NSD-IN", "IN")
        told["channel"] = "NSD-IN"
    begin = look()
    file = take_file(raw, **told)
    first = look()
    assert content_of(file) == raw
    if file.outcome == "REFUSED":
        assert set(changed(begin, first)) == {FILE, CONTENT, EVENT}

    again = take_file(raw, **told | {"name": "again"})
    assert (again.pk, again.again, look()) == (file.pk, True, first)

    other = take_file(raw + b"\n", **told)
    assert (other.outcome, other.added) == (file.outcome, 0)
    assert other.duplicates == file.added + file.duplicates
    statements = {"reconciliation_statement", "reconciliation_repeatedline"}
    assert set(changed(first, look())) - statements == {FILE, CONTENT, EVENT}

    if file.problems:
        before = look()
        retaken = retake_file(file_id=file.pk, actor=User.objects.get(username="clerk"), at=AT)
        assert retaken.added == file.added
        assert set(changed(before, look())) == {EVENT}


@pytest.mark.parametrize("name", FIX)
def test_a_log_of_trades_twice(name: str, shared_data: Path) -> None:
    raw, clerk = (shared_data / name).read_bytes(), User.objects.get(username="clerk")
    first = import_fix(raw, name=name, actor=clerk, at=timezone.now())
    kept = Inbound.objects.count()
    again = import_fix(raw + b"\n", name="again", actor=clerk, at=timezone.now())
    assert (again.added, again.known) == (0, first.added)
    assert Inbound.objects.count() == kept == first.added


@pytest.mark.parametrize("name", ["messages/confirmations/MT320.txt"])
def test_a_confirmation_twice(name: str, shared_data: Path) -> None:
    raw, clerk = (shared_data / name).read_bytes(), User.objects.get(username="clerk")
    counts = []
    for _ in range(2):
        take_confirmations(raw, source="test", actor=clerk, at=AT)
        counts.append(ReceivedConfirmation.objects.count())
    assert counts[0] == counts[1]
