"""What the reports of venues can be filtered by: the same in the API, on the page and in an export."""

from __future__ import annotations

import django_filters

from settlements.reversing.models import VenueReversal


class VenueReversalFilter(django_filters.FilterSet):
    deal = django_filters.CharFilter(method="of_deal")
    document = django_filters.CharFilter()
    late = django_filters.BooleanFilter()
    received_after = django_filters.DateFilter(field_name="received_at", lookup_expr="date__gte")
    received_before = django_filters.DateFilter(field_name="received_at", lookup_expr="date__lte")

    class Meta:
        model = VenueReversal
        fields: tuple[str, ...] = ()

    def of_deal(self, rows, name, value):  # type: ignore[no-untyped-def]
        number = value.removeprefix("D-")
        known = number.isascii() and number.isdigit() and len(number) <= 18
        return rows.filter(deal_id=int(number)) if known else rows.none()
