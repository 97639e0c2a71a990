"""Until when something has to be there: the cut-off of a place, by method, on the day of a run."""

from __future__ import annotations

from datetime import date

from refdata.selectors import reference_data
from settlements.deadlines.kinds import CUT_OFFS, settles_until


def settles_by(place: str, method: str, currency: str, day: date) -> str:
    """The place's own time, `15:00`; empty where no rule says one."""
    rule = reference_data().rules.find(CUT_OFFS, day, place)
    return settles_until(rule, method, currency) if rule else ""
