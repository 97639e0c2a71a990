"""One at a time: joining deals, taking in figures, comparing and agreeing."""

from __future__ import annotations

from django.db import connection

_HOLD = "SELECT pg_advisory_xact_lock(hashtextextended('settlements.clearing', 0))"


def hold_clearing() -> None:
    """Hold it until the transaction ends, before any row is locked: a deal and a figure may meet."""
    with connection.cursor() as cursor:
        cursor.execute(_HOLD)
