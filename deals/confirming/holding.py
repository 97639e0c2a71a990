"""One at a time: taking confirmations in, linking and matching them."""

from __future__ import annotations

from django.db import connection

_HOLD = "SELECT pg_advisory_xact_lock(hashtextextended('deals.confirming', 0))"


def hold_matching() -> None:
    """Hold it until the transaction ends, before any row is locked: rows are locked in different orders."""
    with connection.cursor() as cursor:
        cursor.execute(_HOLD)
