"""Which settlements the cut-offs of their places stop at a moment."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import connection

from refdata.selectors import reference_data
from settlements.advising.reasons import Reason
from settlements.deadlines.kinds import CUT_OFFS, Asked, missed_input, stopped_by

_PLACES = """
SELECT DISTINCT p.code, k.code FROM settlements_settlement s
  JOIN refdata_place p ON p.id = s.place_id JOIN refdata_calendar k ON k.id = p.calendar_id
 WHERE s.id = ANY(%s)
"""
# When we let each go, and when both sides had instructed the same.
_ASKED = """
SELECT s.id, p.code, k.code, s.method, s.due_date,
       (SELECT max(e.recorded_at) FROM events_event e WHERE e.subject_type = 'settlement' AND e.subject_id = s.id
           AND e.kind = 'settlement.release'),
       CASE WHEN s.matching = 'MATCHED' THEN
           (SELECT max(e.recorded_at) FROM events_event e WHERE e.subject_type = 'settlement' AND e.subject_id = s.id
               AND e.kind = 'settlement.match') END
  FROM settlements_settlement s
  JOIN refdata_place p ON p.id = s.place_id JOIN refdata_calendar k ON k.id = p.calendar_id
 WHERE s.id = ANY(%s) AND p.code = ANY(%s) ORDER BY s.id
"""


def stopped_by_cut_off(ids: Sequence[int], at: datetime) -> dict[int, Reason]:
    """Those of some settlements that do not settle at this moment, with why: FUTU, LATE or CLAT.

    Where no rule `settle.cut_offs` of a place is in force nothing is stopped there. Two statements, however
    many they are, and one where no place has a rule.
    """
    return {id: reason for id, reason in judged(ids, at).items() if reason != Reason.ADEA}


def judged(ids: Sequence[int], at: datetime) -> dict[int, Reason]:
    """The same, and beside them those that were instructed after the place's deadline (ADEA): it does what it can."""
    reference = reference_data()
    with connection.cursor() as cursor:
        cursor.execute(_PLACES, [list(ids)])
        places = [place for place, _ in cursor.fetchall()]
        rules = {place: reference.rules.find(CUT_OFFS, at.date(), place) for place in places}
        known = {place: rule for place, rule in rules.items() if rule is not None}
        if not known:
            return {}
        cursor.execute(_ASKED, [list(ids), list(known)])
        rows = cursor.fetchall()
    found: dict[int, Reason] = {}
    for id, place, calendar, method, due, instructed_at, matched_at in rows:
        asked = Asked(method, due, at, instructed_at, matched_at)
        reason = stopped_by(known[place], asked)
        if reason is None and missed_input(known[place], asked, reference.calendars[calendar]):
            reason = Reason.ADEA
        if reason is not None:
            found[id] = reason
    return found
