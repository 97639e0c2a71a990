"""What settlements can be filtered by."""

from __future__ import annotations

import django_filters
from django.db.models import Model

from backoffice.kernel.errors import NotFound
from backoffice.kernel.references import number_in
from refdata.models import Entity, Party
from settlements.board.waits import NETTED, OPEN, WAITS, wait_choices
from settlements.models import Settlement
from settlements.state import SettlementStatus

CODES: dict[str, type[Model]] = {"counterparty": Party, "entity": Entity}


class SettlementFilter(django_filters.FilterSet):
    status = django_filters.ChoiceFilter(choices=SettlementStatus.choices)
    open = django_filters.BooleanFilter(method="are_open")
    netted = django_filters.BooleanFilter(method="are_netted")
    waits = django_filters.ChoiceFilter(choices=wait_choices(), method="wait_for")
    reason = django_filters.CharFilter()
    place = django_filters.CharFilter(field_name="place__code")
    counterparty = django_filters.CharFilter(method="of_code")
    entity = django_filters.CharFilter(method="of_code")
    due_date = django_filters.DateFilter()
    due_date_after = django_filters.DateFilter(field_name="due_date", lookup_expr="gte")
    due_date_before = django_filters.DateFilter(field_name="due_date", lookup_expr="lte")
    deal = django_filters.CharFilter(method="of_deal")

    class Meta:
        model = Settlement
        fields: tuple[str, ...] = ()

    def are_open(self, rows, name, value):  # type: ignore[no-untyped-def]
        """Neither settled nor cancelled, or one of them."""
        return rows.filter(OPEN) if value else rows.exclude(OPEN)

    def are_netted(self, rows, name, value):  # type: ignore[no-untyped-def]
        """Settled by the net of their set, which stands in the list beside them, or each by itself."""
        return rows.filter(NETTED) if value else rows.exclude(NETTED)

    def wait_for(self, rows, name, value):  # type: ignore[no-untyped-def]
        """By what an open settlement waits for: the first thing that stands in its way."""
        return rows.filter(OPEN).alias(waits_for=WAITS).filter(waits_for=value)

    def of_code(self, rows, name, value):  # type: ignore[no-untyped-def]
        """By the key that a code stands for: a plan made for the key knows how rare it is."""
        keys = list(CODES[name]._default_manager.filter(code=value).values_list("pk", flat=True))
        return rows.filter(**{f"{name}_id__in": keys}) if keys else rows.none()

    def of_deal(self, rows, name, value):  # type: ignore[no-untyped-def]
        try:
            deal_id = number_in(value, "D", "deal")
        except NotFound:
            return rows.none()
        return rows.filter(source_type="deal", source_id=deal_id)
