"""The operations on months and years: looking how far their close is, signing them off."""

from __future__ import annotations

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backoffice.access.filtering import chosen_of
from backoffice.access.paging import paged
from backoffice.workflow.api import ShowSubject, StepOnSubject, WithReason, user_of
from ledger import period_selectors as selectors
from ledger.day_api import night_document
from ledger.filters import BusinessPeriodFilter
from ledger.models import BusinessPeriod
from ledger.periods import days_of, sign_off_periods


def period_document(row: BusinessPeriod) -> dict[str, Any]:
    """A month or year as lists show it; a sealed one names the last event under its seal."""
    sealed = row.sealed_number is not None
    return {
        "reference": str(row),
        "entity": row.entity.code,
        "kind": row.kind,
        "period": row.name,
        "first_day": row.first_day,
        "last_day": row.last_day,
        "status": row.state,
        "round": row.round,
        "seal": {"number": row.sealed_number, "hash": row.sealed_hash} if sealed else None,
    }


def whole_document(row: BusinessPeriod) -> dict[str, Any]:
    """A month or year with its days and the nights that close it, step by step."""
    return period_document(row) | {
        "days": [
            {"reference": str(day), "day": day.day, "status": day.state} for day in days_of(row)
        ],
        "nights": [night_document(night) for night in selectors.nights_of(row)],
    }


class ListPeriods(APIView):
    permission = "ledger.view_close"
    filters = BusinessPeriodFilter
    paged = True

    def get(self, request: Request) -> Response:
        """Months and years, newest first, and how far each is closed."""
        rows = chosen_of(self, request, selectors.periods(visible_to=user_of(request)))
        return paged(rows, request, self, lambda page: [period_document(row) for row in page])


class ShowPeriod(ShowSubject):
    """One month or year with its days and the steps of its close."""

    permission = "ledger.view_close"
    find = staticmethod(selectors.period_of)
    shown = staticmethod(whole_document)


class SignOffPeriod(StepOnSubject):
    """Sign off a sealed month or year, as other eyes than those that restarted a step of its close."""

    permission = "ledger.sign_off_businessperiod"
    model = BusinessPeriod
    find = staticmethod(selectors.period_of)
    shown = staticmethod(whole_document)
    Input = WithReason
    service = staticmethod(sign_off_periods)
