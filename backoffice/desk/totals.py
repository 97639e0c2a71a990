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

from django.core.exceptions import EmptyResultSet
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
    """Count and sum by currency, in one statement that reads at most COUNTED + 1 rows."""
    names = {"total_amount": F(amount[0]), "total_currency": F(amount[1])} if amount else {}
    try:
        inner = rows.order_by().values("pk", **names)[: COUNTED + 1].query.sql_with_params()
    except EmptyResultSet:
        return Total("0")
    columns = "total_currency, sum(total_amount)" if amount else "NULL, NULL"
    grouped = " GROUP BY total_currency ORDER BY total_currency" if amount else ""
    statement = f"SELECT count(*), {columns} FROM ({inner[0]}) AS found{grouped}"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(statement, inner[1])
        found = cursor.fetchall()
    count = sum(row[0] for row in found)
    if count > COUNTED:
        return Total(_about(rows))
    sums = [(currency, value) for _, currency, value in found if value is not None and currency]
    return Total(formats.number_format(count, force_grouping=True), sums)


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
