"""What journal entries, business days and pools of lots can be filtered by."""

from __future__ import annotations

import django_filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from ledger.models import BusinessDay, BusinessPeriod, JournalEntry, LotPool, Valuation
from ledger.state import DayState, PeriodKind, PeriodState, Stage


class EntryFilter(django_filters.FilterSet):
    kind = django_filters.CharFilter()
    source_type = django_filters.CharFilter()
    source_id = django_filters.NumberFilter()
    effective_date_after = django_filters.DateFilter(field_name="effective_date", lookup_expr="gte")
    effective_date_before = django_filters.DateFilter(
        field_name="effective_date", lookup_expr="lte"
    )

    class Meta:
        model = JournalEntry
        fields: tuple[str, ...] = ()


class PoolFilter(django_filters.FilterSet):
    entity = django_filters.CharFilter(field_name="entity__code")
    owner = django_filters.CharFilter(field_name="owner__code")
    instrument = django_filters.CharFilter(field_name="asset__code")
    account = django_filters.CharFilter()

    class Meta:
        model = LotPool
        fields: tuple[str, ...] = ()


class BusinessDayFilter(django_filters.FilterSet):
    """What business days can be filtered by."""

    status = django_filters.ChoiceFilter(field_name="state", choices=DayState.choices)
    entity = django_filters.CharFilter(field_name="entity__code")
    day_after = django_filters.DateFilter(field_name="day", lookup_expr="gte")
    day_before = django_filters.DateFilter(field_name="day", lookup_expr="lte")

    class Meta:
        model = BusinessDay
        fields: tuple[str, ...] = ()


class BusinessPeriodFilter(django_filters.FilterSet):
    """What months and years can be filtered by."""

    status = django_filters.ChoiceFilter(field_name="state", choices=PeriodState.choices)
    kind = django_filters.ChoiceFilter(choices=PeriodKind.choices)
    entity = django_filters.CharFilter(field_name="entity__code")

    class Meta:
        model = BusinessPeriod
        fields: tuple[str, ...] = ()


class ValuationFilter(django_filters.FilterSet):
    """What the valuations of nights can be filtered by."""

    entity = django_filters.CharFilter(field_name="entity__code")
    day = django_filters.DateFilter(field_name="night__day__day")
    stage = django_filters.ChoiceFilter(field_name="night__stage", choices=Stage.choices)
    owner = django_filters.CharFilter(field_name="owner__code")
    asset = django_filters.CharFilter(field_name="asset__code")
    stale = django_filters.ChoiceFilter(
        method="only_stale", choices=(("yes", _("Yes")), ("no", _("No")))
    )

    class Meta:
        model = Valuation
        fields: tuple[str, ...] = ()

    def only_stale(self, rows: QuerySet[Valuation], name: str, value: str) -> QuerySet[Valuation]:
        at_stale = Q(price_stale=True) | Q(rate_stale=True)
        return rows.filter(at_stale if value == "yes" else ~at_stale)
