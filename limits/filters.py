"""What lists of breaches can be filtered by."""

from __future__ import annotations

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from limits.models import Breach, Limit, Opening
from limits.state import LIVE_BREACHES, BreachState, ChangeState, LimitKind

LIVE = "LIVE"  # open or explained: nothing has ended it


class BreachFilter(django_filters.FilterSet):
    status = django_filters.ChoiceFilter(
        method="in_state", choices=[(LIVE, _("To be decided")), *BreachState.choices]
    )

    class Meta:
        model = Breach
        fields: tuple[str, ...] = ()

    def in_state(self, rows: QuerySet[Breach], name: str, value: str) -> QuerySet[Breach]:
        return rows.filter(state__in=LIVE_BREACHES if value == LIVE else [value])


class LimitFilter(django_filters.FilterSet):
    status = django_filters.ChoiceFilter(
        method="in_state", choices=[("OPEN", _("Open")), ("CLOSED", _("Closed"))]
    )
    kind = django_filters.ChoiceFilter(choices=LimitKind.choices)

    class Meta:
        model = Limit
        fields: tuple[str, ...] = ()

    def in_state(self, rows: QuerySet[Limit], name: str, value: str) -> QuerySet[Limit]:
        return rows.filter(closed_at__isnull=value == "OPEN")


class OpeningFilter(django_filters.FilterSet):
    status = django_filters.ChoiceFilter(field_name="state", choices=ChangeState.choices)

    class Meta:
        model = Opening
        fields: tuple[str, ...] = ()
