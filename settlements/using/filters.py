"""What uses of clients' assets can be filtered by."""

from __future__ import annotations

import django_filters

from settlements.using.models import AssetUse
from settlements.using.state import UseState


class AssetUseFilter(django_filters.FilterSet):
    entity = django_filters.CharFilter(field_name="entity__code")
    client = django_filters.CharFilter(field_name="right__client__code")
    place = django_filters.CharFilter(field_name="place__code")
    asset = django_filters.CharFilter(field_name="asset__code")
    status = django_filters.ChoiceFilter(field_name="state", choices=UseState.choices)

    class Meta:
        model = AssetUse
        fields: tuple[str, ...] = ()
