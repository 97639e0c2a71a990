"""What fails, penalties, statements and differences can be filtered by."""

from __future__ import annotations

import django_filters
from django.db.models import QuerySet

from backoffice.kernel.errors import NotFound
from backoffice.kernel.references import number_in
from refdata.filters import MonthFilter
from settlements.fails.models import Penalty
from settlements.fails.state import Cause, Payer, PenaltyKind, PenaltyStatus, Scheme
from settlements.fails.statements.models import PenaltyBreak, PenaltyStatement
from settlements.fails.statements.state import BreakState, Difference, StatementState
from settlements.models import Settlement


class FailFilter(django_filters.FilterSet):
    entity = django_filters.CharFilter(field_name="entity__code")
    place = django_filters.CharFilter(field_name="place__code")
    counterparty = django_filters.CharFilter(field_name="counterparty__code")
    reason = django_filters.CharFilter(field_name="reason")

    class Meta:
        model = Settlement
        fields: tuple[str, ...] = ()


class PenaltyFilter(django_filters.FilterSet):
    entity = django_filters.CharFilter(field_name="entity__code")
    settlement = django_filters.CharFilter(method="of_settlement")
    place = django_filters.CharFilter(field_name="settlement__place__code")
    counterparty = django_filters.CharFilter(field_name="settlement__counterparty__code")
    day_after = django_filters.DateFilter(field_name="day", lookup_expr="gte")
    day_before = django_filters.DateFilter(field_name="day", lookup_expr="lte")
    counted_after = django_filters.DateFilter(field_name="counted_on", lookup_expr="gte")
    counted_before = django_filters.DateFilter(field_name="counted_on", lookup_expr="lte")
    payer = django_filters.ChoiceFilter(choices=Payer.choices)
    kind = django_filters.ChoiceFilter(choices=PenaltyKind.choices)
    scheme = django_filters.ChoiceFilter(choices=Scheme.choices)
    cause = django_filters.ChoiceFilter(choices=Cause.choices)
    status = django_filters.ChoiceFilter(choices=PenaltyStatus.choices)

    class Meta:
        model = Penalty
        fields: tuple[str, ...] = ()

    def of_settlement(self, rows: QuerySet[Penalty], name: str, value: str) -> QuerySet[Penalty]:
        try:
            return rows.filter(settlement_id=number_in(value, "S", "settlement"))
        except NotFound:
            return rows.none()


class StatementFilter(django_filters.FilterSet):
    entity = django_filters.CharFilter(field_name="entity__code")
    place = django_filters.CharFilter(field_name="place__code")
    month = MonthFilter()
    status = django_filters.ChoiceFilter(field_name="state", choices=StatementState.choices)

    class Meta:
        model = PenaltyStatement
        fields: tuple[str, ...] = ()


class BreakFilter(django_filters.FilterSet):
    entity = django_filters.CharFilter(field_name="entity__code")
    place = django_filters.CharFilter(field_name="place__code")
    month = MonthFilter()
    status = django_filters.ChoiceFilter(field_name="state", choices=BreakState.choices)
    what = django_filters.ChoiceFilter(choices=Difference.choices)

    class Meta:
        model = PenaltyBreak
        fields: tuple[str, ...] = ()
