"""The workload to come: everything that is known at a moment put together, forecast, and stored."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time

from backoffice.access.models import User
from backoffice.events.looking import one_look
from backoffice.events.selectors import KnownAt, known_at
from backoffice.kernel.business_days import ONE_DAY
from backoffice.work.pipeline_known import drivers_known
from backoffice.workflow.workload.forecasting import (
    DAYS_AHEAD,
    Expected,
    Fitted,
    Known,
    Stream,
    by_half_hour,
    forecast,
    together,
)
from backoffice.workflow.workload.models import Forecast
from backoffice.workflow.workload.reading import (
    HALF_HOURS,
    Arrived,
    Mornings,
    arrived,
    mornings_until,
)
from backoffice.workflow.workload.selectors import has_morning
from backoffice.workflow.workload.services import FigureKey, store_forecast
from backoffice.workflow.workload.state import Occasion
from ledger.models import DaySchedule
from refdata.as_known import reference_as_known, rows_as_known
from refdata.firm_days import FIRM_ZONE, firm_day

MORNING_FROM = time(6)  # by the firm's clock; the nights of the day before are over then


def read_known(known: KnownAt, *, at: datetime) -> Known:
    """What is known of arrivals and of what brings them, by all mornings until that of this moment."""
    mornings = firm_mornings(known, at=at)
    return _known(mornings, arrived(mornings, known=known), known)


def _known(mornings: Mornings, came: Arrived, known: KnownAt) -> Known:
    return Known(
        days=mornings.days, arrivals=came.arrivals, so_far=came.so_far,
        drivers=drivers_known(mornings, known=known),
    )  # fmt: skip


def firm_mornings(known: KnownAt, *, at: datetime) -> Mornings:
    """The mornings of the days on which anybody of the firm works."""
    return mornings_until(at, known=known, following=working_day(known), zone=FIRM_ZONE)


def working_day(known: KnownAt) -> Callable[[date], date]:
    """A day, or the next on which any entity has a business day by the calendars known; else Monday to Friday."""
    calendars = reference_as_known(known.horizon).calendars
    codes = {code for (code,) in rows_as_known(DaySchedule, ("calendar__code",), known.horizon)}
    used = [calendars[code] for code in sorted(codes)]

    def following(day: date) -> date:
        if used:
            return min(calendar.following(day) for calendar in used)
        return day + ONE_DAY * max(7 - day.weekday(), 0) if day.weekday() > 4 else day

    return following


def make_forecast(*, occasion: Occasion, actor: User | None, at: datetime) -> Forecast:
    """Say what will come, from the last watermark at this moment, and keep it. Raises NothingKnownThen."""
    known = known_at(at)
    with one_look():
        mornings = firm_mornings(known, at=at)
        came = arrived(mornings, known=known)
        found = _known(mornings, came, known)
    fits = forecast(found)
    drivers = {name: rows[-1][1:].tolist() for name, rows in found.drivers.items()}
    return store_forecast(
        day=mornings.days[mornings.today], occasion=occasion, known=known, mornings=mornings.today,
        drivers=drivers, figures=_figures(fits, mornings, came), actor=actor, at=at,
    )  # fmt: skip


def _figures(
    fits: Mapping[Stream, Sequence[Fitted]], mornings: Mornings, came: Arrived
) -> dict[FigureKey, Expected]:
    """Of each kind and queue on each day, and of each queue in each half hour of today."""
    found: dict[FigureKey, Expected] = {}
    of_queue: defaultdict[str, list[Stream]] = defaultdict(list)
    for stream in fits:
        of_queue[stream.queue].append(stream)
    for ahead in range(DAYS_AHEAD):
        day = mornings.days[mornings.today + ahead]
        for queue, streams in of_queue.items():
            found[queue, "", day, None] = together([fits[stream][ahead] for stream in streams])
            for stream in streams:
                found[queue, stream.kind, day, None] = together([fits[stream][ahead]])
    today = mornings.days[mornings.today]
    for queue, streams in of_queue.items():
        for number, expected in enumerate(_half_hours(fits, streams, came)):
            found[queue, "", today, number] = expected
    return found


def _half_hours(
    fits: Mapping[Stream, Sequence[Fitted]], streams: Sequence[Stream], came: Arrived
) -> list[Expected]:
    """Each kind has its own hours: some come with the statements of the morning, some at a cut-off."""
    rows = [
        by_half_hour(together([fits[each][0]]).number, came.half_hours[each]) for each in streams
    ]
    numbers = [sum(row[number].number for row in rows) for number in range(HALF_HOURS)]
    return by_half_hour(sum(numbers), numbers)


def make_morning_forecast(*, at: datetime) -> Forecast | None:
    """That of a working day, once it is morning; nothing where it was made or nothing is known. May run twice."""
    today = firm_day(at)
    if at.astimezone(FIRM_ZONE).time() < MORNING_FROM or has_morning(today):
        return None
    if working_day(known_at(at))(today) != today:
        return None
    return make_forecast(occasion=Occasion.MORNING, actor=None, at=at)
