"""What settlement cycles can be filtered by."""

from __future__ import annotations

import django_filters

from settlements.models import RunCycle


class RunCycleFilter(django_filters.FilterSet):
    entity = django_filters.CharFilter(field_name="entity__code")
    place = django_filters.CharFilter(field_name="place__code")
    business_date = django_filters.DateFilter()
    business_date_after = django_filters.DateFilter(field_name="business_date", lookup_expr="gte")
    business_date_before = django_filters.DateFilter(field_name="business_date", lookup_expr="lte")

    class Meta:
        model = RunCycle
        fields: tuple[str, ...] = ()
