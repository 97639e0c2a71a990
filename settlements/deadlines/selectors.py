"""Which settlements the cut-offs of their places stop at a moment, and which were instructed too late for their day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db import connection

from backoffice.kernel.errors import Conflict
from backoffice.kernel.i18n import gettext_noop
from backoffice.kernel.rows import array
from refdata.firm_days import firm_day
from refdata.selectors import reference_data
from settlements.advising.reasons import Reason
from settlements.deadlines.kinds import (
    CUT_OFFS,
    Asked,
    CutOffs,
    missed_input,
    settles_until,
    stopped_by,
)


class PastCutOff(Conflict):
    """`reason` says whose delay it was, in the code of the market: LATE or CLAT."""

    code = "past-cut-off"
    title = gettext_noop("The cut-off of its place has passed")
    detail = gettext_noop("%(place)s settles it until %(until)s (%(zone)s) of %(day)s.")
    hint = gettext_noop("It goes with the first cycle of the next business day of the place.")


# What waits to settle in our own books, or to be sent: what was sent is with its place.
_WAITING = """
SELECT s.id, p.code, k.code, s.method, s.due_date, m.code FROM settlements_settlement s
  JOIN refdata_place p ON p.id = s.place_id JOIN refdata_calendar k ON k.id = p.calendar_id
  JOIN refdata_asset m ON m.id = s.money_asset_id
 WHERE s.id = ANY(%s) AND p.code = ANY(%s)
   AND (p.finality = 'INTERNAL' OR s.transmission = 'NONE') AND s.netted_by_id IS NULL
   AND s.settlement IN ('PENDING', 'FAILING', 'PARTIAL') AND s.cancellation <> 'AGREED'
 ORDER BY s.id
"""
# When we let each go, and when both sides had instructed the same.
_INSTRUCTED = """
SELECT s.id,
       (SELECT max(e.recorded_at) FROM events_event e WHERE e.subject_type = 'settlement' AND e.subject_id = s.id
           AND e.kind = 'settlement.release'),
       CASE WHEN s.matching = 'MATCHED' THEN
           (SELECT max(e.recorded_at) FROM events_event e WHERE e.subject_type = 'settlement' AND e.subject_id = s.id
               AND e.kind = 'settlement.match') END
  FROM settlements_settlement s WHERE s.id = ANY(%s) ORDER BY s.id
"""
_Waiting = Sequence[tuple[int, str, str, str, date, str]]


def stopped_by_cut_off(
    ids: Sequence[int], at: datetime, *, day: date | None = None
) -> dict[int, PastCutOff]:
    """Those of some settlements that settle for a day no more, because the cut-off there has passed.

    Without a day: that of the moment, at each place. What is not due by then is no case of it. Where no rule
    `settle.cut_offs` of a place is in force nothing is stopped; then nothing is read.
    """
    rules = reference_data().rules.by_key(CUT_OFFS, day or firm_day(at))
    late: dict[int, tuple[CutOffs, str, Asked]] = {}
    for id, place, _calendar, method, due, currency in _waiting(ids, rules):
        on = day or at.astimezone(ZoneInfo(rules[place].zone)).date()
        asked = Asked(method, due, at, currency=currency, day=on)  # type: ignore[arg-type]
        if stopped_by(rules[place], asked) == Reason.LATE:
            late[id] = rules[place], place, asked
    if not late:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_INSTRUCTED, [list(late)])
        when = {id: (ours, both) for id, ours, both in cursor.fetchall()}
    return {id: _refusal(*found, *when[id]) for id, found in late.items()}


def _refusal(
    rule: CutOffs, place: str, asked: Asked, ours: datetime | None, both: datetime | None
) -> PastCutOff:
    told = Asked(asked.method, asked.due_date, asked.at, ours, both, asked.currency, asked.day)
    return PastCutOff(
        place=place, until=settles_until(rule, asked.method, asked.currency), zone=rule.zone,
        day=str(asked.day), reason=(stopped_by(rule, told) or Reason.LATE).value,
    )  # fmt: skip


def instructed_late(ids: Sequence[int], at: datetime) -> list[int]:
    """Those that, sent at that moment, come after the deadline of their place for their day (ADEA): it does
    what it can.
    """
    reference = reference_data()
    known = reference.rules.by_key(CUT_OFFS, firm_day(at))
    rules = {place: rule for place, rule in known.items() if rule.input_by is not None}
    return [
        id
        for id, place, calendar, method, due, _currency in _waiting(ids, rules)
        if missed_input(rules[place], Asked(method, due, at, at), reference.calendars[calendar])  # type: ignore[arg-type]
    ]


def _waiting(ids: Sequence[int], rules: Mapping[str, CutOffs]) -> _Waiting:
    if not rules or not ids:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_WAITING, [array(ids), list(rules)])
        rows: _Waiting = cursor.fetchall()
        return rows
