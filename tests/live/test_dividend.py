"""A dividend at the desk, from its announcement to its payment in the owners' accounts; and on a phone, in Russian."""

from __future__ import annotations

import re

import pytest

from tests.live.people import CHROMIUM, People
from tests.live.stack import Stack, wait_for
from tests.live.test_browser import wait_for_state

pytestmark = [
    pytest.mark.live,
    pytest.mark.xdist_group("live"),
    pytest.mark.skipif(not CHROMIUM, reason="no Chromium here: apt-get install chromium"),
]
TATNEFT = "RU0009033591"


def test_a_dividend_goes_from_its_announcement_to_its_payment(
    open_as: People, stack: Stack
) -> None:
    clerk, checker = open_as("clerk"), open_as("checker")
    clerk.goto("/record-events/new/")
    clerk.select_option("#f-action", "DIVIDEND")
    typed = {
        "instrument": TATNEFT, "record_date": "2026-11-20", "payment_date": "2026-11-23", "rate": "10",
        "currency": "RUB", "document": "Notice of the depository 44",
    }  # fmt: skip
    for name, value in typed.items():
        clerk.fill(f"#f-{name}", value)
    clerk.click("#record-event button.primary")
    wait_for_state(clerk, "PROPOSED")
    address = clerk.url
    assert clerk.locator("#step-approve").count() == 0  # who proposed it does not approve it

    checker.goto(address)
    checker.click("#step-approve button")
    wait_for_state(checker, "APPROVED")
    stack.ask("settlements.tasks.apply_record_events")

    def entitled() -> bool:
        clerk.goto(address)
        return bool(at_depository.count())

    at_depository = clerk.locator(
        "#places tbody tr", has_text=re.compile(r"^Demo depository\s+Sever")
    )
    wait_for(entitled, seconds=100, what="entitlements, worked out by a worker")
    row = at_depository.first.inner_text()
    assert "2,000,000.00" in row
    assert "1,740,000.00" in row

    clerk.click("#pay")
    clerk.select_option("#f-place", "NSD")
    clerk.fill("#f-amount", "1739999.00")
    clerk.fill("#f-document", "Report of the depository 45")
    clerk.click("#income-payment button.primary")
    assert clerk.locator(".wrong .problem, .note.error").count()
    clerk.fill("#f-reason", "A fee of the place")
    clerk.click("#income-payment button.primary")
    wait_for_state(clerk, "PROPOSED")
    payment = clerk.url

    checker.goto(payment)
    checker.click("#step-accept button")
    wait_for_state(checker, "ACCEPTED")
    assert checker.locator("#entries tbody tr").count() == 2  # owed since the record date, and paid
    checker.locator("#entries a.mono").last.click()
    checker.wait_for_selector("text=1,739,999.00")

    phone = open_as("clerk", locale="ru", width=390)
    phone.goto(address)
    assert phone.locator("#payments tbody tr").count() == 2  # what was paid, and what is short
    wide = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    assert phone.evaluate(wide)
    assert "Дивиденды" in phone.inner_text("p.sentence")
