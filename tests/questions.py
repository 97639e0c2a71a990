"""The questions that something asks of the database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from backoffice.access import authentication
from backoffice.desk import frame
from refdata import last_prices, selectors

UNHURRIED = 600.0  # seconds
# What a process trusts for a moment, and then looks at again.
CLOCKS: tuple[tuple[Any, str], ...] = (
    (selectors, "CHECK_EVERY_SECONDS"), (last_prices, "CHECK_EVERY_SECONDS"),
    (authentication, "REMEMBER_SECONDS"), (frame, "FRESH_SECONDS"),
)  # fmt: skip


@contextmanager
def questions() -> Iterator[CaptureQueriesContext]:
    """All but the looks whether something has changed that come by the clock, not by what is done."""
    before = [getattr(module, name) for module, name in CLOCKS]
    for module, name in CLOCKS:
        setattr(module, name, UNHURRIED)
    try:
        with CaptureQueriesContext(connection) as found:
            yield found
    finally:
        for (module, name), seconds in zip(CLOCKS, before, strict=True):
            setattr(module, name, seconds)
