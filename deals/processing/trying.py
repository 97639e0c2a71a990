"""The deals of the past, on which a version of the process of confirming is tried."""

from __future__ import annotations

from datetime import datetime

from backoffice.access.models import User
from backoffice.workflow.processes.deciding import Case
from deals.processing.kinds import CONFIRM_DEAL
from deals.processing.measuring import measured
from deals.selectors import deals
from refdata.processes.trying import MOST, PastCase
from refdata.processes.versions import version_at, versions_of

CHUNK = 5_000


def past_deals(*, visible_to: User, since: datetime, until: datetime) -> list[PastCase]:
    """What was captured in a time and is neither cancelled nor replaced, as a person may see it, the newest first."""
    rows = deals(visible_to=visible_to).filter(captured_at__gte=since, captured_at__lt=until)
    rows = rows.exclude(state__in=("CANCELLED", "REPLACED")).order_by("-pk")
    ids = list(rows.values_list("pk", flat=True)[: MOST + 1])
    versions = versions_of(CONFIRM_DEAL)
    found = []
    for first in range(0, len(ids), CHUNK):
        for deal in reversed(measured(ids[first : first + CHUNK])):
            version = version_at(versions, deal.captured_at)
            case = Case(facts=dict(deal.facts))
            found.append(PastCase(deal.id, case, version.process if version else None))
    return found
