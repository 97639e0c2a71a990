"""Fails as their process sees them, of now and of the past, and what it does about those of now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Least

from backoffice.access.models import User
from backoffice.kernel.decimals import plain
from backoffice.workflow.processes.deciding import Case
from deals.exposing.exposure import NoRate
from deals.exposing.valuing import Market
from refdata.firm_days import firm_day
from refdata.processes.reacting import AT_ONCE, Lasting, react_to_all, version_on
from refdata.processes.trying import MOST, PastCase
from refdata.processes.versions import versions_of
from refdata.selectors import reference_data
from settlements.fails.ageing import age_of
from settlements.fails.processing.kinds import CHASE_FAIL
from settlements.models import Settlement
from settlements.selectors import settlements
from settlements.state import Approval, Cancellation, Finality, Matching


def react_to_fails(*, on: date, at: datetime) -> int:
    """Do what the process asks for about all that fails; running twice does nothing more."""

    def page(after: int) -> list[Lasting]:
        rows = _failed(Settlement.objects.filter(pk__gt=after))
        rows = rows.exclude(settlement=Finality.SETTLED).filter(intended__lt=on)
        return lasting(list(rows.order_by("pk")[:AT_ONCE]), on=on)

    return react_to_all(CHASE_FAIL, page, at=at)


def past_fails(*, visible_to: User, since: datetime, until: datetime) -> list[PastCase]:
    """What failed of what was due in a time, as a person may see it: as old as it grew, or is by now."""
    first, last = firm_day(since), firm_day(until)
    rows = _failed(settlements(visible_to=visible_to)).filter(
        Q(settled_date__gt=F("intended")) | ~Q(settlement=Finality.SETTLED),
        intended__gte=first, intended__lt=last,
    )  # fmt: skip
    versions = versions_of(CHASE_FAIL)
    found = []
    for each in lasting(list(rows.order_by("-pk")[: MOST + 1]), on=last):
        version = version_on(versions, each.begun_on)
        case = Case(facts=dict(each.facts), days=each.days)
        found.append(PastCase(each.subject_id, case, version.process if version else None))
    return found


def _failed(rows: QuerySet[Settlement]) -> QuerySet[Any]:
    """What was let go and is not cancelled, with the date on which it was to settle."""
    rows = rows.filter(approval=Approval.APPROVED).exclude(cancellation=Cancellation.AGREED)
    rows = rows.annotate(intended=Least("due_date", "original_due_date"))
    return rows.select_related("place__calendar", "counterparty", "money_asset", "entity")


def lasting(rows: Sequence[Any], *, on: date) -> list[Lasting]:
    """How each of these stands on a day, counted in business days of its place."""
    calendars = reference_data().calendars
    market = Market(reference_data(), on, ())
    return [
        Lasting(
            subject_id=row.pk, entity_id=row.entity_id, begun_on=row.intended,
            days=age_of(row.intended, row.settled_date or on, calendars[row.place.calendar.code]),
            facts=_facts(row, market), amount=row.amount or None, currency=row.money_asset.code,
        )
        for row in rows
    ]  # fmt: skip


def _facts(row: Any, market: Market) -> dict[str, str]:
    """What is delivered free of payment has no amount that is known."""
    return {
        "amount": _in_base(row.amount, row.money_asset.code, row.entity.base_currency, market),
        "place": row.place.code, "counterparty": row.counterparty.code,
        "matched": "yes" if row.matching == Matching.MATCHED else "no", "hold": row.hold,
        "side": "deliver" if row.delivers else "receive",
    }  # fmt: skip


def _in_base(amount: Decimal, currency: str, base: str, market: Market) -> str:
    if not amount:
        return ""
    try:
        return plain(market.converted(amount, currency, base, market.today(None, moves=False)))
    except NoRate:
        return ""
