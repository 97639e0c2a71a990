"""What accruals, bills, differences and invoices can be filtered by."""

from __future__ import annotations

import django_filters

from expenses.fees.models import FeeAccrual, FeeBreak, FeeInvoice, FeeStatement
from expenses.fees.state import (
    BreakState,
    Cause,
    Difference,
    FeeSide,
    InvoiceState,
    StatementState,
)
from refdata.filters import MonthFilter


class AccrualFilter(django_filters.FilterSet):
    entity = django_filters.CharFilter(field_name="entity__code")
    party = django_filters.CharFilter(field_name="party__code")
    month = MonthFilter(field_name="due_month")
    side = django_filters.ChoiceFilter(choices=FeeSide.choices)
    kind = django_filters.CharFilter()
    cause = django_filters.ChoiceFilter(choices=Cause.choices)
    currency = django_filters.CharFilter()

    class Meta:
        model = FeeAccrual
        fields: tuple[str, ...] = ()


class StatementFilter(django_filters.FilterSet):
    entity = django_filters.CharFilter(field_name="entity__code")
    party = django_filters.CharFilter(field_name="party__code")
    month = MonthFilter()
    status = django_filters.ChoiceFilter(field_name="state", choices=StatementState.choices)

    class Meta:
        model = FeeStatement
        fields: tuple[str, ...] = ()


class BreakFilter(django_filters.FilterSet):
    entity = django_filters.CharFilter(field_name="entity__code")
    party = django_filters.CharFilter(field_name="party__code")
    month = MonthFilter()
    status = django_filters.ChoiceFilter(field_name="state", choices=BreakState.choices)
    what = django_filters.ChoiceFilter(choices=Difference.choices)

    class Meta:
        model = FeeBreak
        fields: tuple[str, ...] = ()


class InvoiceFilter(django_filters.FilterSet):
    entity = django_filters.CharFilter(field_name="entity__code")
    party = django_filters.CharFilter(field_name="party__code")
    month = MonthFilter()
    status = django_filters.ChoiceFilter(field_name="state", choices=InvoiceState.choices)

    class Meta:
        model = FeeInvoice
        fields: tuple[str, ...] = ()
