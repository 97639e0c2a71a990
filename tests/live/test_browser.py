"""The story as people click it: five persons, one deal, workers in their own processes."""

from __future__ import annotations

import csv
import uuid
from pathlib import Path
from typing import Any

import pytest

from tests.live.people import CHROMIUM, People

pytestmark = [
    pytest.mark.live,
    pytest.mark.xdist_group("live"),
    pytest.mark.skipif(not CHROMIUM, reason="no Chromium here: apt-get install chromium"),
]
PAGES = (
    "/", "/deals/", "/deals/new/", "/inbound/", "/settlements/", "/settlements/board/", "/runs/", "/limits/",
    "/ledger/",
    "/positions/", "/reports/", "/reference/instruments/", "/reference/instructions/",
)  # fmt: skip


def type_a_deal(page: Any, reference: str) -> str:
    page.goto("/deals/new/")
    typed = {
        "instrument": "RU0009029540", "quantity": "1000", "price": "not a price",
        "counterparty": "999900DEMOBANKONE097", "book": "EQ-RU", "external_ref": reference,
        "traded_at": "2026-11-23T10:15:00",
    }  # fmt: skip
    for name, value in typed.items():
        page.fill(f'#new-deal [name="{name}"]', value)
    page.click("#new-deal button.primary")
    assert page.locator(".wrong .problem").count() == 1
    assert page.input_value('#new-deal [name="external_ref"]') == reference
    page.fill('#new-deal [name="price"]', "312.45")
    page.click("#new-deal button.primary")
    page.wait_for_selector('[data-state="CAPTURED"]')
    address: str = page.url
    return address


def wait_for_state(page: Any, state: str) -> None:
    page.wait_for_selector(f'#head [data-state="{state}"]')


def test_a_deal_is_clicked_from_capture_to_the_report(open_as: People, tmp_path: Path) -> None:
    reference = f"VOICE-{uuid.uuid4().hex[:8]}"
    dealer, clerk, checker = open_as("dealer"), open_as("clerk"), open_as("checker")
    address = type_a_deal(dealer, reference)

    clerk.goto(address)
    clerk.fill("#reason-confirm", "Recorded call")
    clerk.click("#step-confirm button")
    wait_for_state(clerk, "PENDING_APPROVAL")
    assert clerk.locator("#step-approve").count() == 0

    checker.goto(address)
    checker.click("#step-approve button")
    wait_for_state(checker, "SETTLING")  # by a worker, while the page looks again by itself
    checker.goto(f"{address}?tab=settlements")
    checker.click("table a.mono")
    checker.click("#step-release button")
    wait_for_state(checker, "MATCHED")

    clerk.goto("/runs/")
    clerk.fill("#f-date", "2026-11-24")
    clerk.click("#step-run button")
    clerk.wait_for_selector('#run [data-state="COMPLETED"]')
    wait_for_state(checker, "SETTLED")

    clerk.goto(f"{address}?tab=entries")
    clerk.click("table a.mono")
    clerk.wait_for_selector("text=RU0009029540")
    find_it_in_the_report(open_as("accountant"), reference, tmp_path)


def find_it_in_the_report(page: Any, reference: str, folder: Path) -> None:
    page.goto("/reports/")
    page.fill('#run-settled-deals [name="settled_from"]', "2026-11-01")
    page.fill('#run-settled-deals [name="settled_until"]', "2027-12-31")
    page.click("#run-settled-deals button")
    page.wait_for_selector('#report [data-state="COMPLETED"]')
    with page.expect_download() as waiting:
        page.click("text=Download CSV")
    waiting.value.save_as(folder / "report.csv")
    with (folder / "report.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["external_ref"] == reference]
    assert [row["net_amount"] for row in rows] == ["312606.23"]
    page.click("#step-verify button")
    page.wait_for_selector(".note.success")


@pytest.mark.parametrize(("locale", "width"), [("en", 1280), ("ru", 1280), ("ru", 390)])
def test_every_page_fits_its_screen_and_raises_no_error(
    open_as: People, locale: str, width: int
) -> None:
    page = open_as("clerk", locale=locale, width=width)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    for address in PAGES:
        answer = page.goto(address)
        assert answer.status == 200, address
        assert page.get_attribute("html", "lang") == locale
        assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), address
    assert errors == []
