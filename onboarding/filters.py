"""What files of parties can be filtered by: the same in the API and on the page."""

from __future__ import annotations

import django_filters

from onboarding.models import PartyFile
from onboarding.state import FileRole, FileState
from refdata.models.parties import PartyKind


class PartyFileFilter(django_filters.FilterSet):
    entity = django_filters.CharFilter(field_name="entity__code")
    party = django_filters.CharFilter(field_name="code")
    role = django_filters.ChoiceFilter(choices=FileRole.choices)
    kind = django_filters.ChoiceFilter(choices=PartyKind.choices)
    status = django_filters.ChoiceFilter(field_name="state", choices=FileState.choices)
    risk = django_filters.CharFilter()
    grade = django_filters.CharFilter()
    review_before = django_filters.DateFilter(field_name="review_on", lookup_expr="lt")

    class Meta:
        model = PartyFile
        fields: tuple[str, ...] = ()
