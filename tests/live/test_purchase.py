"""Shares are bought from an individual at the desk: the whole pack of documents, in both languages."""

from __future__ import annotations

import io
import uuid
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from pypdf import PdfReader

from tests.live.people import CHROMIUM, People
from tests.live.stack import wait_for
from tests.live.test_browser import wait_for_state

pytestmark = [
    pytest.mark.live,
    pytest.mark.xdist_group("live"),
    pytest.mark.skipif(not CHROMIUM, reason="no Chromium here: apt-get install chromium"),
]
NAMES = {"en": "Vera Sidorova", "ru": "Сидорова Вера Алексеевна"}
AMOUNTS = {"en": "312,450.00", "ru": "312 450,00"}


def text_of(content: bytes) -> str:
    pages = PdfReader(io.BytesIO(content)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def type_it(page: Any, reference: str) -> str:
    """The dealer types the purchase; the address of its checklist."""
    page.goto("/deals/new/")
    page.select_option('#new-deal [name="product"]', "individual_purchase")
    typed = {
        "instrument": "RU0009029540", "quantity": "1000", "price": "312.45", "book": "EQ-RU",
        "counterparty": "FL-SIDOROVA", "external_ref": reference, "payment_date": "2026-11-26",
        "traded_at": "2026-11-23T10:15:00",
    }  # fmt: skip
    for name, value in typed.items():
        page.fill(f'#new-deal [name="{name}"]', value)
    page.click("#new-deal button.primary")
    page.wait_for_selector('[data-state="CAPTURED"]')
    return str(page.url)


def begun(page: Any, deal: str) -> str:
    """Look again until a worker has begun the checklist of the deal; its address."""
    row = f'tbody tr:has(a[href$="{urlsplit(deal).path}"]) a.mono >> nth=0'

    def there() -> bool:
        page.goto("/purchases/")
        return bool(page.locator(row).count())

    wait_for(there, seconds=20, what=f"a checklist of {deal}")
    page.click(row)
    return str(page.url)


def issue(page: Any, checklist: str, step: str, *, amount: bool) -> str:
    """The clerk issues a document in both languages, and opens each; the page of the Russian one."""
    for language in ("en", "ru"):
        page.goto(checklist)
        page.click(f'#issue-{step} button[value="{language}"]')
        page.wait_for_selector("#file")
        file = page.request.get(page.get_attribute("#file", "href"))
        told = text_of(file.body())
        assert NAMES[language] in told
        assert not amount or AMOUNTS[language] in told
    return str(page.url)


# By the firm's clock, which its documents are dated by.
TODAY = "new Date().toLocaleDateString('sv', {timeZone: 'Europe/Moscow'})"


def sign(clerk: Any, checker: Any, document: str, scan: Path) -> None:
    clerk.goto(document)
    clerk.set_input_files("#f-file", str(scan))
    clerk.fill("#f-signed", clerk.evaluate(TODAY))
    clerk.click("#sign button")
    checker.goto(document)
    checker.click("#step-accept button")
    checker.wait_for_selector('#head [data-state="SIGNED"]')


def step(page: Any, checklist: str, name: str, state: str) -> None:
    page.goto(checklist)
    page.click(f"#step-{name} button")
    wait_for_state(page, state)


def settle(clerk: Any, checker: Any, checklist: str, which: str, day: str) -> None:
    """Released by the checker, sent by a run, and final by the word of the place."""
    checker.goto(checklist)
    checker.click(f'dt:has-text("{which}") + dd a.mono')
    checker.click("#step-release button")
    checker.wait_for_selector("#step-release", state="detached")
    clerk.goto("/runs/")
    clerk.fill("#f-date", day)
    clerk.click("#step-run button")
    clerk.wait_for_selector('#run [data-state="COMPLETED"]')
    wait_for_state(checker, "SETTLED")


def test_shares_are_bought_from_an_individual_with_the_whole_pack(
    open_as: People, tmp_path: Path
) -> None:
    scan = tmp_path / "signed.pdf"
    scan.write_bytes(b"%PDF-1.7 a scan")
    dealer, clerk, checker = open_as("dealer"), open_as("clerk"), open_as("checker")
    deal = type_it(dealer, f"FL-{uuid.uuid4().hex[:8]}")

    checklist = begun(clerk, deal)
    assert clerk.locator("#point-identify[data-step=NEXT]").count() == 1
    step(clerk, checklist, "identify", "IDENTIFIED")
    step(clerk, checklist, "screen", "SCREENED")
    assert clerk.locator("#step-contract").count() == 0  # not before it is signed
    sign(clerk, checker, issue(clerk, checklist, "contract", amount=True), scan)
    step(clerk, checklist, "contract", "CONTRACTED")
    sign(clerk, checker, issue(clerk, checklist, "order", amount=False), scan)
    step(clerk, checklist, "order", "ORDERED")
    clerk.goto(checklist)
    settle(clerk, checker, checklist, "Receipt of the securities", "2026-11-24")
    step(clerk, checklist, "credit", "CREDITED")
    sign(clerk, checker, issue(clerk, checklist, "act", amount=True), scan)
    step(checker, checklist, "act", "ACCEPTED")
    issue(clerk, checklist, "pay", amount=True)
    settle(clerk, checker, checklist, "Payment", "2026-11-26")
    step(clerk, checklist, "pay", "PAID")

    dealer.goto(f"{deal}?tab=documents")
    assert dealer.locator("#issued tbody tr").count() == 8
    russian = open_as("clerk", locale="ru")
    russian.goto(checklist)
    russian.wait_for_selector("text=Передаточное распоряжение принято")
    assert russian.locator("[data-step=DONE]").count() == 7
