"""Working out what comes next while the caller is busy with what is there: Python beside the database."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.db import connection

T = TypeVar("T")


def ahead(items: Iterator[T]) -> Iterator[T]:
    """The same items in the same order, each worked out in a thread beside while the one before is used.

    The thread has a connection of its own: it sees what is committed, and nothing of the caller's
    transaction. What goes wrong in it is raised where its item would have come.
    """
    with ThreadPoolExecutor(1, "ahead") as beside:
        try:
            coming = beside.submit(_next, items)
            while item := coming.result():
                coming = beside.submit(_next, items)
                yield item[0]
        finally:
            # The one of that thread. Not waited for: where nobody closed the generator the collector does so,
            # perhaps after the thread has ended. Leaving the pool waits for whatever still runs.
            beside.submit(lambda: connection.close())


def _next(items: Iterator[T]) -> tuple[T] | None:
    """The next one in a tuple, for it may itself be false; None at the end."""
    for item in items:
        return (item,)
    return None
