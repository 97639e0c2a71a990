"""What fails, summed: by age, place, counterparty and cause, and what each day of the last weeks cost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import QuerySet

from backoffice.access.models import User
from refdata.scopes import scope_of
from refdata.selectors import reference_data
from settlements.fails.ageing import NO_COST, age_of, costs_of
from settlements.fails.state import Cause
from settlements.models import Settlement

MOST = 10_000  # fails that are summed; more are told as more
TREND_DAYS = 30
# Ages in business days, each from so many on.
AGES = (0, 2, 5, 10, 20)


class Group(NamedTuple):
    """Fails that belong together: how many, what they cost us by now and a day, by currency."""

    key: str
    fails: int
    costs: Sequence[tuple[str, Decimal, Decimal]]  # currency, net so far, net a day


class Board(NamedTuple):
    by_age: Sequence[Group]
    by_place: Sequence[Group]
    by_counterparty: Sequence[Group]
    by_cause: Sequence[Group]
    total: Group
    more: bool  # there are more than were summed


class _Summed(NamedTuple):
    age: int
    place: str
    counterparty: str
    cause: str
    currency: str
    cost: Decimal
    per_day: Decimal


def board(rows: QuerySet[Settlement], *, on: date) -> Board:
    """The fails of a selection summed, the newest MOST of them."""
    names = (
        "pk", "intended", "place__calendar__code", "place__code", "counterparty__code", "money_asset__code",
    )  # fmt: skip
    found = list(rows.order_by("-pk").values_list(*names)[: MOST + 1])
    more, found = len(found) > MOST, found[:MOST]
    costs, calendars = costs_of([row[0] for row in found]), reference_data().calendars
    ages: dict[tuple[date, str], int] = {}
    summed = []
    for id, intended, calendar, place, counterparty, currency in found:
        if (intended, calendar) not in ages:
            ages[intended, calendar] = age_of(intended, on, calendars[calendar])
        cost = costs.get(id, NO_COST)
        summed.append(
            _Summed(
                ages[intended, calendar], place, counterparty, cost.cause or Cause.UNKNOWN.value,
                currency, cost.ours - cost.theirs, cost.per_day,
            )
        )  # fmt: skip
    return Board(
        _groups(summed, lambda each: str(max(a for a in AGES if a <= each.age)), by_number=True),
        _groups(summed, lambda each: each.place),
        _groups(summed, lambda each: each.counterparty),
        _groups(summed, lambda each: each.cause),
        next(iter(_groups(summed, lambda each: "")), Group("", 0, ())), more,
    )  # fmt: skip


def _groups(
    rows: Sequence[_Summed], key: Callable[[_Summed], str], *, by_number: bool = False
) -> list[Group]:
    """The dearest first; ages in their own order."""
    found: dict[str, list[_Summed]] = {}
    for row in rows:
        found.setdefault(key(row), []).append(row)
    groups = [_group(name, each) for name, each in found.items()]
    if by_number:
        return sorted(groups, key=lambda group: int(group.key))
    return sorted(groups, key=lambda group: (-group.fails, group.key))


def _group(name: str, rows: Sequence[_Summed]) -> Group:
    sums: dict[str, list[Decimal]] = {}
    for row in rows:
        each = sums.setdefault(row.currency, [Decimal(0), Decimal(0)])
        each[0] += row.cost
        each[1] += row.per_day
    costs = [(currency, cost, day) for currency, (cost, day) in sorted(sums.items()) if cost or day]
    return Group(name, len(rows), costs)


_TREND = """
SELECT p.counted_on, count(DISTINCT p.settlement_id),
       count(DISTINCT p.settlement_id) FILTER (WHERE p.day = p.began)
  FROM (SELECT p.*, min(p.day) OVER (PARTITION BY p.settlement_id) AS began
          FROM settlements_penalty p
          JOIN settlements_settlement s ON s.id = p.settlement_id
         WHERE p.version = 1 AND p.counted_on > %(since)s
           AND (%(entities)s::bigint[] IS NULL OR p.entity_id = ANY(%(entities)s::bigint[])
                OR s.book_id = ANY(%(books)s::bigint[]))) p
 GROUP BY p.counted_on ORDER BY p.counted_on
"""


def trend(user: User, *, until: date) -> list[tuple[date, int, bool]]:
    """For each day of the last weeks how many settlements were penalised, and whether one began to be."""
    facts: dict[str, Any] = {"since": until - timedelta(days=TREND_DAYS), **scope_of(user).facts}
    with connection.cursor() as cursor:
        cursor.execute(_TREND, facts)
        counted = {day: (count, began > 0) for day, count, began in cursor.fetchall()}
    days = [until - timedelta(days=number) for number in range(TREND_DAYS - 1, -1, -1)]
    return [(day, *counted.get(day, (0, False))) for day in days]
