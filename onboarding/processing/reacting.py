"""What the process of taking on a party does by itself about files that nobody has decided about."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from backoffice.access.models import User
from backoffice.events.models import Event
from backoffice.workflow.processes.deciding import Case
from onboarding.models import PartyFile
from onboarding.processing.kinds import ONBOARD, ONBOARDING
from onboarding.processing.measuring import measured
from onboarding.selectors import files
from onboarding.state import FileState
from refdata.firm_days import firm_day
from refdata.processes.reacting import AT_ONCE, Lasting, react_to_all, weekdays_since
from refdata.processes.trying import MOST, PastCase
from refdata.processes.versions import version_at, versions_of


def react_to_files(*, on: date, at: datetime) -> int:
    """Do what is due about files that wait for other eyes; how much that was."""

    def page(after: int) -> Sequence[Lasting]:
        waiting = PartyFile.objects.filter(pk__gt=after, state=FileState.SUBMITTED).order_by("pk")
        rows = waiting[:AT_ONCE]
        moments = _submitted(subject_id__in=[row.pk for row in rows])
        return [_lasting(row, firm_day(moments[row.pk]), on) for row in rows]

    return react_to_all(ONBOARD, page, at=at)


def _lasting(row: PartyFile, begun: date, on: date) -> Lasting:
    return Lasting(
        subject_id=row.pk, entity_id=row.entity_id, begun_on=begun, days=weekdays_since(begun, on),
        facts=measured(row, on=on),
    )  # fmt: skip


def _submitted(**among: Any) -> dict[int, datetime]:
    """When each file was submitted last, among the events that are asked for."""
    events = Event.objects.filter(subject_type=ONBOARDING.subject, kind="partyfile.submit", **among)
    return dict(events.order_by("id").values_list("subject_id", "recorded_at"))


def past_files(*, visible_to: User, since: datetime, until: datetime) -> list[PastCase]:
    """The files that were submitted in a time, as a person may see them, the newest first, as they are now."""
    moments = _submitted(recorded_at__gte=since, recorded_at__lt=until)
    rows = files(visible_to=visible_to).filter(pk__in=moments)[: MOST + 1]
    versions = versions_of(ONBOARD)
    found = []
    for row in rows:
        version = version_at(versions, moments[row.pk])
        case = Case(facts=dict(measured(row, on=firm_day(until))))
        found.append(PastCase(row.pk, case, version.process if version else None))
    return found
