"""A day is closed at the desk: a step breaks for want of a rate and is repaired; then its books, the tax, and proof."""

from __future__ import annotations

import io
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from tests.live.books import book
from tests.live.people import CHROMIUM, People
from tests.live.stack import Stack, wait_for
from tests.live.test_browser import wait_for_state

pytestmark = [
    pytest.mark.live,
    pytest.mark.xdist_group("live"),
    pytest.mark.skipif(not CHROMIUM, reason="no Chromium here: apt-get install chromium"),
]
UNRATED = "NOK"  # nobody has a rate of it
RATES = """<?xml version="1.0" encoding="windows-1251"?>
<ValCurs Date="{day:%d.%m.%Y}" name="Foreign Currency Market"><Valute ID="R01535"><NumCode>578</NumCode>\
<CharCode>NOK</CharCode><Nominal>10</Nominal><Name>NOK</Name><Value>75,1234</Value></Valute></ValCurs>
"""
SOON = 120.0  # seconds until a worker has looked at a night


def test_the_accountant_closes_a_day_with_a_step_that_breaks(
    open_as: People, stack: Stack, tmp_path: Path
) -> None:
    accountant = open_as("accountant")
    reference, day = closing(stack)
    flash = stack.query(
        "SELECT r.id FROM reporting_reportrun r WHERE r.stage = 'FLASH' AND r.report = 'balance-sheet' AND"
        f" r.parameters->>'business_date' = '{day}' AND r.state = 'COMPLETED' ORDER BY r.id LIMIT 1"
    )
    book(stack, [(900_000_101, "1000.50", day)], currency=UNRATED, entity="RUS")
    explains(accountant, stack, reference)

    broken = accountant.locator(".note.error", has_text=UNRATED)
    shows(accountant, stack, reference, broken.count, what="a step that breaks for want of a rate")
    loads_the_rate(open_as("admin"), open_as("checker"), day, tmp_path)
    restarts(accountant, stack, reference)
    shows(
        accountant, stack, reference,
        lambda: accountant.locator('.title [data-state="CLOSED"]').count(), what="the day to be sealed",
    )  # fmt: skip
    signs_off(open_as("manager"), reference)
    shows(
        accountant, stack, reference,
        lambda: accountant.locator('.title [data-state="SIGNED_OFF"]').count(), what="its signature",
    )  # fmt: skip

    downloads_the_trial_balance(accountant)
    downloads_the_tax_register(accountant)
    opens_a_figure_down_to_the_deal(accountant)
    proves(accountant, f"RR-{flash[0][0]}")
    hands_over(accountant, stack)


def closing(stack: Stack) -> tuple[str, date]:
    """The first day of the Russian entity, once it waits for its explanations; it ends now at the latest."""
    ((id, day),) = stack.query(
        "UPDATE ledger_businessday SET cut_off_at = least(cut_off_at, now()),"
        " final_from_at = least(final_from_at, now()) WHERE id = (SELECT d.id FROM ledger_businessday d"
        " JOIN refdata_entity e ON e.id = d.entity_id WHERE e.code = 'RUS' ORDER BY d.day LIMIT 1)"
        " RETURNING id, day"
    )
    wait_for(
        lambda: stack.query(f"SELECT FROM ledger_night WHERE day_id = {id} AND stage = 'FINAL'"),
        seconds=SOON, what="a day that waits for its explanations",
    )  # fmt: skip
    return f"BD-{id}", day


def shows(page: Any, stack: Stack, reference: str, found: Any, *, what: str) -> None:
    """Workers are asked, and the page of the day is looked at, until it is there."""

    def looked() -> bool:
        stack.ask("backoffice.tasks.work_on_nights")
        page.goto(f"/close/{reference}/")
        return bool(found())

    wait_for(looked, seconds=SOON, what=what)


