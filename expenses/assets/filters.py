"""What assets can be filtered by."""

from __future__ import annotations

import django_filters

from expenses.assets.models import FixedAsset
from expenses.assets.state import AssetKind, AssetState, Method


class AssetFilter(django_filters.FilterSet):
    entity = django_filters.CharFilter(field_name="entity__code")
    kind = django_filters.ChoiceFilter(choices=AssetKind.choices)
    centre = django_filters.CharFilter(field_name="centre__code")
    method = django_filters.ChoiceFilter(choices=Method.choices)
    status = django_filters.ChoiceFilter(field_name="state", choices=AssetState.choices)

    class Meta:
        model = FixedAsset
        fields: tuple[str, ...] = ()
