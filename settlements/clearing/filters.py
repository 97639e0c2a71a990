"""What net obligations can be filtered by: the same in the API, on the page and in an export."""

from __future__ import annotations

import django_filters

from settlements.clearing.models import ClearingFigure, FigureSource, NetObligation
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


class ClearingFigureFilter(django_filters.FilterSet):
    entity = django_filters.CharFilter(field_name="entity__code")
    ccp = django_filters.CharFilter(field_name="counterparty__code")
    account = django_filters.CharFilter()
    asset = django_filters.CharFilter(field_name="asset__code")
    due_date = django_filters.DateFilter()
    document = django_filters.CharFilter()
    source = django_filters.ChoiceFilter(choices=FigureSource.choices)
    received_after = django_filters.DateFilter(field_name="received_at", lookup_expr="date__gte")
    received_before = django_filters.DateFilter(field_name="received_at", lookup_expr="date__lte")

    class Meta:
        model = ClearingFigure
        fields: tuple[str, ...] = ()
