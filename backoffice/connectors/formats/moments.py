"""Moments as messages tell them: an offset that no clock has is no offset."""

from __future__ import annotations

from datetime import datetime, timedelta

FURTHEST = timedelta(hours=14)  # from UTC, of any clock


def of_a_clock(moment: datetime) -> datetime:
    """The moment itself. Raises ValueError where its offset is that of no clock: no database would keep it."""
    offset = moment.utcoffset()
    if offset is not None and abs(offset) > FURTHEST:
        raise ValueError("no clock is so far from UTC")
    return moment
