"""How long subjects of the past lasted until the step that ended them, for versions that are tried on them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from backoffice.events.models import Event
from refdata.firm_days import firm_day
from refdata.processes.reacting import weekdays_since


def weekdays_lasted(begun: Mapping[int, date], *, ended_by: str, until: date) -> dict[int, int]:
    """Of each subject, how many days from Monday to Friday passed until an event of this kind, or so far."""
    subject = ended_by.partition(".")[0]
    events = Event.objects.filter(kind=ended_by, subject_type=subject, subject_id__in=list(begun))
    said = events.order_by("pk").values_list("subject_id", "recorded_at")
    ended = {id: firm_day(at) for id, at in said}
    return {id: weekdays_since(day, ended.get(id, until)) for id, day in begun.items()}
