"""The operations on the ends of tax years."""

from __future__ import annotations

from typing import Any, ClassVar

from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backoffice.access.filtering import chosen_of
from backoffice.access.idempotency import OncePerKey
from backoffice.access.paging import paged
from backoffice.kernel.decimals import plain
from backoffice.workflow.api import ShowSubject, StepOnSubject, WithItsReason, user_of
from settlements.ndfl import ending, selectors
from settlements.ndfl.filters import TaxYearFilter
from settlements.ndfl.models import TaxYear, TaxYearResult


def tax_year_document(row: TaxYear) -> dict[str, Any]:
    """`people` and `owed` are those of the day on which it was proposed; what it came to is in its results."""
    return {
        "reference": str(row), "status": row.state, "entity": row.entity.code, "year": row.year,
        "people": row.people, "owed": plain(row.owed), "ended_on": row.ended_on,
        "proposed_by": row.proposed_by.username, "proposed_at": row.proposed_at,
    }  # fmt: skip


def result_document(row: TaxYearResult) -> dict[str, Any]:
    """What one client owed: `tax` of the year, `before` and `withheld` then, what is left, or was too much."""
    amounts = {name: plain(getattr(row, name)) for name in selectors.AMOUNTS}
    return {"taxpayer": row.taxpayer.code, **amounts}


class TaxYears(OncePerKey):
    permission = {  # noqa: RUF012
        "GET": "ledger.view_ledger", "POST": "settlements.propose_taxyear",
    }  # fmt: skip
    gives: ClassVar = {"POST": 201}
    filters = TaxYearFilter
    paged = True

    class Input(serializers.Serializer[Any]):
        entity = serializers.CharField(max_length=20)
        year = serializers.IntegerField(min_value=2000, max_value=2999)

    def get(self, request: Request) -> Response:
        """The tax years that were ended or wait for it, newest first."""
        rows = chosen_of(self, request, selectors.tax_years(visible_to=user_of(request)))
        return paged(rows, request, self, lambda page: [tax_year_document(row) for row in page])

    def perform(self, request: Request, **kwargs: Any) -> Response:
        """Propose to end a year that is over: what clients owe is withheld when other eyes approve."""
        given = self.Input(data=request.data)
        given.is_valid(raise_exception=True)
        row = ending.propose_tax_year(
            **given.validated_data, actor=user_of(request), at=timezone.now()
        )
        headers = {"Location": f"/api/v1/tax-years/{row}/", "ETag": row.etag}
        return Response(tax_year_document(row), 201, headers=headers)


class ShowTaxYear(ShowSubject):
    """The end of one tax year."""

    permission = "ledger.view_ledger"
    find = staticmethod(selectors.tax_year)
    shown = staticmethod(tax_year_document)


class TaxYearResults(APIView):
    permission = "ledger.view_ledger"
    paged = True

    def get(self, request: Request, reference: str) -> Response:
        """What each client owed when the year ended, the most that could not be withheld first."""
        rows = selectors.results_of(selectors.tax_year(reference, visible_to=user_of(request)))
        return paged(rows, request, self, lambda page: [result_document(row) for row in page])


class StepOnTaxYear(StepOnSubject):
    model = TaxYear
    find = staticmethod(selectors.tax_year)
    shown = staticmethod(tax_year_document)


class ApproveTaxYear(StepOnTaxYear):
    """End the year, as other eyes: what clients owe is withheld from what they have, what they have not is told."""

    permission = "settlements.approve_taxyear"
    service = staticmethod(ending.approve_tax_years)


class DeclineTaxYear(StepOnTaxYear):
    """Say that the year is not ended yet."""

    permission = "settlements.decline_taxyear"
    Input = WithItsReason
    service = staticmethod(ending.decline_tax_years)
