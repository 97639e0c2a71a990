"""A database and a folder of one's own, and what the depository knows us by."""

from __future__ import annotations

from typing import Any

import pytest

from tests.connectors.channels.playing import known_to_the_place


@pytest.fixture(autouse=True)
def _own(own_database: None, settings: Any, tmp_path: Any) -> None:
    settings.VAR_DIR = tmp_path
    known_to_the_place()
