"""A second factor as people meet it: enrolled, asked at the door, asked before money moves, removed."""

from __future__ import annotations

import time
import uuid
from base64 import b32decode
from pathlib import Path
from typing import Any

import pytest
from django_otp.oath import TOTP

from tests.live.people import CHROMIUM, People
from tests.live.stack import Stack, wait_for

pytestmark = [
    pytest.mark.live,
    pytest.mark.xdist_group("live"),
    pytest.mark.skipif(not CHROMIUM, reason="no Chromium here: apt-get install chromium"),
]


def code_of(secret: str, *, ahead: int = 0) -> str:
    """What the app shows; `ahead` of now by so many codes, which are each 30 seconds.

    One that ends before it can be sent is waited for: its phone would then be taken for one that is
    slow, and the code ahead for one of a phone that is fast.
    """
    left = 30 - time.time() % 30
    if left < 5:
        time.sleep(left + 0.1)
    totp = TOTP(b32decode(secret.replace(" ", "")))
    totp.time = time.time() + 30 * ahead
    return f"{totp.token():06d}"


def prepared(stack: Stack) -> str:
    """The reference of a settlement that waits for its release by the checker."""
    deal = {
        "external_ref": f"MFA-{uuid.uuid4().hex[:8]}", "product": "equity", "side": "buy", "book": "EQ-RU",
        "counterparty": "999900DEMOBANKONE097", "instrument": "RU0009029540", "quantity": "10",
        "price": "312.45", "currency": "RUB", "traded_at": "2026-11-23T10:15:00+03:00",
        "settlement": {"method": "DVP", "date": None},
    }  # fmt: skip
    reference = stack.insist("POST", "/deals/", "dealer", deal)[1]["reference"]
    stack.insist("POST", f"/deals/{reference}/confirm/", "clerk", {"how": "recorded-call"})
    stack.insist("POST", f"/deals/{reference}/approve/", "checker")

    def settlement() -> Any:
        found = stack.insist("GET", f"/settlements/?deal={reference}", "clerk")[1]["results"]
        return found and found[0]["reference"]

    return str(wait_for(settlement, what="the settlement"))


def enrol(page: Any, folder: Path) -> tuple[str, list[str]]:
    """From the menu with one's name: the secret and the recovery codes."""
    page.click("details.person summary")
    page.click('details.person a[href="/my/factor/"]')
    page.click("#begin button")
    secret = page.inner_text("#secret")
    page.screenshot(path=folder / "enrol.png", full_page=True)
    page.fill("#code", code_of(secret))
    page.fill("#password", "checker-demo")
    page.click("#enrol button.primary")
    page.wait_for_selector("#codes")
    page.screenshot(path=folder / "codes.png", full_page=True)
    return secret, page.locator("#codes li").all_inner_texts()


def sign_in_with_code(people: People, secret: str, folder: Path) -> None:
    context = people.chromium.new_context(base_url=f"http://127.0.0.1:{people.stack.port}")
    people.contexts.append(context)
    page = context.new_page()
    page.goto("/login/")
    page.fill("#id_username", "checker")
    page.fill("#id_password", "checker-demo")
    page.click("#login button.primary")
    page.wait_for_selector("#id_code")
    page.screenshot(path=folder / "door.png")
    page.fill("#id_code", code_of(secret, ahead=1))
    page.click("#login button.primary")
    page.wait_for_selector("#work")


def remove_it(people: People) -> None:
    page = people("admin")
    page.goto("/admin/access/user/?q=checker")
    page.check("#result_list tbody tr:has-text('checker') input.action-select")
    page.select_option('select[name="action"]', "remove_second_factor")
    page.click('button[name="index"]')
    page.wait_for_selector(".messagelist .success")


def test_a_release_asks_for_the_code_and_goes_on(
    open_as: People, stack: Stack, tmp_path: Path
) -> None:
    settlement = prepared(stack)
    before = open_as("checker")  # signed in before there was a second factor
    secret, codes = enrol(open_as("checker"), tmp_path)
    try:
        sign_in_with_code(open_as, secret, tmp_path)
        before.goto(f"/settlements/{settlement}/")
        before.click("#step-release button")
        before.wait_for_selector("#one-time-code")
        before.screenshot(path=tmp_path / "asked.png")
        before.fill("#one-time-code", codes[0])
        before.click("#step-up button.primary")
        before.wait_for_selector('#head [data-state="MATCHED"], #head [data-state="SETTLED"]')
        before.screenshot(path=tmp_path / "released.png")
        before.goto("/my/factor/")
        assert "9" in before.inner_text("#state")
    finally:
        remove_it(open_as)
    phone = open_as("checker", locale="ru", width=390)  # without a code again
    for address in ("/my/factor/", "/my/keys/"):
        phone.goto(address)
        assert not phone.evaluate("document.documentElement.scrollWidth > innerWidth"), address
        phone.screenshot(path=tmp_path / f"phone{address.replace('/', '-')}.png", full_page=True)
    boss = open_as("manager")
    boss.goto("/roles/")
    boss.screenshot(path=tmp_path / "roles.png", full_page=True)
