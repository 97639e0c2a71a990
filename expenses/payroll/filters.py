"""What payroll journals can be filtered by."""

from __future__ import annotations

import django_filters

from expenses.payroll.models import PayrollJournal
from expenses.payroll.state import PayrollState
from refdata.filters import MonthFilter


class PayrollFilter(django_filters.FilterSet):
    entity = django_filters.CharFilter(field_name="entity__code")
    month = MonthFilter()
    status = django_filters.ChoiceFilter(field_name="state", choices=PayrollState.choices)

    class Meta:
        model = PayrollJournal
        fields: tuple[str, ...] = ()
