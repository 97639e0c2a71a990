"""What contracts, invoices of suppliers and costs can be filtered by."""

from __future__ import annotations

import django_filters

from expenses.costs.models import Cost, CostContract, SupplierInvoice
from expenses.costs.state import (
    BOUGHT_CHOICES,
    ContractState,
    CostKind,
    Source,
    SupplierInvoiceState,
    Unexplained,
)
from refdata.filters import MonthFilter


class ContractFilter(django_filters.FilterSet):
    entity = django_filters.CharFilter(field_name="entity__code")
    party = django_filters.CharFilter(field_name="party__code")
    kind = django_filters.ChoiceFilter(choices=BOUGHT_CHOICES)
    status = django_filters.ChoiceFilter(field_name="state", choices=ContractState.choices)

    class Meta:
        model = CostContract
        fields: tuple[str, ...] = ()


class SupplierInvoiceFilter(django_filters.FilterSet):
    entity = django_filters.CharFilter(field_name="entity__code")
    party = django_filters.CharFilter(field_name="party__code")
    month = MonthFilter(field_name="month_from")
    status = django_filters.ChoiceFilter(field_name="state", choices=SupplierInvoiceState.choices)
    unexplained = django_filters.ChoiceFilter(choices=Unexplained.choices)

    class Meta:
        model = SupplierInvoice
        fields: tuple[str, ...] = ()


class CostFilter(django_filters.FilterSet):
    entity = django_filters.CharFilter(field_name="entity__code")
    month = MonthFilter()
    kind = django_filters.ChoiceFilter(choices=CostKind.choices)
    centre = django_filters.CharFilter(field_name="centre__code")
    party = django_filters.CharFilter(field_name="party__code")
    source = django_filters.ChoiceFilter(choices=Source.choices)

    class Meta:
        model = Cost
        fields: tuple[str, ...] = ()
