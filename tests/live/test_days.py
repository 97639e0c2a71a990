"""Each role's day as a story, in both languages, at a desk and on a phone; and what axe says of the pages."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest

from tests.live.people import CHROMIUM, People
from tests.live.stack import Stack
from tests.sizes import SOAK

pytestmark = [
    pytest.mark.live,
    pytest.mark.xdist_group("live"),
    pytest.mark.skipif(not CHROMIUM, reason="no Chromium here: apt-get install chromium"),
]
AXE = Path(axe_playwright_python.__path__[0]) / "axe.min.js"
SCREENS = [("en", 1280), ("ru", 390)] + ([("ru", 1280), ("en", 390)] if SOAK else [])
LISTS = (
    "/", "/deals/", "/confirmations/", "/inbound/", "/settlements/", "/settlements/board/", "/runs/",
    "/limits/", "/ledger/", "/ledger/entries/",
    "/positions/", "/reports/", "/work/", "/events/", "/reference/", "/reference/instructions/",
)  # fmt: skip


def goes_to(page: Any, address: str) -> None:
    """Through the rail, as people do; on a phone the drawer opens first."""
    if page.viewport_size["width"] < 800:
        page.click("#menu")
    page.click(f'#rail a.entry[href="{address}"]')
    page.wait_for_url(f"**{address}")
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), address


def finds(page: Any, asked: str) -> None:
    """By the palette and the keyboard alone."""
    page.keyboard.press("Control+k")
    page.wait_for_selector("#palette[open]")
    page.keyboard.type(asked)
    page.wait_for_function(
        "asked => document.querySelector('#palette-found a')?.textContent.includes(asked)",
        arg=asked,
    )
    page.keyboard.press("Enter")


def captured(stack: Stack, count: int = 1) -> list[str]:
    """Deals from the front office, for those who work behind it."""
    found = []
    for _ in range(count):
        document = {
            "external_ref": f"DAY-{uuid.uuid4().hex[:10]}", "product": "equity", "side": "buy",
            "book": "EQ-RU", "counterparty": "999900DEMOBANKONE097", "instrument": "RU0009029540",
            "quantity": "10", "price": "312.45", "currency": "RUB",
            "traded_at": "2026-11-23T10:15:00+03:00", "settlement": {"method": "DVP", "date": None},
        }  # fmt: skip
        status, answer = stack.insist("POST", "/deals/", "dealer", document)
        assert status == 201, answer
        found.append(answer["reference"])
    return found


def dealer_day(page: Any, stack: Stack) -> None:
    """Types a deal, is told what is wrong with it beside the field, and finds it again."""
    goes_to(page, "/deals/")
    page.click('a[href="/deals/new/"]')
    reference = f"VOICE-{uuid.uuid4().hex[:8]}"
    typed = {
        "instrument": "RU0009029540", "quantity": "10", "price": "x", "book": "EQ-RU",
        "counterparty": "999900DEMOBANKONE097", "external_ref": reference,
        "traded_at": "2026-11-23T10:15:00",
    }  # fmt: skip
    for name, value in typed.items():
        page.fill(f'#new-deal [name="{name}"]', value)
    page.click("#new-deal button.primary")
    assert page.locator(".wrong .problem").count() == 1
    page.fill('#new-deal [name="price"]', "312.45")
    page.click("#new-deal button.primary")
    page.wait_for_selector('#head [data-state="CAPTURED"]')
    assert page.locator("#next-step").count() == 0  # confirming is not a dealer's
    address = page.url
    goes_to(page, "/limits/")
    finds(page, reference)
    page.wait_for_url(address)


def clerk_day(page: Any, stack: Stack) -> None:
    """Confirms two deals at once, previewed; the third alone, with its reason."""
    references = captured(stack, 3)
    goes_to(page, "/deals/")
    page.select_option("#f-status", "CAPTURED")
    page.click(".filters button")
    page.wait_for_selector(".chips")
    assert page.locator("#bulk").is_hidden()
    for reference in references[:2]:
        page.check(f'input[name="reference"][value="{reference}"]')
    page.click("#bulk button >> nth=0")
    page.wait_for_selector("#bulk-run")
    page.fill("#bulk-reason", "Recorded call")
    page.click("#bulk-run button.primary")
    page.wait_for_selector(".note.success")
    page.goto(f"/deals/{references[2]}/")
    assert page.locator("#next-step").is_visible()
    page.fill("#reason-confirm", "Recorded call")
    page.click("#step-confirm button")
    page.wait_for_selector('#head [data-state="PENDING_APPROVAL"]')


def checker_day(page: Any, stack: Stack) -> None:
    """Sees who confirmed and what follows, approves; keeps a view of what waits."""
    (reference,) = captured(stack)
    stack.insist("POST", f"/deals/{reference}/confirm/", "clerk", {"how": "recorded-call"})
    finds(page, reference)
    page.wait_for_selector("#next-step")
    assert page.locator(".timeline li").count() == 2
    page.click("#other-steps summary")
    page.fill("#reason-reject", "typed and not lost")
    page.click("#step-approve button")
    page.wait_for_selector('#head [data-state="SETTLING"]')
    page.goto(f"/deals/{reference}/?tab=settlements")
    page.click("td a.mono")
    page.click("#step-release button")
    page.wait_for_selector('#head [data-state="MATCHED"]')
    goes_to(page, "/settlements/")
    page.select_option("#f-status", "PREPARED")
    page.click(".filters button")
    page.wait_for_selector(".chips")
    page.click("details.more:has(#save-view) summary")
    page.fill("#view-name", f"To release {uuid.uuid4().hex[:6]}")
    page.click("#save-view button")
    page.wait_for_selector(".views [aria-current]")


def risk_day(page: Any, stack: Stack) -> None:
    """From a breach in the work to the deal that made it, and to what fills a limit."""
    page.wait_for_selector("#work")
    page.click("#work tbody a.mono[href*='/breaches/'] >> nth=0")
    page.wait_for_url(re.compile(r"/limits/L-\d+"))
    goes_to(page, "/limits/")
    page.click("tbody tr >> nth=0 >> td a")
    page.wait_for_selector("h1")
    assert page.locator(".card").count() >= 4


def accountant_day(page: Any, stack: Stack) -> None:
    """From a balance down to its postings; and a file of exactly what is seen."""
    goes_to(page, "/ledger/")
    page.click("tbody tr >> nth=0 >> td a")
    page.click("tbody tr >> nth=0 >> td a.mono")
    page.wait_for_selector("tbody tr")
    page.goto("/ledger/entries/")
    with page.expect_download() as waiting:
        page.click(".pager a[download]")
    assert Path(waiting.value.path()).read_text(encoding="utf-8-sig").count("\n") > 3


def manager_day(page: Any, stack: Stack) -> None:
    """Everybody's workload, and a report run and looked at."""
    goes_to(page, "/work/")
    assert page.locator("tbody tr").count() > 3
    goes_to(page, "/reports/")
    page.fill('#run-settled-deals [name="settled_from"]', "2026-11-01")
    page.fill('#run-settled-deals [name="settled_until"]', "2027-12-31")
    page.click("#run-settled-deals button")
    page.wait_for_selector('#report [data-state="COMPLETED"]')


