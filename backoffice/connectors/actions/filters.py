"""What messages about corporate actions can be narrowed to."""

from __future__ import annotations

import django_filters

from backoffice.connectors.actions.models import EventMessage
from backoffice.connectors.actions.state import Did, MessageKind


class EventMessageFilter(django_filters.FilterSet):
    kind = django_filters.ChoiceFilter(choices=MessageKind.choices)
    did = django_filters.ChoiceFilter(choices=Did.choices)
    called = django_filters.CharFilter()
    place = django_filters.CharFilter(field_name="place__code")
    without_event = django_filters.BooleanFilter(field_name="event", lookup_expr="isnull")

    class Meta:
        model = EventMessage
        fields: tuple[str, ...] = ()
