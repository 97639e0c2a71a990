"""What breaks can be filtered by."""

from __future__ import annotations

import django_filters
from django.db.models import QuerySet

from backoffice.kernel.errors import NotFound
from backoffice.kernel.references import number_in
from reconciliation.breaks.state import LIVE, BreakKind, BreakState
from reconciliation.models import Break


class BreakFilter(django_filters.FilterSet):
    entity = django_filters.CharFilter(field_name="entity__code")
    place = django_filters.CharFilter(field_name="place__code")
    reconciliation = django_filters.CharFilter(method="of_reconciliation")
    kind = django_filters.ChoiceFilter(choices=BreakKind.choices)
    status = django_filters.ChoiceFilter(field_name="state", choices=BreakState.choices)
    live = django_filters.BooleanFilter(method="which_live")
    owner = django_filters.CharFilter(field_name="owner__username")
    day_after = django_filters.DateFilter(field_name="day", lookup_expr="gte")
    day_before = django_filters.DateFilter(field_name="day", lookup_expr="lte")

    class Meta:
        model = Break
        fields: tuple[str, ...] = ()

    def of_reconciliation(self, rows: QuerySet[Break], name: str, value: str) -> QuerySet[Break]:
        try:
            return rows.filter(reconciliation_id=number_in(value, "RN", "reconciliation"))
        except NotFound:
            return rows.none()

    def which_live(self, rows: QuerySet[Break], name: str, value: bool) -> QuerySet[Break]:
        return rows.filter(state__in=LIVE) if value else rows.exclude(state__in=LIVE)
