"""People at their browsers: a page of one's own, signed in, at a width and in a language."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

from tests.live.stack import Stack

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), ""
)


class People:
    """Opens pages for people, and closes them all; each person signs in once for each language."""

    def __init__(self, chromium: Any, stack: Stack) -> None:
        self.chromium, self.stack = chromium, stack
        self.contexts: list[Any] = []

    def __call__(
        self, who: str, *, locale: str = "en", width: int = 1280, colours: str = "light"
    ) -> Any:
        context = self.chromium.new_context(
            base_url=f"http://127.0.0.1:{self.stack.port}", locale=locale, accept_downloads=True,
            viewport={"width": width, "height": 900}, color_scheme=colours, reduced_motion="reduce",
        )  # fmt: skip
        self.contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.goto("/login/")
        page.fill("#id_username", who)
        page.fill("#id_password", f"{who}-demo")
        page.click("#login button.primary")
        page.wait_for_selector("#work")
        return page

    def close(self) -> None:
        for context in self.contexts:
            context.close()


def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()
