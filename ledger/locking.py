"""Holding the books of entities as they are: posting takes them shared, whoever seals or reopens a day alone."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection

LOCK = 7_000_005  # an advisory lock together with the entity's number: its books are open or not


def keep_open(entity_ids: Iterable[int]) -> None:
    """Hold the books of these entities as they are, open or closed, until this transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock_shared(%s, id) FROM unnest(%s::int[]) AS id",
            [LOCK, sorted(set(entity_ids))],
        )


def close_books(entity_id: int) -> None:
    """Let nobody post into these books until this transaction ends, and wait for those who do."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK, entity_id])
