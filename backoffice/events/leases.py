"""Work that one process does at a time, over several transactions; the next one does it if that dies."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from django.db import InterfaceError, OperationalError, connection


@contextmanager
def leased(*key: int | str) -> Iterator[bool]:
    """Whether this session has the lease of a key: a number, two numbers, or a word with a number.

    Nobody waits for it. It goes with the session, so a lost connection has let go already.
    """
    lock = _LOCKS[tuple(map(type, key))]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_try_advisory_lock({lock})", key)
        mine = bool(cursor.fetchone()[0])
    try:
        yield mine
    finally:
        if mine:
            with suppress(InterfaceError, OperationalError), connection.cursor() as cursor:
                cursor.execute(f"SELECT pg_advisory_unlock({lock})", key)


_LOCKS: dict[tuple[type, ...], str] = {
    (int,): "%s", (int, int): "%s, %s::int", (str, int): "hashtextextended(%s, %s)",
}  # fmt: skip
