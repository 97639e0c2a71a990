"""Files of reference data on the pages: looked at, confirmed, loaded once, by those who may."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from backoffice.access.models import User
from backoffice.events.models import Event
from refdata import uploads
from refdata.models import FxRate, Upload

pytestmark = pytest.mark.django_db
RATES = b"Date,USD,JPY\n2026-11-20,1.16,180.5\n2026-11-21,abc,181\nsomeday,1,2\n"


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, settings: Any) -> None:
    settings.VAR_DIR = tmp_path


def browser(name: str, language: str = "en") -> Client:
    client = Client(headers={"Accept-Language": language})
    client.force_login(User.objects.get(username=name))
    return client


def look(client: Client, content: bytes, name: str = "rates.csv") -> Upload:
    answer = client.post(reverse("uploads"), {"file": SimpleUploadedFile(name, content)})
    assert answer.status_code == 302
    return Upload.objects.latest("id")


def load(client: Client, upload: Upload, sha256: str = "") -> str:
    address = reverse("upload-load", args=[upload])
    answer = client.post(address, {"sha256": sha256 or upload.sha256}, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_file_is_looked_at_then_loaded_and_the_second_time_adds_nothing() -> None:
    admin = browser("admin")
    upload = look(admin, RATES)
    assert (upload.loader, upload.loaded_at) == ("ecb-rates", None)
    assert not FxRate.objects.filter(source="ECB").exists()
    page = admin.get(reverse("upload", args=[upload])).content.decode()
    assert "Nothing has been loaded yet" in page
    assert "&#x27;abc&#x27; is not a number" in page
    checker = browser("checker")
    load(checker, upload)
    upload.refresh_from_db()
    told = upload.outcome
    assert told is not None
    assert [told[name] for name in ("added", "changed", "unchanged", "wrong")] == [3, 0, 0, 2]
    assert FxRate.objects.filter(source="ECB").count() == 3
    again = look(admin, RATES)
    load(checker, again)
    again.refresh_from_db()
    assert again.outcome is not None
    assert (again.outcome["added"], again.outcome["unchanged"]) == (0, 3)


def test_the_history_says_who_which_file_and_how_many() -> None:
    admin = browser("admin")
    upload = look(admin, RATES)
    load(browser("checker"), upload)
    looked, loaded = Event.objects.filter(subject_type="upload").order_by("id")
    assert (looked.kind, loaded.kind) == ("upload.look", "upload.load")
    assert looked.actor_id == User.objects.get(username="admin").pk
    assert loaded.actor_id == User.objects.get(username="checker").pk
    assert loaded.facts["sha256"] == upload.sha256
    assert (loaded.facts["name"], loaded.facts["added"], loaded.facts["wrong"]) == (
        "rates.csv",
        3,
        2,
    )


def test_only_the_bytes_that_were_shown_are_loaded_and_once() -> None:
    checker = browser("checker")
    upload = look(browser("admin"), RATES)
    assert "hash" in load(checker, upload, sha256="0" * 64)
    kept = uploads.folder() / upload.sha256
    kept.write_bytes(RATES.replace(b"1.16", b"9.99"))
    assert "hash" in load(checker, upload)
    assert not FxRate.objects.filter(source="ECB").exists()
    kept.write_bytes(RATES)
    load(checker, upload)
    assert "was loaded already" in load(checker, upload)
    assert Event.objects.filter(kind="upload.load").count() == 1


def test_whoever_brought_it_does_not_load_it() -> None:
    checker = browser("checker")
    User.objects.get(username="checker").groups.add(Group.objects.get(name="clerk"))
    upload = look(checker, RATES)
    assert "step-load" not in checker.get(reverse("upload", args=[upload])).content.decode()
    assert "You worked on this upload yourself" in load(checker, upload)
    assert not FxRate.objects.filter(source="ECB").exists()
    load(browser("manager"), upload)
    assert FxRate.objects.filter(source="ECB").count() == 3


@pytest.mark.parametrize("name", ["auditor", "dealer"])
def test_others_only_look(name: str) -> None:
    upload = look(browser("admin"), RATES)
    other = browser(name)
    assert 'id="new-upload"' not in other.get(reverse("uploads")).content.decode()
    assert "step-load" not in other.get(reverse("upload", args=[upload])).content.decode()
    file = {"file": SimpleUploadedFile("x", RATES)}
    assert other.post(reverse("uploads"), file).status_code == 403
    assert other.post(reverse("upload-load", args=[upload])).status_code == 403
    assert Upload.objects.count() == 1


def test_a_file_that_cannot_be_read_is_kept_with_its_reason() -> None:
    admin = browser("admin")
    upload = look(admin, b"<!DOCTYPE x><x/>", "odd.xml")
    assert upload.preview["refused"] == "unsafe-xml"
    page = admin.get(reverse("upload", args=[upload])).content.decode()
    assert "declares a document type" in page
    assert "step-load" not in page
    assert "could not be read" in load(browser("checker"), upload)


def test_a_file_that_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "MAX_FILE_BYTES", 10)
    admin = browser("admin")
    answer = admin.post(reverse("uploads"), {"file": SimpleUploadedFile("x", RATES)}, follow=True)
    assert "too large" in answer.content.decode() or "more than 0 MB" in answer.content.decode()
    assert "There is no file" in admin.post(reverse("uploads"), follow=True).content.decode()
    assert Upload.objects.count() == 0
    assert not list(uploads.folder().glob("*"))


def test_the_pages_speak_russian() -> None:
    upload = look(browser("admin"), RATES)
    russian = browser("admin", "ru")
    page = russian.get(reverse("upload", args=[upload])).content.decode()
    assert "Ничего ещё не загружено" in page
    assert "Курсы ЕЦБ" in page
    assert "rates.csv" in russian.get(reverse("uploads")).content.decode()
    assert browser("admin").get(reverse("upload", args=["U-999999"])).status_code == 404
