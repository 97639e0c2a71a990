"""The rows of a list that a query chooses: what cannot be read is said, never left out."""

from __future__ import annotations

from typing import Any, Protocol

from django.db.models import QuerySet
from django_filters import FilterSet
from rest_framework.request import Request

from backoffice.kernel.errors import FieldProblem, Invalid
from backoffice.kernel.i18n import gettext_noop


class WrongFilter(Invalid):
    code = "wrong-filter"
    title = gettext_noop("The list cannot be chosen so")
    detail = gettext_noop("%(names)s cannot be read.")
    hint = gettext_noop("Mend the parts of the query named in errors, or leave them out.")
    malformed = True


class Filtered(Protocol):
    """A view of a list with its filters."""

    filters: type[FilterSet]


def chosen_of(view: Filtered, request: Request, rows: QuerySet[Any]) -> QuerySet[Any]:
    """The rows that the query asks for. Raises WrongFilter.

    A filter that were passed over would answer with rows that nobody asked for, and sums of them.
    """
    found = view.filters(request.query_params, queryset=rows)
    if not found.is_valid():
        problems = [
            FieldProblem(
                f"/{name}", "invalid", gettext_noop("%(why)s"), "", {"why": " ".join(errors)}
            )
            for name, errors in found.form.errors.items()
        ]
        raise WrongFilter(problems, names=", ".join(found.form.errors))
    chosen: QuerySet[Any] = found.qs
    return chosen
