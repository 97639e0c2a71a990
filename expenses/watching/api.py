"""The operations on alerts that expense outran income."""

from __future__ import annotations

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backoffice.access.filtering import chosen_of
from backoffice.access.paging import paged
from backoffice.kernel.money import Money
from backoffice.workflow.api import ShowSubject, StepOnSubject, WithItsReason, user_of
from expenses.costs.api import VIEW
from expenses.watching import selectors, services
from expenses.watching.filters import AlertFilter
from expenses.watching.models import ExpenseAlert
from refdata.selectors import money_document


def alert_document(row: ExpenseAlert) -> dict[str, Any]:
    """`swing` is by how much the result is worse than usual; the worst driver is the first."""
    currency = row.entity.base_currency
    return {
        "reference": str(row), "status": row.state, "entity": row.entity.code, "month": row.month,
        **{
            name: money_document(Money(getattr(row, name), currency))
            for name in ("income", "expense", "gap", "swing")
        },
        "trailing": row.trailing, "answer": row.answer or None, "raised_at": row.raised_at,
        "drivers": [
            {
                "cause": driver.cause,
                **{
                    name: money_document(Money(getattr(driver, name), currency))
                    for name in ("amount", "usual", "worse_by")
                },
            }
            for driver in row.drivers.all()
        ],
    }  # fmt: skip


class ListAlerts(APIView):
    permission = VIEW
    filters = AlertFilter
    paged = True

    def get(self, request: Request) -> Response:
        """Months in which expense outran income, with what drove it, newest first."""
        rows = chosen_of(self, request, selectors.alerts(visible_to=user_of(request)))
        return paged(rows, request, self, lambda page: [alert_document(row) for row in page])


class ShowAlert(ShowSubject):
    """One such month with its drivers."""

    permission = VIEW
    find = staticmethod(selectors.alert)
    shown = staticmethod(alert_document)


class AnswerAlert(StepOnSubject):
    """Say what it came of, and what is done about it."""

    permission = "expenses.answer_expensealert"
    model = ExpenseAlert
    find = staticmethod(selectors.alert)
    shown = staticmethod(alert_document)
    Input = WithItsReason
    service = staticmethod(services.answer_alerts)
