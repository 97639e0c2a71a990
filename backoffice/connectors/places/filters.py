"""What the list of allegements can be narrowed to."""

from __future__ import annotations

import django_filters

from backoffice.connectors.places.state import AllegementState


class AllegementFilter(django_filters.FilterSet):
    state = django_filters.ChoiceFilter(choices=AllegementState.choices)
