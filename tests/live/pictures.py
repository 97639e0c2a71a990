"""The pictures of the README, taken anew: `make pictures`. Starts a demonstration of its own and ends it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.live.bank import today
from tests.live.people import People, browser
from tests.live.stack import ROOT, Stack

FOLDER = ROOT / "docs" / "pictures"


def take(page: Any, name: str, *, height: int = 760) -> None:
    page.set_viewport_size({"width": page.viewport_size["width"], "height": height})
    page.wait_for_timeout(150)
    FOLDER.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=FOLDER / f"{name}.png")


def newest(page: Any, address: str) -> None:
    """The first thing of a list."""
    page.goto(address)
    page.goto(page.get_attribute("tr[data-href]", "data-href"))


def largest_run(page: Any) -> None:
    """The run that looked at the most."""
    page.goto("/runs/")
    looked_at = "row => Number(row.querySelectorAll('td.number')[0].innerText.replace(/\\D/g, ''))"
    rows = f"[...document.querySelectorAll('tr[data-href]')].map(row => [({looked_at})(row), row.dataset.href])"
    page.goto(max(page.evaluate(rows))[1])


def what_if(page: Any) -> None:
    """A deal that would be too much, and what would make it fit."""
    page.goto("/limits/what-if/")
    typed = {
        "instrument": "RU0009029540", "quantity": "1600000", "price": "312.45", "book": "EQ-RU",
        "counterparty": "999900DEMOBANKONE097",
    }  # fmt: skip
    for name, value in typed.items():
        page.fill(f'[name="{name}"] >> nth=0', value)
    page.click('button:has-text("Try it") >> nth=0')
    page.wait_for_load_state("networkidle")


def overview(page: Any) -> None:
    """The firm at a glance, of the days until today, made now."""
    day = today()
    page.goto("/overview/")
    page.fill("#ask-overview [name=seen_from]", (day - timedelta(days=9)).isoformat())
    page.fill("#ask-overview [name=seen_until]", day.isoformat())
    page.click("#ask-overview button")
    page.wait_for_selector("#report [data-state=COMPLETED]", timeout=90_000)
    page.goto("/overview/")
    page.evaluate("document.querySelectorAll('.glance')[1].scrollIntoView()")


def take_all(open_as: People) -> None:
    clerk, checker = open_as("clerk"), open_as("checker")
    take(clerk, "work", height=690)
    clerk.goto("/deals/?status=CAPTURED")
    for row in range(3):
        clerk.check(f"input[name=reference] >> nth={row}")
    take(clerk, "list", height=720)
    clerk.click("#bulk button >> nth=0")
    clerk.wait_for_selector("#bulk-run")
    take(clerk, "step-for-many", height=420)
    newest(checker, "/deals/?status=PENDING_APPROVAL")
    take(checker, "deal")
    checker.keyboard.press("Control+k")
    checker.wait_for_selector("#palette-found a")
    checker.keyboard.type("sber")
    checker.wait_for_timeout(400)
    take(checker, "palette", height=520)
    newest(clerk, "/confirmations/?status=MISMATCHED")
    take(clerk, "confirmation")
    newest(clerk, "/purchases/")
    take(clerk, "purchase")
    checker.goto("/settlements/board/")
    take(checker, "board", height=860)
    largest_run(clerk)
    take(clerk, "run", height=900)
    newest(clerk, "/settlements/?status=FAILED")
    clerk.wait_for_selector("#why h3")
    clerk.evaluate("document.querySelector('#why').scrollIntoView({block: 'center'})")
    take(clerk, "explanation", height=620)
    risk = open_as("risk")
    what_if(risk)
    take(risk, "what-if", height=620)
    dark = open_as("risk", colours="dark", locale="ru")
    newest(dark, "/settlements/?status=FAILED")
    take(dark, "settlement-dark-ru")
    dark.goto("/limits/")
    take(dark, "limits-dark-ru", height=520)
    phone = open_as("clerk", width=390, locale="ru")
    phone.goto("/settlements/")
    take(phone, "phone-ru", height=844)
    accountant = open_as("accountant")
    accountant.goto("/ledger/")
    take(accountant, "trial-balance", height=620)
    manager = open_as("manager")
    overview(manager)
    take(manager, "overview", height=900)


def main() -> None:
    stack = Stack(ROOT / "var" / "pictures")
    stack.remove()
    stack.start()
    try:
        for chromium in browser():
            take_all(People(chromium, stack))
    finally:
        stack.stop()
        stack.remove()
    for path in sorted(FOLDER.glob("*.png")):
        print(f"{path.relative_to(ROOT)}: {path.stat().st_size // 1024} kB")  # noqa: T201


if __name__ == "__main__":
    main()
