"""What keys can be filtered by."""

from __future__ import annotations

import django_filters

from expenses.allocating.models import AllocationKey
from expenses.allocating.state import Basis, KeyState


class KeyFilter(django_filters.FilterSet):
    entity = django_filters.CharFilter(field_name="entity__code")
    centre = django_filters.CharFilter(field_name="centre__code")
    basis = django_filters.ChoiceFilter(choices=Basis.choices)
    status = django_filters.ChoiceFilter(field_name="state", choices=KeyState.choices)

    class Meta:
        model = AllocationKey
        fields: tuple[str, ...] = ()
