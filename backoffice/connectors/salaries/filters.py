"""What files of salaries can be filtered by."""

from __future__ import annotations

import django_filters

from backoffice.connectors.salaries.models import PayFile
from backoffice.connectors.salaries.state import PayFileState


class PayFileFilter(django_filters.FilterSet):
    entity = django_filters.CharFilter(field_name="entity__code")
    journal = django_filters.NumberFilter(field_name="journal_id")
    status = django_filters.ChoiceFilter(field_name="state", choices=PayFileState.choices)

    class Meta:
        model = PayFile
        fields: tuple[str, ...] = ()
