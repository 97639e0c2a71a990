"""What withdrawals can be filtered by."""

from __future__ import annotations

import django_filters

from settlements.withdrawing.models import Withdrawal
from settlements.withdrawing.state import WithdrawalState


class WithdrawalFilter(django_filters.FilterSet):
    entity = django_filters.CharFilter(field_name="entity__code")
    client = django_filters.CharFilter(field_name="client__code")
    place = django_filters.CharFilter(field_name="place__code")
    currency = django_filters.CharFilter(field_name="money_asset__code")
    status = django_filters.ChoiceFilter(field_name="state", choices=WithdrawalState.choices)

    class Meta:
        model = Withdrawal
        fields: tuple[str, ...] = ()
