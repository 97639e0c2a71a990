"""Commits that do not wait for the disk one by one, and the wait for all of them before anybody is answered."""

from __future__ import annotations

from django.db import connection

# Said in the first statement of a transaction whose caller waits by `wait_for_disk` afterwards.
LAZILY = "SET LOCAL synchronous_commit = off; "


def wait_for_disk() -> None:
    """Return once everything that was committed until now is on disk, whoever committed it.

    The log is one sequence: a small record that is flushed takes all that stands before it along.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_logical_emit_message(true, 'durable', '')")
