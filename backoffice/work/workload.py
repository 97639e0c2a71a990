"""The workload to come: everything that is known at a moment, put together for forecasting."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

from backoffice.events.selectors import KnownAt
from backoffice.kernel.business_days import ONE_DAY
from backoffice.work.pipeline_known import drivers_known
from backoffice.workflow.workload.forecasting import Known
from backoffice.workflow.workload.reading import Mornings, arrived, mornings_until
from ledger.models import DaySchedule
from refdata.as_known import reference_as_known, rows_as_known
from refdata.firm_days import FIRM_ZONE


def read_known(known: KnownAt, *, at: datetime) -> Known:
    """What is known of arrivals and of what brings them, by all mornings until that of this moment."""
    mornings = firm_mornings(known, at=at)
    came = arrived(mornings, known=known)
    return Known(
        days=mornings.days, arrivals=came.arrivals, so_far=came.so_far,
        drivers=drivers_known(mornings, known=known),
    )  # fmt: skip


def firm_mornings(known: KnownAt, *, at: datetime) -> Mornings:
    """The mornings of the days on which anybody of the firm works."""
    return mornings_until(at, known=known, following=working_day(known), zone=FIRM_ZONE)


def working_day(known: KnownAt) -> Callable[[date], date]:
    """A day, or the next on which any entity has a business day, by the calendars known then; else Monday to Friday."""
    calendars = reference_as_known(known.horizon).calendars
    codes = {code for (code,) in rows_as_known(DaySchedule, ("calendar__code",), known.horizon)}
    used = [calendars[code] for code in sorted(codes)]

    def following(day: date) -> date:
        if used:
            return min(calendar.following(day) for calendar in used)
        return day + ONE_DAY * max(7 - day.weekday(), 0) if day.weekday() > 4 else day

    return following
