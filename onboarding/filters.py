"""What files of parties can be filtered by: the same in the API and on the page."""

from __future__ import annotations

import django_filters
from django.utils.translation import gettext_lazy as _

from onboarding.models import PartyFile
from onboarding.state import FileRole, FileState
from refdata.models.parties import PartyKind

RISKS = (("LOW", _("low")), ("MEDIUM", _("medium")), ("HIGH", _("high")))


class PartyFileFilter(django_filters.FilterSet):
    entity = django_filters.CharFilter(field_name="entity__code")
    party = django_filters.CharFilter(field_name="code")
    role = django_filters.ChoiceFilter(choices=FileRole.choices)
    kind = django_filters.ChoiceFilter(choices=PartyKind.choices)
    status = django_filters.ChoiceFilter(field_name="state", choices=FileState.choices)
    risk = django_filters.ChoiceFilter(choices=RISKS)
    grade = django_filters.CharFilter()
    review_before = django_filters.DateFilter(field_name="review_on", lookup_expr="lt")

    class Meta:
        model = PartyFile
        fields: tuple[str, ...] = ()
