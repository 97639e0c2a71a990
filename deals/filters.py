"""What the blotter can be filtered by: the same in the API, on the page and in an export."""

from __future__ import annotations

import django_filters
from django.db.models import Model

from deals.checks.models import Suspicion
from deals.checks.state import SuspicionState
from deals.models import Deal, Inbound
from deals.state import DealState, InboundState
from refdata.models import Book, Entity, Instrument, Party

CODES: dict[str, tuple[type[Model], str]] = {
    "counterparty": (Party, "code"),
    "instrument": (Instrument, "asset__code"),
    "book": (Book, "code"),
    "entity": (Entity, "code"),
}


class DealFilter(django_filters.FilterSet):
    status = django_filters.ChoiceFilter(field_name="state", choices=DealState.choices)
    product = django_filters.CharFilter()
    external_ref = django_filters.CharFilter()
    counterparty = django_filters.CharFilter(method="of_code")
    instrument = django_filters.CharFilter(method="of_code")
    book = django_filters.CharFilter(method="of_code")
    entity = django_filters.CharFilter(method="of_code")
    stage = django_filters.CharFilter()
    trade_date_after = django_filters.DateFilter(field_name="trade_date", lookup_expr="gte")
    trade_date_before = django_filters.DateFilter(field_name="trade_date", lookup_expr="lte")

    class Meta:
        model = Deal
        fields: tuple[str, ...] = ()

    def of_code(self, rows, name, value):  # type: ignore[no-untyped-def]
        """By the key that a code stands for: a plan made for the key knows how rare it is."""
        model, code = CODES[name]
        keys = list(model._default_manager.filter(**{code: value}).values_list("pk", flat=True))
        return rows.filter(**{f"{name}_id__in": keys}) if keys else rows.none()


class InboundFilter(django_filters.FilterSet):
    status = django_filters.ChoiceFilter(field_name="state", choices=InboundState.choices)

    class Meta:
        model = Inbound
        fields: tuple[str, ...] = ()


class SuspicionFilter(django_filters.FilterSet):
    status = django_filters.ChoiceFilter(field_name="state", choices=SuspicionState.choices)

    class Meta:
        model = Suspicion
        fields: tuple[str, ...] = ()
