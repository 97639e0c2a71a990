"""Loading many rows into a table: COPY, in the caller's transaction."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection

from backoffice.kernel.rows import copy_lines


def copy_rows(table: str, columns: str, rows: Iterable[Sequence[Any]]) -> None:
    """Write rows into the named columns of a table, through its triggers, keys and defaults.

    The text goes to the driver in one piece: with its own small pieces it asks for the interpreter
    lock before each, and waits for whoever is busy in another thread.
    """
    copy_text(table, columns, copy_lines(rows))


_IDS = """
WITH known AS MATERIALIZED (SELECT pg_get_serial_sequence(%s, 'id')::regclass AS sequence)
SELECT nextval(sequence) FROM known, generate_series(1, %s)
"""


def new_ids(table: str, count: int) -> list[int]:
    """Keys of rows that will be copied in, ascending: what belongs to a row can name it before it is written."""
    if not count:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_IDS, [table, count])
        return [id for (id,) in cursor.fetchall()]


def copy_text(table: str, columns: str, text: str) -> None:
    """The same of rows that are lines of COPY's text format already."""
    with connection.cursor() as cursor:
        cursor.copy_expert(
            f"COPY {table} ({columns}) FROM STDIN", io.StringIO(text), size=max(len(text), 1)
        )
