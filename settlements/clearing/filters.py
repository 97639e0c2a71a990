"""What net obligations can be filtered by: the same in the API, on the page and in an export."""

from __future__ import annotations

import django_filters

from settlements.clearing.models import NetObligation
from settlements.clearing.state import NetState


class NetObligationFilter(django_filters.FilterSet):
    status = django_filters.ChoiceFilter(field_name="state", choices=NetState.choices)
    ccp = django_filters.CharFilter(field_name="counterparty__code")
    account = django_filters.CharFilter()
    asset = django_filters.CharFilter(field_name="asset__code")
    due_date = django_filters.DateFilter()

    class Meta:
        model = NetObligation
        fields: tuple[str, ...] = ()
