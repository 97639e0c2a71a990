"""What fails now: how old, for what reason, who acts, what it has cost and costs a day, and who caused it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.db import connection
from django.db.models import Q, QuerySet
from django.db.models.functions import Least

from backoffice.access.models import User
from backoffice.kernel.business_days import ONE_DAY, BusinessDays
from refdata.selectors import reference_data
from settlements.advising.reasons import Acts
from settlements.fails.days import business_days_between
from settlements.fails.reading import LAST
from settlements.fails.rules import Story, attribute, desk_of, failing_sides
from settlements.fails.state import Cause, Payer
from settlements.models import Settlement
from settlements.selectors import settlements
from settlements.state import Approval, Cancellation, Finality, Matching


def fails(*, visible_to: User, on: date) -> QuerySet[Settlement]:
    """What was let go and is unsettled after its intended date, matched or not, as a person may see it."""
    rows = settlements(visible_to=visible_to).exclude(settlement=Finality.SETTLED)
    rows = rows.exclude(cancellation=Cancellation.AGREED).filter(approval=Approval.APPROVED)
    rows = rows.annotate(intended=Least("due_date", "original_due_date"))
    return rows.select_related("place__calendar").filter(intended__lt=on)


def older_than(rows: QuerySet[Settlement], age: int, *, on: date) -> QuerySet[Settlement]:
    """Those that are at least so many business days of their place old."""
    wanted = Q(pk__in=())
    for code, calendar in reference_data().calendars.items():
        day = on
        for _number in range(age):
            day = calendar.preceding(day - ONE_DAY)
        wanted |= Q(place__calendar__code=code, intended__lte=day)
    return rows.filter(wanted)


def age_of(intended: date, on: date, calendar: BusinessDays) -> int:
    """How many business days of its place have passed since the intended date."""
    return len(business_days_between(intended + ONE_DAY, on, calendar))


class Failing(NamedTuple):
    """One fail as it stands. Costs are ours: what we pay, less what we are owed, is `net`."""

    age: int
    reasons: list[str]
    desk: Acts
    cause: Cause
    step: str
    ours: Decimal
    theirs: Decimal
    per_day: Decimal  # of the last day counted, what we pay less what we are owed
    currency: str
    last_day: date | None

    @property
    def net(self) -> Decimal:
        return self.ours - self.theirs


class Cost(NamedTuple):
    ours: Decimal
    theirs: Decimal
    per_day: Decimal
    last_day: date | None
    cause: str
    step: str


NO_COST = Cost(Decimal(0), Decimal(0), Decimal(0), None, "", "")
_COSTS = f"""
SELECT p.settlement_id,
       coalesce(sum(p.amount) FILTER (WHERE p.payer = 'OURS'), 0),
       coalesce(sum(p.amount) FILTER (WHERE p.payer = 'THEIRS'), 0),
       coalesce(sum(CASE p.payer WHEN 'OURS' THEN p.amount ELSE -p.amount END)
                FILTER (WHERE p.kind = 'SEFP' AND p.payer <> 'UNKNOWN' AND p.day = p.newest), 0),
       max(p.newest), (array_agg(p.cause ORDER BY p.day DESC, p.payer))[1],
       (array_agg(p.step ORDER BY p.day DESC, p.payer))[1]
  FROM (SELECT p.*, max(p.day) OVER (PARTITION BY p.settlement_id) AS newest
          FROM ({LAST.format(where="p.settlement_id = ANY(%s)")}) p WHERE p.status <> 'REMO') p
 GROUP BY p.settlement_id
"""  # noqa: S608


def costs_of(ids: Sequence[int]) -> dict[int, Cost]:
    """What some settlements have cost each side by now; absent are those of which nothing was counted."""
    with connection.cursor() as cursor:
        cursor.execute(_COSTS, [list(ids)])
        return {row[0]: Cost(*row[1:]) for row in cursor.fetchall()}


def failing(rows: Sequence[Settlement], *, on: date) -> dict[int, Failing]:
    """How each of these fails stands on a day."""
    costs, calendars = costs_of([row.pk for row in rows]), reference_data().calendars
    return {
        row.pk: _failing(row, costs.get(row.pk, NO_COST), calendars[row.place.calendar.code], on)
        for row in rows
    }


def _failing(row: Settlement, cost: Cost, calendar: BusinessDays, on: date) -> Failing:
    intended = min(filter(None, (row.due_date, row.original_due_date)))
    reasons = list(dict.fromkeys(filter(None, (row.reason, *row.reasons))))
    matched = row.matching == Matching.MATCHED
    cause, step = Cause(cost.cause or Cause.UNKNOWN), cost.step
    if not cost.cause:  # nothing was counted: what can be told from the reason alone
        sides = failing_sides(hold=row.hold, reasons=reasons, is_payment=row.quantity == 0) or {}
        payer = next(iter(sides), Payer.UNKNOWN)
        found = attribute(Story(intended), payer=payer, hold=row.hold, reasons=reasons)
        cause, step = found.cause, found.step
    return Failing(
        age_of(intended, on, calendar), reasons,
        desk_of(hold=row.hold, reasons=reasons, matched=matched), cause, step,
        cost.ours, cost.theirs, cost.per_day, row.money_asset.code, cost.last_day,
    )  # fmt: skip
