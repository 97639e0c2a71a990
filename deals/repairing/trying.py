"""What was repaired in the past, on which a version of the process of repairing is tried."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from backoffice.access.models import User
from backoffice.workflow.processes.deciding import Case
from deals.processing.measuring import measured
from deals.repairing.processing import REPAIR_INBOUND
from deals.selectors import inbound
from refdata.firm_days import firm_day
from refdata.processes.past import weekdays_lasted
from refdata.processes.trying import MOST, PastCase
from refdata.processes.versions import version_at, versions_of


def past_repairs(*, visible_to: User, since: datetime, until: datetime) -> list[PastCase]:
    """What came in in a time and was repaired, as a person may see it, the newest first."""
    rows = inbound(visible_to=visible_to).filter(received_at__gte=since, received_at__lt=until)
    found: list[Any] = list(rows.filter(deal__isnull=False)[: MOST + 1])
    known = {deal.id: deal.facts for deal in measured([row.deal_id for row in found])}
    begun = {row.pk: firm_day(row.received_at) for row in found}
    days = weekdays_lasted(begun, ended_by="inbound.replay", until=firm_day(until))
    versions = versions_of(REPAIR_INBOUND)
    past = []
    for row in found:
        version = version_at(versions, row.received_at)
        case = Case({"amount": known[row.deal_id]["amount"]}, days[row.pk])
        past.append(PastCase(row.pk, case, version.process if version else None))
    return past
