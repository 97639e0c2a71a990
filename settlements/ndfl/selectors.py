"""Reading the ends of tax years and what clients owed."""

from __future__ import annotations

from django.db.models import QuerySet, Sum

from backoffice.access.models import User
from backoffice.kernel.errors import NotFound
from backoffice.kernel.references import number_in
from refdata.scopes import visible
from settlements.ndfl.models import TaxYear, TaxYearResult

AMOUNTS = ("tax", "before", "withheld", "unwithheld", "excess")


def tax_years(*, visible_to: User) -> QuerySet[TaxYear]:
    """Those of the entities that a person sees whole, newest first."""
    rows = TaxYear.objects.select_related("entity", "proposed_by")
    return visible(rows.order_by("-id"), visible_to)


def tax_year(reference: str, *, visible_to: User) -> TaxYear:
    """The tax year of a reference such as `TY-2`. Raises NotFound."""
    id = number_in(reference, "TY", "tax year")
    row = tax_years(visible_to=visible_to).filter(pk=id).first()
    if row is None:
        raise NotFound(what="tax year", reference=reference)
    return row


def results_of(row: TaxYear) -> QuerySet[TaxYearResult]:
    """What each client owed, the most that could not be withheld first."""
    rows = TaxYearResult.objects.filter(tax_year=row).select_related("taxpayer")
    return rows.order_by("-unwithheld", "taxpayer__code")


def sums_of(row: TaxYear) -> dict[str, object]:
    """What all its clients owed together."""
    return results_of(row).aggregate(**{name: Sum(name, default=0) for name in AMOUNTS})
