"""A history that is in order, and a file to export it to."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.events.history import make_history


@pytest.fixture
def last(own_database: None) -> int:
    """The number of the last event of a history that is in order."""
    return make_history()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "export.jsonl"
