"""What the open positions that counterparties state can be filtered by."""

from __future__ import annotations

import django_filters

from reconciliation.models import CounterpartyPosition


class PositionFilter(django_filters.FilterSet):
    entity = django_filters.CharFilter(field_name="statement__entity__code")
    party = django_filters.CharFilter(field_name="statement__party__code")
    place = django_filters.CharFilter(field_name="place__code")
    asset = django_filters.CharFilter(field_name="asset__code")
    day = django_filters.DateFilter(field_name="statement__day")
    document = django_filters.CharFilter(field_name="statement__document")

    class Meta:
        model = CounterpartyPosition
        fields: tuple[str, ...] = ()
