"""What record-date events can be filtered by: the same in the API, on the page and in an export."""

from __future__ import annotations

import django_filters

from settlements.models import RecordEvent
from settlements.transforming.state import Action, EventKind, EventState


class RecordEventFilter(django_filters.FilterSet):
    status = django_filters.ChoiceFilter(field_name="state", choices=EventState.choices)
    kind = django_filters.ChoiceFilter(choices=EventKind.choices)
    action = django_filters.ChoiceFilter(choices=Action.choices)
    instrument = django_filters.CharFilter(field_name="instrument__code")
    record_date = django_filters.DateFilter()

    class Meta:
        model = RecordEvent
        fields: tuple[str, ...] = ()
