"""What journal entries, business days and pools of lots can be filtered by."""

from __future__ import annotations

import django_filters

from ledger.models import BusinessDay, JournalEntry, LotPool
from ledger.state import DayState


class EntryFilter(django_filters.FilterSet):
    kind = django_filters.CharFilter()
    source_type = django_filters.CharFilter()
    source_id = django_filters.NumberFilter()
    effective_date_after = django_filters.DateFilter(field_name="effective_date", lookup_expr="gte")
    effective_date_before = django_filters.DateFilter(
        field_name="effective_date", lookup_expr="lte"
    )

    class Meta:
        model = JournalEntry
        fields: tuple[str, ...] = ()


class PoolFilter(django_filters.FilterSet):
    entity = django_filters.CharFilter(field_name="entity__code")
    owner = django_filters.CharFilter(field_name="owner__code")
    instrument = django_filters.CharFilter(field_name="asset__code")
    account = django_filters.CharFilter()

    class Meta:
        model = LotPool
        fields: tuple[str, ...] = ()


class BusinessDayFilter(django_filters.FilterSet):
    """What business days can be filtered by."""

    status = django_filters.ChoiceFilter(field_name="state", choices=DayState.choices)
    entity = django_filters.CharFilter(field_name="entity__code")
    day_after = django_filters.DateFilter(field_name="day", lookup_expr="gte")
    day_before = django_filters.DateFilter(field_name="day", lookup_expr="lte")

    class Meta:
        model = BusinessDay
        fields: tuple[str, ...] = ()
