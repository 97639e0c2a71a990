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
from settlements.proving import Proof

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


# Open ones of which nobody has told that they are matched; all are locked, in the order in which they settle.
_NOT_TOLD = """
SELECT s.id, s.matching <> 'MATCHED' AND s.settlement <> 'SETTLED' AND s.cancellation <> 'AGREED'
  FROM settlements_settlement s WHERE s.id = ANY(%s) ORDER BY s.id FOR UPDATE
"""


def match_by_inference(*, proofs: Mapping[int, Proof], at: datetime) -> set[int]:
    """What its place says has settled was matched, at the latest then: nobody else told of it (rules, section 2).

    In the caller's transaction. Answers for those that nobody had told of.
    """
    with connection.cursor() as cursor:
        cursor.execute(_NOT_TOLD, [sorted(proofs)])
        ids = [id for id, is_untold in cursor.fetchall() if is_untold]
    steps = [Step(id, facts={"inferred_from": str(proofs[id])}) for id in ids]
    told = {id: proofs[id].settled_at for id in ids}
    return set(match_told(steps=steps, told=told, actor=None, at=at).done)


def _days(told: Mapping[int, datetime]) -> dict[int, date]:
    """On which day of its place's time each moment lies."""
    if not told:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_ZONES, [list(told)])
        return {id: told[id].astimezone(ZoneInfo(zone)).date() for id, zone in cursor.fetchall()}
