"""What netting sets can be filtered by: the same in the API, on the page and in an export."""

from __future__ import annotations

import django_filters

from settlements.models import NettingSet
from settlements.netting.state import SetMode, SetState


class NettingSetFilter(django_filters.FilterSet):
    status = django_filters.ChoiceFilter(field_name="state", choices=SetState.choices)
    mode = django_filters.ChoiceFilter(choices=SetMode.choices)
    counterparty = django_filters.CharFilter(field_name="counterparty__code")
    asset = django_filters.CharFilter(field_name="asset__code")
    due_date = django_filters.DateFilter()

    class Meta:
        model = NettingSet
        fields: tuple[str, ...] = ()
