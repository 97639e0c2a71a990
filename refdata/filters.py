"""What changes of reference data can be filtered by."""

from __future__ import annotations

import django_filters

from refdata.models import Proposal
from refdata.state import ProposalState


class ProposalFilter(django_filters.FilterSet):
    status = django_filters.ChoiceFilter(field_name="state", choices=ProposalState.choices)
    kind = django_filters.CharFilter(field_name="subject_type")

    class Meta:
        model = Proposal
        fields: tuple[str, ...] = ()
