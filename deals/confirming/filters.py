"""What their confirmations can be filtered by: the same in the API, on the page and in an export."""

from __future__ import annotations

import django_filters

from deals.confirming.models import ReceivedConfirmation
from deals.confirming.state import ConfirmationState
from refdata.models import Party


class ConfirmationFilter(django_filters.FilterSet):
    status = django_filters.ChoiceFilter(field_name="state", choices=ConfirmationState.choices)
    counterparty = django_filters.CharFilter(method="of_party")
    their_ref = django_filters.CharFilter()
    deal = django_filters.CharFilter(method="of_deal")
    trade_date_after = django_filters.DateFilter(field_name="trade_date", lookup_expr="gte")
    trade_date_before = django_filters.DateFilter(field_name="trade_date", lookup_expr="lte")

    class Meta:
        model = ReceivedConfirmation
        fields: tuple[str, ...] = ()

    def of_party(self, rows, name, value):  # type: ignore[no-untyped-def]
        """By the key that a code stands for: a plan made for the key knows how rare it is."""
        return rows.filter(
            sender__in=list(Party.objects.filter(code=value).values_list("pk", flat=True))
        )

    def of_deal(self, rows, name, value):  # type: ignore[no-untyped-def]
        number = value.removeprefix("D-")
        known = number.isascii() and number.isdigit() and len(number) <= 18
        return rows.filter(deal_id=int(number)) if known else rows.none()
