"""Breaches day by day, and those that belong together."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Count, Min, Q, QuerySet, Sum

from backoffice.access.models import User
from backoffice.workflow.transitions import Outcome
from limits.breaches import explain_breaches
from limits.models import Breach
from limits.state import LIVE_BREACHES
from refdata.firm_days import FIRM_ZONE, firm_day

DAYS = 30
MOST = 10_000  # breaches that a history is drawn from


class BreachDay(NamedTuple):
    """A day, how many breaches began on it, and how many stood open on it at some time."""

    day: date
    opened: int
    live: int


class Group(NamedTuple):
    """Breaches of one limit by one cause: said and decided together."""

    limit_id: int
    name: str
    currency: str
    cause: str
    breaches: int
    amount: Decimal
    since: datetime


def breach_days(rows: QuerySet[Breach], *, until: date, days: int = DAYS) -> list[BreachDay]:
    """The last days up to one, the earliest first."""
    first = until - timedelta(days=days - 1)
    begins = datetime.combine(first, time(), tzinfo=FIRM_ZONE)
    recent = rows.filter(Q(closed_at__isnull=True) | Q(closed_at__gte=begins))
    spans = [
        (firm_day(opened), firm_day(closed) if closed else until)
        for opened, closed in recent.order_by("-pk").values_list("opened_at", "closed_at")[:MOST]
    ]
    found = []
    for number in range(days):
        day = first + timedelta(days=number)
        opened = sum(begun == day for begun, _ in spans)
        live = sum(begun <= day <= ended for begun, ended in spans)
        found.append(BreachDay(day, opened, live))
    return found


def breach_groups(rows: QuerySet[Breach]) -> list[Group]:
    """The live breaches that are more than one of the same limit and cause, the most first."""
    names = ("limit_id", "limit__name", "limit__currency", "cause")
    found = rows.filter(state__in=LIVE_BREACHES).order_by().values_list(*names)
    counted = found.annotate(n=Count("pk"), amount=Sum("amount"), since=Min("opened_at"))
    return [Group(*row) for row in counted.filter(n__gt=1).order_by("-n", "limit_id", "cause")]


@transaction.atomic
def explain_together(
    *, limit_id: int, cause: str, reason: str, actor: User, at: datetime
) -> Outcome:
    """Say once why, for all live breaches of a limit by one cause; who says so owns them."""
    rows: Any = Breach.objects.filter(limit_id=limit_id, cause=cause, state__in=LIVE_BREACHES)
    ids = list(rows.order_by("pk").values_list("pk", flat=True))
    return explain_breaches(ids=ids, reason=reason, actor=actor, at=at)
