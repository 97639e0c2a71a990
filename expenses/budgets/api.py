"""The operations on budgets."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar

from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backoffice.access.filtering import chosen_of
from backoffice.access.idempotency import OncePerKey
from backoffice.access.models import User
from backoffice.access.paging import paged
from backoffice.kernel.money import Money
from backoffice.workflow.api import ShowSubject, StepOnSubject, WithItsReason, user_of
from expenses.budgets import selectors, services
from expenses.budgets.filters import BudgetFilter
from expenses.budgets.models import Budget
from expenses.costs.api import VIEW
from expenses.costs.state import CostKind
from refdata.firm_days import firm_day
from refdata.selectors import money_document
from settlements.fails.api import Day

COLUMNS = ("centre", "kind", "month", "amount")
MOST_LINES = 10_000


def budget_document(row: Budget) -> dict[str, Any]:
    return {
        "reference": str(row), "status": row.state, "entity": row.entity.code, "year": row.year,
        "number": row.number, "note": row.note,
        "total": money_document(Money(row.total, row.entity.base_currency)),
        "proposed_by": row.proposed_by.username, "proposed_at": row.proposed_at,
    }  # fmt: skip


def budget_in_lines(row: Budget) -> dict[str, Any]:
    """A budget beside what is booked until the last month that is over, and what the year will come to."""
    until = selectors.last_month_of(row.year, firm_day(timezone.now()))
    currency = row.entity.base_currency
    lines = [
        {
            "centre": line.centre.code if line.centre else None, "kind": line.kind,
            **{
                name: money_document(Money(getattr(line.compared, name), currency))
                for name in ("budget", "actual", "over", "budget_of_year", "forecast", "over_of_year")
            },
        }
        for line in selectors.lines_of(row.entity, row.year, until, row)
    ]  # fmt: skip
    return budget_document(row) | {"until": until, "lines": lines}


class BudgetLineInput(serializers.Serializer[Any]):
    """A centre (empty: none), a kind of cost and a month, by any day of it."""

    centre = serializers.CharField(max_length=20, default="", allow_blank=True)
    kind = serializers.ChoiceField(choices=CostKind.choices)
    month = Day()
    amount = serializers.DecimalField(max_digits=24, decimal_places=4, min_value=Decimal("0.0001"))


class BudgetInput(serializers.Serializer[Any]):
    """A version of the budget of a year: its lines, or the text of a CSV with the columns of a line."""

    entity = serializers.CharField(max_length=20)
    year = serializers.IntegerField(min_value=2000, max_value=2200)
    note = serializers.CharField(max_length=200, default="", allow_blank=True)
    lines = BudgetLineInput(many=True, default=list)
    csv = serializers.CharField(
        default="", allow_blank=True, max_length=1_000_000, trim_whitespace=False
    )

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        """The rows of a CSV are lines like any others; what is wrong with one is told with its number."""
        if not given["csv"]:
            return given
        rows = _rows_of(given["csv"])
        lines = BudgetLineInput(data=rows or [], many=True)
        if rows is None or len(rows) > MOST_LINES or not lines.is_valid():
            raise serializers.ValidationError({"csv": _first_wrong(lines.errors if rows else ())})
        return given | {"lines": list(lines.validated_data)}


def _rows_of(text: str) -> list[Mapping[str, str]] | None:
    """None where it is no CSV with these columns."""
    reader = csv.DictReader(io.StringIO(text.lstrip("\ufeff")), strict=True)
    try:
        if sorted(reader.fieldnames or ()) != sorted(COLUMNS):
            return None
        return [{name: row[name] or "" for name in COLUMNS} for row in reader]
    except (csv.Error, KeyError):
        return None


def _first_wrong(errors: Any) -> str:
    """The first row that is wrong, as `3: month: …`; without rows the columns that there should be."""
    numbered = errors.items() if isinstance(errors, Mapping) else enumerate(errors)
    for number, row in numbered:
        for name, why in row.items():
            return f"{number + 1}: {name}: {why[0]}"
    return ", ".join(COLUMNS)


def proposed(given: dict[str, Any], *, actor: User) -> Budget:
    """Propose a budget as it was posted or typed."""
    lines = [
        services.PlannedLine(
            line["centre"], line["kind"], line["month"].replace(day=1), line["amount"]
        )
        for line in given["lines"]
    ]
    new = services.NewBudget(
        entity=given["entity"], year=given["year"], note=given["note"], lines=lines
    )
    return services.propose_budget(new=new, actor=actor, at=timezone.now())


class Budgets(OncePerKey):
    permission = {"GET": VIEW, "POST": "expenses.propose_budget"}  # noqa: RUF012
    gives: ClassVar = {"POST": 201}
    filters = BudgetFilter
    paged = True
    Input = BudgetInput

    def get(self, request: Request) -> Response:
        """Versions of budgets, newest first."""
        rows = chosen_of(self, request, selectors.budgets(visible_to=user_of(request)))
        return paged(rows, request, self, lambda page: [budget_document(row) for row in page])

    def perform(self, request: Request, **kwargs: Any) -> Response:
        """Propose a version of the budget of a year; other eyes approve it."""
        given = self.Input(data=request.data)
        given.is_valid(raise_exception=True)
        row = proposed(dict(given.validated_data), actor=user_of(request))
        return Response(budget_document(row), 201, headers={"ETag": row.etag})


class ShowBudget(ShowSubject):
    """One version beside what is booked, and what the year will come to."""

    permission = VIEW
    find = staticmethod(selectors.budget)
    shown = staticmethod(budget_in_lines)


class StepOnBudget(StepOnSubject):
    model = Budget
    find = staticmethod(selectors.budget)
    shown = staticmethod(budget_document)


class ApproveBudget(StepOnBudget):
    """Let a version count, as other eyes than proposed it; the one before it is replaced."""

    permission = "expenses.approve_budget"
    service = staticmethod(services.approve_budgets)


class DeclineBudget(StepOnBudget):
    """Say that it is not what is meant."""

    permission = "expenses.decline_budget"
    Input = WithItsReason
    service = staticmethod(services.decline_budgets)
