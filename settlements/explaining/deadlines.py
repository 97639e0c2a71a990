"""Until when something has to be there: the cut-off of a place, by method, on the day of a run."""

from __future__ import annotations

from datetime import date

from refdata.selectors import reference_data
from settlements.deadlines.kinds import CUT_OFFS


def settles_by(place: str, method: str, day: date) -> str:
    """The place's own time, `15:00`; empty where no rule says one."""
    rule = reference_data().rules.find(CUT_OFFS, day, place)
    if rule is None:
        return ""
    return {"DVP": rule.dvp_by, "FOP": rule.fop_by, "PFOD": rule.cash_by}.get(method) or ""
