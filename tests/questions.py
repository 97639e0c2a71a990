"""The questions that something asks of the database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from refdata import last_prices, selectors

UNHURRIED = 600.0  # seconds


@contextmanager
def questions() -> Iterator[CaptureQueriesContext]:
    """All but the looks whether reference data or prices have changed: these come by the clock, not by what is done."""
    clocks: tuple[Any, ...] = (selectors, last_prices)
    every = [each.CHECK_EVERY_SECONDS for each in clocks]
    for each in clocks:
        each.CHECK_EVERY_SECONDS = UNHURRIED
    try:
        with CaptureQueriesContext(connection) as found:
            yield found
    finally:
        for each, seconds in zip(clocks, every, strict=True):
            each.CHECK_EVERY_SECONDS = seconds
