"""A mismatch as people click it: alleged, captured, told field by field, disputed, corrected, affirmed."""

from __future__ import annotations

import random
import uuid
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest

from tests.live.people import CHROMIUM, People
from tests.live.stack import Stack, wait_for

pytestmark = [
    pytest.mark.live,
    pytest.mark.xdist_group("live"),
    pytest.mark.skipif(not CHROMIUM, reason="no Chromium here: apt-get install chromium"),
]
PRICE, CENT = Decimal("312.45"), Decimal("0.01")
# What the page says in each language: of an allegement, of a fee, and of a date.
WORDS = {
    "en": ("No deal of ours fits it", "the fee is in one of the amounts", "one business day apart", "differs"),
    "ru": ("Ни одна наша сделка не подходит", "комиссия включена только в одну", "на один рабочий день", "расходится"),
}  # fmt: skip


def told(**more: Any) -> dict[str, Any]:
    """Their sale to us, for a settlement a day late and without our fee."""
    quantity = random.randint(2, 900)
    return {
        "entity": "RUS", "counterparty": "999900DEMOBANKONE097", "their_ref": f"B1-{uuid.uuid4().hex[:8]}",
        "our_ref": f"VOICE-{uuid.uuid4().hex[:8]}", "side": "sell", "instrument": "RU0009029540",
        "quantity": str(quantity), "price": str(PRICE), "currency": "RUB", "amount": str(PRICE * quantity),
        "trade_date": "2026-11-23", "settlement_date": "2026-11-25", **more,
    }  # fmt: skip


def with_fee(amount: str) -> str:
    gross = Decimal(amount)
    return str(gross + (gross * Decimal("0.0005")).quantize(CENT, ROUND_HALF_UP))


def sent(stack: Stack, message: dict[str, Any]) -> dict[str, Any]:
    status, answer = stack.insist("POST", "/confirmations/", "clerk", message)
    assert status == 201, answer
    found: dict[str, Any] = answer
    return found


def state(page: Any, wanted: str) -> None:
    """Look again until a worker has come to it, as people do."""

    def there() -> bool:
        page.reload()
        return bool(page.locator(f'#head [data-state="{wanted}"]').count())

    wait_for(there, seconds=20, what=wanted)


@pytest.mark.parametrize("locale", ["en", "ru"])
def test_a_mismatch_from_allegement_to_affirmed(open_as: People, stack: Stack, locale: str) -> None:
    no_deal, fee, days, differs = WORDS[locale]
    message = told()
    alleged = sent(stack, message)
    assert alleged["status"] == "ALLEGED"
    clerk = open_as("clerk", locale=locale)
    clerk.click('#rail a.entry[href="/confirmations/"]')
    clerk.click(f'td a.mono:text-is("{alleged["reference"]}")')
    assert no_deal in clerk.inner_text('[data-cause="no-deal"]')
    address = clerk.url

    clerk.click("#capture")
    assert clerk.input_value('#new-deal [name="quantity"]') == message["quantity"]
    assert clerk.input_value('#new-deal [name="side"]') == "buy"
    clerk.select_option('#new-deal [name="side"]', "buy")
    clerk.fill('#new-deal [name="settlement.date"]', "")  # by the market's cycle
    clerk.fill('#new-deal [name="book"]', "EQ-RU")
    clerk.click("#new-deal button.primary")
    clerk.wait_for_selector('#head [data-state="CAPTURED"]')
    deal = clerk.url

    clerk.goto(address)
    state(clerk, "MISMATCHED")
    off = clerk.locator('#fields tr[data-weight="DIFFERENT"]')
    assert {row.get_attribute("data-field") for row in off.all()} == {"amount", "settlement_date"}
    assert all(differs in row.inner_text() for row in off.all())
    assert fee in clerk.inner_text('[data-cause="fee-in-amount"]')
    assert days in clerk.inner_text('[data-cause="one-cycle-off"]')
    clerk.fill("#reason-dispute", "Recorded call: they correct it")
    clerk.click("#step-dispute button")
    clerk.wait_for_selector('#head [data-state="DISPUTED"]')

    right = {"settlement_date": "2026-11-24", "amount": with_fee(message["amount"])}
    corrected = sent(stack, message | right)
    assert (corrected["version"], corrected["status"]) == (2, "MATCHED")
    state(clerk, "REPLACED")
    clerk.click(f'.note a:text-is("{corrected["reference"]}")')
    clerk.wait_for_selector('#head [data-state="MATCHED"]')
    assert clerk.locator('#fields tr[data-weight="DIFFERENT"]').count() == 0
    clerk.goto(f"{deal}?tab=documents")
    state(clerk, "SETTLING")  # affirmed by the rule, prepared by a worker
    assert corrected["reference"] in clerk.inner_text("#received")
