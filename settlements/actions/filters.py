"""What differences of income, and elections, can be filtered by."""

from __future__ import annotations

import django_filters

from settlements.actions.models import Election, IncomeDifference
from settlements.actions.state import DifferenceState, ElectionState


class DifferenceFilter(django_filters.FilterSet):
    status = django_filters.ChoiceFilter(field_name="state", choices=DifferenceState.choices)
    place = django_filters.CharFilter(field_name="place__code")

    class Meta:
        model = IncomeDifference
        fields: tuple[str, ...] = ()


class ElectionFilter(django_filters.FilterSet):
    status = django_filters.ChoiceFilter(field_name="state", choices=ElectionState.choices)
    owner = django_filters.CharFilter(field_name="owner__code")
    place = django_filters.CharFilter(field_name="place__code")

    class Meta:
        model = Election
        fields: tuple[str, ...] = ()
