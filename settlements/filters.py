"""What settlements can be filtered by."""

from __future__ import annotations

import django_filters

from backoffice.kernel.errors import NotFound
from backoffice.kernel.references import number_in
from settlements.models import Settlement
from settlements.state import SettlementStatus


class SettlementFilter(django_filters.FilterSet):
    status = django_filters.ChoiceFilter(choices=SettlementStatus.choices)
    place = django_filters.CharFilter(field_name="place__code")
    due_date = django_filters.DateFilter()
    deal = django_filters.CharFilter(method="of_deal")

    class Meta:
        model = Settlement
        fields: tuple[str, ...] = ()

    def of_deal(self, rows, name, value):  # type: ignore[no-untyped-def]
        try:
            deal_id = number_in(value, "D", "deal")
        except NotFound:
            return rows.none()
        return rows.filter(source_type="deal", source_id=deal_id)
