"""What interest claims and buy-ins can be filtered by."""

from __future__ import annotations

import django_filters

from settlements.fails.claims.models import BuyIn, InterestClaim
from settlements.fails.claims.state import BuyInState, Claimant, InterestClaimState


class InterestClaimFilter(django_filters.FilterSet):
    entity = django_filters.CharFilter(field_name="entity__code")
    counterparty = django_filters.CharFilter(field_name="settlement__counterparty__code")
    claimant = django_filters.ChoiceFilter(choices=Claimant.choices)
    status = django_filters.ChoiceFilter(field_name="state", choices=InterestClaimState.choices)

    class Meta:
        model = InterestClaim
        fields: tuple[str, ...] = ()


class BuyInFilter(django_filters.FilterSet):
    entity = django_filters.CharFilter(field_name="entity__code")
    counterparty = django_filters.CharFilter(field_name="settlement__counterparty__code")
    status = django_filters.ChoiceFilter(field_name="state", choices=BuyInState.choices)

    class Meta:
        model = BuyIn
        fields: tuple[str, ...] = ()
