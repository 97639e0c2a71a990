"""The pages of statements: bringing a file, its answer, the checks in words, what is wrong with a file."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from backoffice.connectors.models import InboundFile
from reconciliation.models import Statement
from tests.connectors.receiving.samples import LATER, MT940, NUMBER
from tests.pages.test_pages import browser
from tests.reconciliation.accounts import nostro

pytestmark = pytest.mark.django_db


def bring(raw: bytes, who: str = "clerk") -> Any:
    file = SimpleUploadedFile("day.sta", raw)
    return browser(who).post("/reconciliation/", {"file": file})


def page(path: str, who: str = "clerk", **query: str) -> str:
    text: str = browser(who).get(path, query).content.decode()
    return text


def test_a_file_is_brought_and_its_answer_stays_on_the_page() -> None:
    nostro(NUMBER)
    answer = bring(MT940)
    text = answer.content.decode()
    assert answer.status_code == 200
    assert "Read as MT940. Statements: 1; lines: 2, of them new: 2, known before: 0." in text
    assert f"/reconciliation/statements/{Statement.objects.get()}/" in text
    assert "These bytes had come before" in bring(MT940).content.decode()
    (row,) = answer.context["list"].rows
    assert row.reference == str(Statement.objects.get())


def test_what_is_wrong_with_it_stays_on_the_page_with_its_remedy() -> None:
    text = bring(MT940).content.decode()
    assert f"Account {NUMBER} is not among our accounts with banks." in text
    assert "Have the account added to the reference data" in text


def test_only_those_who_may_bring_files_see_the_form() -> None:
    assert 'id="statement-file"' in page("/reconciliation/")
    assert 'id="statement-file"' not in page("/reconciliation/", "auditor")
    assert bring(MT940, "auditor").status_code == 403
    assert browser("dealer").get("/reconciliation/").status_code == 403


def test_a_statement_says_in_words_whether_it_adds_up() -> None:
    nostro(NUMBER)
    bring(MT940 + LATER.replace(b"85000,50", b"85001,50", 1))
    second, first = Statement.objects.order_by("-position")
    text = page(f"/reconciliation/statements/{first}/")
    assert "Opening and lines make the closing." in text
    assert "No statement of this account stands before it." in text
    assert "B778" in text
    text = page(f"/reconciliation/statements/{second}/")
    assert "Does not balance" in text
    assert "−1.00 RUB are not explained" in text
    assert f"It does not open with what {first} closed with: 1.00 RUB are between them." in text


def test_raw_and_understood_stand_side_by_side() -> None:
    nostro(NUMBER)
    bring(MT940)
    address = f"/reconciliation/statements/{Statement.objects.get()}/"
    text = page(address, tab="file")
    assert ":61:2611231123D40000,00NTRF20261123000017//B778" in text
    assert "OPLATA CENNYH BUMAG PO DOGOVORU 17" in text
    assert ":61:" not in page(address)


def test_a_file_with_a_problem_is_taken_in_again_from_its_page() -> None:
    bring(MT940)
    file = InboundFile.objects.get()
    address = f"/reconciliation/files/{file}/"
    text = page(address)
    assert "statement 1" in text
    assert "2 wait behind a problem" in text
    assert 'id="retake"' not in page(address, "auditor")
    nostro(NUMBER)
    browser("clerk").post(f"{address}retake/")
    text = page(address)
    assert "0 wait behind a problem" in text
    assert "Taken in again" in text
    assert f"/reconciliation/statements/{Statement.objects.get()}/" in text
    (row,) = browser("auditor").get("/reconciliation/files/").context["list"].rows
    assert row.reference == str(file)
    assert browser("clerk").get(f"{address}content/").content == MT940


@pytest.mark.parametrize("raw", [b"\x00\xff<script>", "Выписка".encode("cp1251"), b""])
def test_a_file_of_anything_is_shown_as_text(raw: bytes) -> None:
    bring(raw)
    answer = browser("clerk").get(f"/reconciliation/files/{InboundFile.objects.get()}/")
    assert answer.status_code == 200
    assert b"<script>" not in answer.content.partition(b'id="raw"')[2]


def test_things_are_found_by_their_references() -> None:
    nostro(NUMBER)
    bring(MT940)
    for row in (Statement.objects.get(), InboundFile.objects.get()):
        assert str(row) in browser("clerk").get("/find/", {"q": str(row)})["Location"]


def test_where_a_problem_is_is_told_in_russian_too() -> None:
    bring(MT940)
    text = browser("clerk", "ru").get(f"/reconciliation/files/{InboundFile.objects.get()}/")
    assert "выписка 1" in text.content.decode()


def test_in_russian() -> None:
    nostro(NUMBER)
    bring(MT940.replace(b"85000,50", b"85000,51"))
    client = browser("clerk", "ru")
    text = client.get(f"/reconciliation/statements/{Statement.objects.get()}/").content.decode()
    assert "Не сходится" in text
    assert "Не объяснено" in text
    assert "0,01 RUB" in text
