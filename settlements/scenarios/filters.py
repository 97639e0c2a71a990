"""What kept scenarios can be filtered by."""

from __future__ import annotations

import django_filters

from settlements.scenarios.models import Scenario


class ScenarioFilter(django_filters.FilterSet):
    entity = django_filters.CharFilter(field_name="entity__code")
    business_date = django_filters.DateFilter()
    kept_by = django_filters.CharFilter(field_name="kept_by__username")

    class Meta:
        model = Scenario
        fields: tuple[str, ...] = ()
