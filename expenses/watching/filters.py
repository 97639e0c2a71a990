"""What alerts can be filtered by."""

from __future__ import annotations

import django_filters

from expenses.watching.models import ExpenseAlert
from expenses.watching.state import AlertState
from refdata.filters import MonthFilter


class AlertFilter(django_filters.FilterSet):
    entity = django_filters.CharFilter(field_name="entity__code")
    month = MonthFilter()
    status = django_filters.ChoiceFilter(field_name="state", choices=AlertState.choices)

    class Meta:
        model = ExpenseAlert
        fields: tuple[str, ...] = ()
