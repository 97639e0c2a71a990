"""One running system for all tests that need one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.live.people import People, browser
from tests.live.stack import ROOT, Stack


@pytest.fixture(scope="session")
def _one_stack() -> Iterator[Stack]:
    """In a folder with a space in its name."""
    one = Stack(ROOT / "var" / "live system")
    one.remove()
    yield one
    one.stop()
    one.remove()


@pytest.fixture
def stack(_one_stack: Stack) -> Stack:
    """Started once, and after a test that ended it; tests may kill its parts, the supervisor brings them back."""
    if not _one_stack.running():
        _one_stack.start()
    return _one_stack


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    yield from browser()


@pytest.fixture
def open_as(chromium: Any, stack: Stack) -> Iterator[People]:
    """A page of a browser of its own, in which somebody has signed in."""
    people = People(chromium, stack)
    yield people
    people.close()
