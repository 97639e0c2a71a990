"""Reading schedules of cycles: what is due, what comes next, and for which places a run is the last of a day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from backoffice.access.models import User
from backoffice.kernel.business_days import BusinessDays
from deals.confirming.kinds import WEEKDAYS
from refdata.dated_rules.vectors import value_of
from refdata.firm_days import FIRM_ZONE, firm_day
from refdata.models import Place
from refdata.scopes import visible
from refdata.selectors import reference_data
from settlements.cycling.kinds import ALL, CYCLES, Cycles, day_of, is_last, moments_of
from settlements.deadlines.kinds import CUT_OFFS, CutOffs, moment_of
from settlements.models import RunCycle
from settlements.running.state import RunMode


class Schedule(NamedTuple):
    """The cycles of a place, or of all (`place` empty), in force on its day of a moment."""

    place: str
    place_id: int | None
    rule: str
    rule_id: int
    cycles: Cycles
    day: date
    moments: tuple[datetime, ...]


class Next(NamedTuple):
    """A cycle that comes: of which place (empty: all), when, by which clock, and what it looks at."""

    place: str
    due_at: datetime
    mode: RunMode
    zone: ZoneInfo


def schedules_at(at: datetime) -> list[Schedule]:
    """The schedules in force, each with the cycles of its own day; those of a closed day have none."""
    rules = reference_data().rules
    near = rules.by_key(CYCLES, firm_day(at))
    places = _places(near)
    found = []
    for key, each in near.items():
        day, place = day_of(each, at), places.get(key)
        row = rules.row_of(CYCLES, day, key)
        if row is None or (key != ALL and place is None):
            continue
        cycles = value_of(CYCLES, row.value)
        moments = moments_of(cycles, day, _calendar(cycles, place))
        place_id = place.pk if place else None
        found.append(Schedule(key, place_id, row.reference, row.id, cycles, day, tuple(moments)))
    return found


def _places(codes: Iterable[str]) -> dict[str, Place]:
    rows = Place.objects.filter(code__in=list(codes)).select_related("calendar")
    return {row.code: row for row in rows}


def _calendar(cycles: Cycles, place: Place | None) -> BusinessDays:
    code = cycles.calendar or (place.calendar.code if place else "")
    return reference_data().calendars.get(code, WEEKDAYS) if code else WEEKDAYS


def zone_of(rule: str) -> ZoneInfo:
    """The clock by which a schedule is kept, by its reference; the firm's of one that is in force no more."""
    for row in reference_data().rules.rows:
        if row.kind == CYCLES.name and row.reference == rule:
            return ZoneInfo(row.value["zone"])
    return FIRM_ZONE


def next_cycles(at: datetime) -> list[Next]:
    """The next cycle of each schedule that day, the earliest first."""
    found = []
    for each in schedules_at(at):
        following = [moment for moment in each.moments if moment > at]
        if following:
            mode = RunMode.BOTH if each.place else each.cycles.mode
            found.append(Next(each.place, following[0], mode, ZoneInfo(each.cycles.zone)))
    return sorted(found, key=lambda each: (each.due_at, each.place))


def last_places(places: Iterable[str], *, day: date, at: datetime, said: bool) -> set[str]:
    """Those outside places whose last cycle of a day a run is that was asked for at a moment.

    A schedule says so, together with the cut-offs of the place; where none looks at the place, what whoever
    asked for the run says of it (`said`).
    """
    known = _cycles_on(day)
    found = set()
    for place in places:
        scheduled = [known[key] for key in (place, ALL) if key in known]
        cycles = [moment for moments in scheduled for moment in moments]
        if is_last(cycles, at, _until(place, day)) if scheduled else said:
            found.add(place)
    return found


def _cycles_on(day: date) -> Mapping[str, list[datetime]]:
    """The cycles of a day by key, of those schedules that look at outside places."""
    ruled = reference_data().rules.by_key(CYCLES, day)
    if not ruled:
        return {}
    places = _places(ruled)
    return {
        key: moments_of(rule, day, _calendar(rule, places.get(key)))
        for key, rule in ruled.items()
        if key != ALL or rule.mode != RunMode.SETTLE
    }


def _until(place: str, day: date) -> datetime | None:
    """When the last method of a place stops settling that day; None where one has no bound."""
    rule: CutOffs | None = reference_data().rules.find(CUT_OFFS, day, place)
    if rule is None:
        return None
    own = [time for each in rule.currencies.values() for time in (each.dvp_by, each.cash_by)]
    times = [rule.dvp_by, rule.fop_by, rule.cash_by]
    if None in times:
        return None
    return max(moment_of(rule.zone, day, time) for time in (*times, *own) if time is not None)


def cycles(*, visible_to: User) -> QuerySet[RunCycle]:
    """What fell due and which run it was, the latest first."""
    rows = RunCycle.objects.select_related("entity", "place", "run")
    return visible(rows, visible_to).order_by("-id")
