"""What files that came in can be filtered by."""

from __future__ import annotations

import django_filters

from backoffice.connectors.models import InboundFile
from backoffice.connectors.state import InboundOutcome


class InboundFileFilter(django_filters.FilterSet):
    outcome = django_filters.ChoiceFilter(choices=InboundOutcome.choices)
    read_as = django_filters.CharFilter(field_name="format", lookup_expr="istartswith")
    channel = django_filters.CharFilter()
    name = django_filters.CharFilter(lookup_expr="icontains")
    entity = django_filters.CharFilter(field_name="entity__code")
    received_after = django_filters.IsoDateTimeFilter(field_name="received_at", lookup_expr="gte")
    received_before = django_filters.IsoDateTimeFilter(field_name="received_at", lookup_expr="lte")

    class Meta:
        model = InboundFile
        fields: tuple[str, ...] = ()
