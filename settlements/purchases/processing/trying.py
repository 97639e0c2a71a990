"""The purchases of the past, on which a version of their process is tried."""

from __future__ import annotations

from datetime import datetime

from backoffice.access.models import User
from backoffice.workflow.processes.deciding import Case
from deals.processing.measuring import measured
from refdata.firm_days import firm_day
from refdata.processes.past import weekdays_lasted
from refdata.processes.trying import MOST, PastCase
from refdata.processes.versions import version_at, versions_of
from settlements.purchases.processing.kinds import BUY_FROM_INDIVIDUAL
from settlements.purchases.processing.steps import OVER, facts_of
from settlements.purchases.selectors import purchases


def past_purchases(*, visible_to: User, since: datetime, until: datetime) -> list[PastCase]:
    """What was bought in a time and not cancelled, as a person may see it, the newest first."""
    rows = purchases(visible_to=visible_to).filter(
        deal__captured_at__gte=since, deal__captured_at__lt=until
    )
    found = list(rows.exclude(deal__state__in=OVER)[: MOST + 1])
    known = {deal.id: deal for deal in measured([row.deal_id for row in found])}
    due = {row.pk: row.deal.due_date for row in found}
    days = weekdays_lasted(due, ended_by="purchase.pay", until=firm_day(until))
    versions = versions_of(BUY_FROM_INDIVIDUAL)
    past = []
    for row in found:
        deal = known[row.deal_id]
        version = version_at(versions, deal.captured_at)
        case = Case(dict(facts_of(deal.facts)), days[row.pk])
        past.append(PastCase(row.pk, case, version.process if version else None))
    return past
