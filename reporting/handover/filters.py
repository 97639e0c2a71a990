"""What batches for the bookkeeping can be filtered by."""

from __future__ import annotations

import django_filters

from reporting.handover.models import LedgerBatch
from reporting.handover.state import BatchState


class LedgerBatchFilter(django_filters.FilterSet):
    entity = django_filters.CharFilter(field_name="entity__code")
    status = django_filters.ChoiceFilter(field_name="state", choices=BatchState.choices)
    day_after = django_filters.DateFilter(field_name="day", lookup_expr="gte")
    day_before = django_filters.DateFilter(field_name="day", lookup_expr="lte")

    class Meta:
        model = LedgerBatch
        fields: tuple[str, ...] = ()
