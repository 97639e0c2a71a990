"""What changes of reference data can be filtered by, and a filter by month."""

from __future__ import annotations

from datetime import date
from typing import Any

import django_filters
from django.db.models import QuerySet

from refdata.models import Proposal
from refdata.state import ProposalState


class MonthFilter(django_filters.DateFilter):
    """A month as browsers send it (`2026-11`) or by any day of it; rows keep it by its first day."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(input_formats=["%Y-%m", "%Y-%m-%d"], **kwargs)

    def filter(self, qs: QuerySet[Any], value: date | None) -> QuerySet[Any]:
        found: QuerySet[Any] = super().filter(qs, value.replace(day=1) if value else value)
        return found


class ProposalFilter(django_filters.FilterSet):
    status = django_filters.ChoiceFilter(field_name="state", choices=ProposalState.choices)
    kind = django_filters.CharFilter(field_name="subject_type")

    class Meta:
        model = Proposal
        fields: tuple[str, ...] = ()
