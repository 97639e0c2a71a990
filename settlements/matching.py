"""Matching, with the day on which it was: by a person, by the place's word, or at once in our own books.

The day is that of the place's own time: late matching is counted from it (rules, section 1).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db import connection

from backoffice.access.models import User
from backoffice.workflow.transitions import Outcome, Step, advance
from settlements.models import Settlement

_ZONES = """
SELECT s.id, c.timezone FROM settlements_settlement s
  JOIN refdata_place p ON p.id = s.place_id
  JOIN refdata_calendar c ON c.id = p.calendar_id
 WHERE s.id = ANY(%s)
"""


def match_told(
    *, steps: Sequence[Step], told: Mapping[int, datetime], actor: User | None, at: datetime
) -> Outcome:
    """Move settlements to MATCHED; `told` is when each was, by whoever says so (else at `at`).

    In the caller's transaction.
    """
    days = _days({step.id: told.get(step.id, at) for step in steps})
    dated = [replace(step, columns={"matched_date": days.get(step.id)}) for step in steps]
    return advance(Settlement, "match", dated, actor=actor, at=at)


def _days(told: Mapping[int, datetime]) -> dict[int, date]:
    """On which day of its place's time each moment lies."""
    if not told:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_ZONES, [list(told)])
        return {id: told[id].astimezone(ZoneInfo(zone)).date() for id, zone in cursor.fetchall()}
