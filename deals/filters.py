"""What the blotter can be filtered by: the same in the API, on the page and in an export."""

from __future__ import annotations

import django_filters

from deals.models import Deal, Inbound
from deals.state import DealState, InboundState


class DealFilter(django_filters.FilterSet):
    status = django_filters.ChoiceFilter(field_name="state", choices=DealState.choices)
    product = django_filters.CharFilter()
    external_ref = django_filters.CharFilter()
    counterparty = django_filters.CharFilter(field_name="counterparty__code")
    instrument = django_filters.CharFilter(field_name="instrument__asset__code")
    book = django_filters.CharFilter(field_name="book__code")
    stage = django_filters.CharFilter()
    trade_date_after = django_filters.DateFilter(field_name="trade_date", lookup_expr="gte")
    trade_date_before = django_filters.DateFilter(field_name="trade_date", lookup_expr="lte")

    class Meta:
        model = Deal
        fields: tuple[str, ...] = ()


class InboundFilter(django_filters.FilterSet):
    status = django_filters.ChoiceFilter(field_name="state", choices=InboundState.choices)

    class Meta:
        model = Inbound
        fields: tuple[str, ...] = ()
