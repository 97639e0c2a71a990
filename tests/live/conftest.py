"""One running system for all tests that need one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

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
