"""How many rows a list has and what they sum to, at a cost that does not grow with the table.

Up to COUNTED rows are counted and summed exactly. Beyond it the planner's estimate is shown as
"about", and nothing is summed: half a sum would be worse than none.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import F, QuerySet
from django.utils import formats
from django.utils.translation import gettext

from backoffice.desk.base import COUNTED


@dataclass(frozen=True, slots=True)
class Total:
    """A count as it is written, and a sum for each currency where all rows were summed."""

    count: str
    sums: Sequence[tuple[str, Decimal]] = ()


def total_of(rows: QuerySet[Any], amount: tuple[str, str] | None) -> Total:
    """Count, and sum by currency what was counted in full; at most COUNTED + 1 rows are read."""
    count = rows.order_by().values("pk")[: COUNTED + 1].count()
    if count > COUNTED:
        return Total(_about(rows))
    sums: Sequence[tuple[str, Decimal]] = ()
    if amount and count:
        count, sums = _summed(rows, *amount)
    return Total(formats.number_format(count, force_grouping=True), sums)


def _summed(
    rows: QuerySet[Any], amount: str, currency: str
) -> tuple[int, list[tuple[str, Decimal]]]:
    """How many rows were summed, and their sums."""
    names = {"total_amount": F(amount), "total_currency": F(currency)}
    inner, parameters = rows.order_by().values("pk", **names).query.sql_with_params()
    statement = (
        "SELECT count(*), total_currency, sum(total_amount) FROM ({}) AS found"
        " GROUP BY total_currency ORDER BY total_currency"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement.format(inner), parameters)
        found = cursor.fetchall()
    sums = [(code, value) for _, code, value in found if value is not None and code]
    return sum(row[0] for row in found), sums


def _about(rows: QuerySet[Any]) -> str:
    """The planner's estimate to two digits, never less than what was counted."""
    statement, parameters = rows.order_by().values("pk").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {statement}", parameters)
        plan = cursor.fetchone()[0]
    plan = json.loads(plan) if isinstance(plan, str) else plan
    estimate = int(plan[0]["Plan"]["Plan Rows"])
    if estimate <= COUNTED:
        return f"{formats.number_format(COUNTED, force_grouping=True)}+"
    digits = len(str(estimate)) - 2
    number = formats.number_format(round(estimate, -digits), force_grouping=True)
    return gettext("about %(number)s") % {"number": number}