def explains(page: Any, stack: Stack, reference: str) -> None:
    """Every open point, one after the other; what opens meanwhile too."""

    def explained() -> bool:
        page.goto(f"/close/{reference}/")
        rows = page.locator('tr:has([data-state="OPEN"]) form[action*="/explain/"]')
        if rows.count():
            rows.first.locator("input[name=explanation]").fill("looked at, and told to the bank")
            with page.expect_navigation():
                rows.first.locator("button").click()
            return False
        return (
            bool(page.locator("h2:has-text('FINAL') ~ div [data-state=FAILED]").count()) or ready()
        )

    def ready() -> bool:
        stack.ask("backoffice.tasks.work_on_nights")
        state = stack.query(
            "SELECT s.state FROM ledger_nightstep s JOIN ledger_night n ON n.id = s.night_id"
            f" WHERE n.day_id = {reference.removeprefix('BD-')} AND n.stage = 'FINAL' AND s.name = 'explained'"
        )
        return state == [("DONE",)]

    wait_for(explained, seconds=2 * SOON, what="every open point to be explained")


def loads_the_rate(page: Any, other: Any, day: date, folder: Path) -> None:
    """One brings the file of the Bank of Russia, another loads it."""
    file = folder / "XML_daily.xml"
    file.write_bytes(RATES.format(day=day).encode("cp1251"))
    page.goto("/reference/uploads/")
    page.set_input_files("#upload-file", file)
    page.click("#new-upload button.primary")
    page.wait_for_url("**/reference/uploads/*/")
    other.goto(page.url)
    other.click("#step-load button")
    other.wait_for_selector(".note.success")


def restarts(page: Any, stack: Stack, reference: str) -> None:
    page.goto(f"/close/{reference}/")
    page.fill("#reason-restart", "the rate is loaded")
    with page.expect_navigation():
        page.click("#step-restart button")


def signs_off(page: Any, reference: str) -> None:
    page.goto(f"/close/{reference}/")
    page.fill("#reason-sign_off", "all of it is explained")
    with page.expect_navigation():
        page.click("#step-sign_off button")


def downloads_the_trial_balance(page: Any) -> None:
    page.goto("/ledger/")
    with page.expect_download() as waiting:
        page.click('.pager a[download][href*="xlsx"], a[download]:has-text("XLSX")')
    rows = list(
        load_workbook(io.BytesIO(Path(waiting.value.path()).read_bytes())).active.iter_rows(
            values_only=True
        )
    )
    assert len(rows) > 10


def downloads_the_tax_register(page: Any) -> None:
    page.goto("/reports/")
    page.fill('#run-ndfl-register [name="business_date"]', "2026-12-31")
    page.click("#run-ndfl-register button")
    page.wait_for_selector('#report [data-state="COMPLETED"]', timeout=90_000)
    with page.expect_download() as waiting:
        page.click('a[download][href$="file.xlsx"]')
    book = load_workbook(io.BytesIO(Path(waiting.value.path()).read_bytes()))
    assert len(book.sheetnames) >= 3


def opens_a_figure_down_to_the_deal(page: Any) -> None:
    """From a balance to its postings, to an entry, to the deal that it is of."""
    page.goto("/ledger/")
    positions = page.locator('tbody tr:has-text("Position of a book"):has-text("RUB") td a')
    while not positions.count():
        with page.expect_navigation():
            page.click(".pager a[rel=next]")
    positions.first.click()
    page.click('tbody tr:has(a[href^="/deals/"]) >> nth=0 >> a.mono >> nth=0')
    page.click('dl.facts a[href^="/deals/"] >> nth=0')
    page.wait_for_url(re.compile(r"/deals/D-\d+/"))
    page.wait_for_selector("#head")


def proves(page: Any, run: str) -> None:
    """A run of the day as it was reported first, before anything was mended."""
    page.goto(f"/report-runs/{run}/")
    page.click("#step-verify button")
    page.wait_for_selector(".note.success")


def hands_over(page: Any, stack: Stack) -> None:
    """The day that was signed off goes to the bookkeeping."""

    def there() -> bool:
        stack.ask("backoffice.tasks.work_on_nights")
        page.goto("/reports/ledger-batches/")
        return bool(page.locator('a.mono[href*="/LB-"]').count())

    wait_for(there, seconds=SOON, what="the batch of the day")
    page.click('a.mono[href*="/LB-"] >> nth=0')
    with page.expect_download() as waiting:
        page.click("#batch-xml")
    assert b"<LedgerBatch" in Path(waiting.value.path()).read_bytes()[:200]
    page.click("#step-hand_over button")
    wait_for_state(page, "HANDED_OVER")
    page.fill("#reason-accept", "1C 000017")
    page.click("#step-accept button")
    wait_for_state(page, "ACCEPTED")
