"""What ends of tax years can be filtered by."""

from __future__ import annotations

import django_filters

from settlements.ndfl.models import TaxYear
from settlements.ndfl.state import TaxYearState


class TaxYearFilter(django_filters.FilterSet):
    entity = django_filters.CharFilter(field_name="entity__code")
    year = django_filters.NumberFilter(field_name="year")
    status = django_filters.ChoiceFilter(field_name="state", choices=TaxYearState.choices)

    class Meta:
        model = TaxYear
        fields: tuple[str, ...] = ()
