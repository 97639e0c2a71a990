"""What budgets can be filtered by."""

from __future__ import annotations

import django_filters

from expenses.budgets.models import Budget
from expenses.budgets.state import BudgetState


class BudgetFilter(django_filters.FilterSet):
    entity = django_filters.CharFilter(field_name="entity__code")
    year = django_filters.NumberFilter()
    status = django_filters.ChoiceFilter(field_name="state", choices=BudgetState.choices)

    class Meta:
        model = Budget
        fields: tuple[str, ...] = ()
