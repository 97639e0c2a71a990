"""A process changed as people click it: a step added, drawn, tried, activated by another, followed by the next deal."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from tests.live.people import CHROMIUM, People
from tests.live.stack import Stack

pytestmark = [
    pytest.mark.live,
    pytest.mark.xdist_group("live"),
    pytest.mark.skipif(not CHROMIUM, reason="no Chromium here: apt-get install chromium"),
]
PRICE = "300"
NINE_MILLIONS, TWELVE_MILLIONS = 30_000, 40_000  # shares at that price


def captured(stack: Stack, shares: int) -> str:
    """A deal that is done already: beyond its limits it is taken all the same."""
    status, answer = stack.insist("POST", "/deals/", "dealer", {
        "external_ref": f"PROC-{uuid.uuid4().hex[:8]}", "product": "equity", "side": "buy",
        "book": "EQ-RU", "counterparty": "999900DEMOBANKONE097", "instrument": "RU0009029540",
        "quantity": str(shares), "price": PRICE, "currency": "RUB", "stage": "executed",
        "traded_at": "2026-11-23T10:15:00+03:00", "settlement": {"method": "DVP", "date": None},
    })  # fmt: skip
    assert status in (201, 202), answer
    return str(answer["reference"])


def add_third_step(page: Any) -> None:
    """Above ten millions a manager looks again; all of it by the buttons of the form."""
    page.goto("/processes/")
    page.click('#processes a[href="/processes/confirm_deal/"]')
    page.click("#edit")
    page.click("#add-step")
    page.fill('[name="s2-name_en"]', "Second look")
    page.fill('[name="s2-name_ru"]', "Второй взгляд")
    page.select_option('[name="s2-role"]', "manager")
    page.click("#s2 .conditions button")
    page.select_option('[name="s2-t0-measure"]', "amount")
    page.select_option('[name="s2-t0-op"]', "above")
    page.fill('[name="s2-t0-values"]', "10000000")


def confirmed_and_approved(clerk: Any, checker: Any, deal: str) -> None:
    clerk.goto(f"/deals/{deal}/")
    clerk.fill("#reason-confirm", "Recorded call")
    clerk.click("#step-confirm button")
    clerk.wait_for_selector('#head [data-state="PENDING_APPROVAL"]')
    checker.goto(f"/deals/{deal}/")
    checker.click("#step-approve button")


@pytest.fixture
def manager(open_as: People) -> Iterator[Any]:
    """Who takes out of force again what the test put in, for the tests after it."""
    page = open_as("manager")
    yield page
    page.goto("/processes/confirm_deal/")
    if page.locator("#versions tr").count() > 2:
        page.goto(
            "/processes/versions/" + page.inner_text("#versions tbody tr:first-child a") + "/"
        )
        page.click("#other-steps summary")
        page.fill("#reason-repeal", "Only a test")
        page.click("#step-repeal button")
        page.wait_for_selector('#head [data-state="WITHDRAWN"]')


def test_a_third_step_is_added_tried_activated_and_followed(
    open_as: People, stack: Stack, manager: Any
) -> None:
    before = captured(stack, TWELVE_MILLIONS)
    admin, clerk, checker = open_as("admin"), open_as("clerk"), open_as("checker")
    add_third_step(admin)
    admin.click("#try")
    assert "would have stopped" in admin.inner_text("#tried-said")
    assert admin.locator(f'#tried a:text-is("{before}")').count() == 1
    admin.fill("#f-reason", "Too large for two")
    admin.click("#propose")
    admin.wait_for_selector('#head [data-state="DRAFT"]')
    assert admin.locator("#drawing svg .node").count() == 3
    assert admin.locator("#step-activate").count() == 0

    manager.goto(admin.url)
    manager.click("#step-activate button")
    manager.wait_for_selector('#head [data-state="IN_FORCE"]')

    small, large = captured(stack, NINE_MILLIONS), captured(stack, TWELVE_MILLIONS)
    for deal in (small, before):  # one that is too small, and one that was there before
        confirmed_and_approved(clerk, checker, deal)
        checker.wait_for_selector('#head :is([data-state="CONFIRMED"], [data-state="SETTLING"])')
    confirmed_and_approved(clerk, checker, large)
    checker.wait_for_selector("#process tbody tr:nth-child(3) b")
    assert checker.locator('#head [data-state="PENDING_APPROVAL"]').count() == 1
    assert checker.locator("#step-take_step").count() == 0

    manager.goto(f"/deals/{large}/")
    assert manager.inner_text("#step-take_step button") == "Second look"
    manager.fill("#reason-take_step", "Memo 12")
    manager.click("#step-take_step button")
    manager.wait_for_selector('#head :is([data-state="CONFIRMED"], [data-state="SETTLING"])')
    took = manager.locator("#process tbody tr td:nth-child(4)").all_inner_texts()
    assert took == ["clerk", "checker", "manager"]
