"""What reconciliations and matches can be filtered by."""

from __future__ import annotations

import django_filters
from django.db.models import QuerySet

from backoffice.kernel.errors import NotFound
from backoffice.kernel.references import number_in
from reconciliation.matching.state import MatchRule
from reconciliation.models import Match, Reconciliation


class ReconciliationFilter(django_filters.FilterSet):
    entity = django_filters.CharFilter(field_name="entity__code")
    place = django_filters.CharFilter(field_name="place__code")
    currency = django_filters.CharFilter()
    reconciliation = django_filters.CharFilter(method="of_reference")

    class Meta:
        model = Reconciliation
        fields: tuple[str, ...] = ()

    def of_reference(
        self, rows: QuerySet[Reconciliation], name: str, value: str
    ) -> QuerySet[Reconciliation]:
        try:
            return rows.filter(pk=number_in(value, "RN", "reconciliation"))
        except NotFound:
            return rows.none()


class MatchFilter(django_filters.FilterSet):
    entity = django_filters.CharFilter(field_name="entity__code")
    reconciliation = django_filters.CharFilter(method="of_reconciliation")
    rule = django_filters.ChoiceFilter(choices=MatchRule.choices)
    undone = django_filters.BooleanFilter(
        field_name="undone_at", lookup_expr="isnull", exclude=True
    )
    line = django_filters.CharFilter(method="of_line")
    entry = django_filters.CharFilter(method="of_entry")

    class Meta:
        model = Match
        fields: tuple[str, ...] = ()

    def of_reconciliation(self, rows: QuerySet[Match], name: str, value: str) -> QuerySet[Match]:
        return _of(rows, "reconciliation_id", "RN", value)

    def of_line(self, rows: QuerySet[Match], name: str, value: str) -> QuerySet[Match]:
        return _with(rows, "line_id", "SL", value)

    def of_entry(self, rows: QuerySet[Match], name: str, value: str) -> QuerySet[Match]:
        return _with(rows, "entry_id", "E", value)


def _of(rows: QuerySet[Match], field: str, prefix: str, value: str) -> QuerySet[Match]:
    try:
        return rows.filter(**{field: number_in(value, prefix, field)})
    except NotFound:
        return rows.none()


def _with(rows: QuerySet[Match], field: str, prefix: str, value: str) -> QuerySet[Match]:
    """The matches that it is in, undone ones too: as a pair, or as a part of several."""
    found = _of(Match.objects.all(), field, prefix, value)
    return rows.filter(
        pk__in=[part_of or id for id, part_of in found.values_list("pk", "part_of_id")]
    )
