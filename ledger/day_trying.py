"""The days that were closed, on which a version of the process of closing is tried."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Count, Q

from backoffice.access.models import User
from backoffice.workflow.processes.deciding import Case
from ledger.day_processing import CLOSE_DAY
from ledger.day_selectors import days
from ledger.state import CLOSED_FOR_ENTRIES, PointState
from refdata.firm_days import firm_day
from refdata.processes.past import weekdays_lasted
from refdata.processes.reacting import version_on
from refdata.processes.trying import MOST, PastCase
from refdata.processes.versions import versions_of


def past_days(*, visible_to: User, since: datetime, until: datetime) -> list[PastCase]:
    """The sealed days of a time, as a person may see them, the newest first: by the version of each."""
    explained = Count("open_points", filter=Q(open_points__state=PointState.EXPLAINED))
    rows: Any = days(visible_to=visible_to).filter(
        day__gte=firm_day(since), day__lt=firm_day(until), state__in=CLOSED_FOR_ENTRIES
    )
    found = list(rows.annotate(points=explained).order_by("-day", "-pk")[: MOST + 1])
    begun = {row.pk: row.day for row in found}
    lasted = weekdays_lasted(begun, ended_by="businessday.sign_off", until=firm_day(until))
    versions = versions_of(CLOSE_DAY)
    past = []
    for row in found:
        version = version_on(versions, row.day)
        case = Case({"entity": row.entity.code, "points": str(row.points)}, lasted[row.pk])
        past.append(PastCase(row.pk, case, version.process if version else None))
    return past
