"""What a run is called in lists: the cycle that it was."""

from __future__ import annotations

from backoffice.templatetags import desk
from settlements.models import SettlementRun


def cycle_words(run: SettlementRun) -> str:
    """The place that the run was for, and of which moment the cycle was; empty of one that a person asked for."""
    due = max((each.due_at for each in run.cycles.all()), default=None)
    where = run.place.code if run.place else ""
    return " · ".join(part for part in (where, desk.moment(due) if due else "") if part)
