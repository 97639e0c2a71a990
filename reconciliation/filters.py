"""What statements can be filtered by."""

from __future__ import annotations

import django_filters

from reconciliation.models import Statement
from reconciliation.state import StatementKind


class StatementFilter(django_filters.FilterSet):
    entity = django_filters.CharFilter(field_name="entity__code")
    account = django_filters.CharFilter(field_name="nostro__number")
    place = django_filters.CharFilter(field_name="nostro__place__code")
    currency = django_filters.CharFilter()
    kind = django_filters.ChoiceFilter(choices=StatementKind.choices)
    day_after = django_filters.DateFilter(field_name="until_date", lookup_expr="gte")
    day_before = django_filters.DateFilter(field_name="until_date", lookup_expr="lte")
    balanced = django_filters.BooleanFilter()
    source = django_filters.CharFilter()

    class Meta:
        model = Statement
        fields: tuple[str, ...] = ()