def auditor_day(page: Any, stack: Stack) -> None:
    """Reads a settlement as it was known at its beginning; nothing can be done there."""
    goes_to(page, "/events/")
    page.click("tbody tr >> nth=0 >> td a >> nth=0")
    page.wait_for_selector("dl.facts")
    page.goto("/settlements/?status=SETTLED")
    page.click("tbody tr >> nth=0 >> td a.mono >> nth=0")
    page.wait_for_selector("#known-slider")
    page.focus("#known-slider")
    page.keyboard.press("Home")
    page.wait_for_url("**known_at=**")
    page.wait_for_selector("#head .badge.info")
    assert page.locator("[id^=step-]").count() == 0


def admin_day(page: Any, stack: Stack) -> None:
    """People and facts in the administration, and back to the desk."""
    page.goto("/admin/")
    page.wait_for_selector("#content")
    page.goto("/admin/deals/deal/")
    page.click("#result_list tbody tr >> nth=0 >> a >> nth=0")
    page.wait_for_selector("#content")
    page.goto("/reference/currencies/")
    page.keyboard.press("j")
    page.click(".pager a[rel=next]")
    page.wait_for_url("**before=**")


DAYS: dict[str, Callable[[Any, Stack], None]] = {
    "dealer": dealer_day, "clerk": clerk_day, "checker": checker_day, "risk": risk_day,
    "accountant": accountant_day, "manager": manager_day, "auditor": auditor_day,
    "admin": admin_day,
}  # fmt: skip


@pytest.mark.parametrize(("locale", "width"), SCREENS)
def test_each_roles_day(open_as: People, stack: Stack, locale: str, width: int) -> None:
    errors: list[str] = []
    for who, day in DAYS.items():
        page = open_as(who, locale=locale, width=width)
        page.on("pageerror", lambda error, who=who: errors.append(f"{who}: {error}"))
        day(page, stack)
        assert page.get_attribute("html", "lang") in (locale, f"{locale}-{locale}"), who
        page.context.close()
        open_as.contexts.remove(page.context)
    assert errors == []


def test_a_list_is_worked_with_the_keyboard_alone(open_as: People, stack: Stack) -> None:
    captured(stack, 2)
    page = open_as("clerk")
    page.goto("/deals/?status=CAPTURED")
    page.keyboard.press("j")
    page.keyboard.press(" ")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("x")
    assert page.inner_text("#bulk [data-count]") == "2"
    assert page.locator("tr.chosen").count() == 2
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    page.wait_for_url("**/deals/D-*/")


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_axe_finds_nothing_serious(open_as: People, stack: Stack, colours: str) -> None:
    page = open_as("checker", colours=colours)
    found = []
    for address in [*LISTS, *things(page), "/deals/D-1/?tab=versions"]:
        page.goto(address)
        found += [f"{address}: {text}" for text in violations(page)]
    page.keyboard.press("Control+k")
    page.wait_for_selector("#palette-found a")
    found += [f"palette: {text}" for text in violations(page)]
    dealer = open_as("dealer", colours=colours, width=390, locale="ru")
    for address in ("/", "/deals/", "/deals/new/"):
        dealer.goto(address)
        found += [f"390 {address}: {text}" for text in violations(dealer)]
    assert found == [], "\n".join(found)


def things(page: Any) -> list[str]:
    """One page of each kind of thing, found through its list."""
    found = []
    for address in (
        "/deals/", "/settlements/", "/inbound/", "/runs/", "/limits/", "/ledger/", "/ledger/entries/",
        "/events/",
    ):  # fmt: skip
        page.goto(address)
        found.append(page.get_attribute("tr[data-href]", "data-href"))
    return found


def violations(page: Any) -> list[str]:
    """What is serious or critical, with the elements."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    result = page.evaluate(
        "axe.run(document, {resultTypes: ['violations'], runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa']})"
    )
    return [
        f"{each['id']}: {node['html'][:160]}"
        for each in result["violations"]
        if each["impact"] in ("serious", "critical")
        for node in each["nodes"][:3]
    ]
