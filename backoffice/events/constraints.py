"""When the database looks foreign keys up that wait for the commit."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

_names: dict[tuple[str, ...], str] = {}
# Of a partitioned table its own constraint stands for those of its parts.
_DEFERRED = """
SELECT string_agg(DISTINCT quote_ident(c.conname), ', ')
  FROM pg_constraint c
 WHERE c.condeferred AND c.conparentid = 0 AND c.conrelid = ANY(%s::regclass[])
"""


@contextmanager
def keys_looked_up_at_once(tables: tuple[str, ...]) -> Iterator[None]:
    """Within it, what refers from these tables is looked up by the statement that writes it, and what waits, now.

    After it, what was to wait for the commit waits again: just those constraints that are declared so.
    """
    with connection.cursor() as cursor:
        if tables not in _names:
            cursor.execute(_DEFERRED, [list(tables)])
            _names[tables] = cursor.fetchone()[0]
        cursor.execute(f"SET CONSTRAINTS {_names[tables]} IMMEDIATE")
        yield
        cursor.execute(f"SET CONSTRAINTS {_names[tables]} DEFERRED")
