"""One running system for all tests that need one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.live.people import People, browser
from tests.live.stack import ROOT, Stack


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """Started once; tests may kill its parts, the supervisor brings them back."""
    running = Stack(ROOT / "var" / "live")
    running.remove()
    running.start()
    yield running
    running.stop()
    running.remove()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    yield from browser()


@pytest.fixture
def open_as(chromium: Any, stack: Stack) -> Iterator[People]:
    """A page of a browser of its own, in which somebody has signed in."""
    people = People(chromium, stack)
    yield people
    people.close()
