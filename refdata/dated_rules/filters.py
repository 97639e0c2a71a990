"""What lists of dated rules can be filtered by."""

from __future__ import annotations

import django_filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from refdata.dated_rules.kinds import KINDS
from refdata.dated_rules.state import RuleState, Verification
from refdata.models import DatedRule


class RuleFilter(django_filters.FilterSet):
    status = django_filters.ChoiceFilter(field_name="state", choices=RuleState.choices)
    kind = django_filters.ChoiceFilter(choices=[(kind.name, kind.title) for kind in KINDS.values()])
    on = django_filters.DateFilter(method="in_force_on", label=_("In force on"))
    verification = django_filters.ChoiceFilter(choices=Verification.choices)

    class Meta:
        model = DatedRule
        fields: tuple[str, ...] = ()

    def in_force_on(
        self, rows: QuerySet[DatedRule], name: str, value: object
    ) -> QuerySet[DatedRule]:
        return rows.filter(
            Q(valid_until__isnull=True) | Q(valid_until__gt=value),
            Q(superseded_from__isnull=True) | Q(superseded_from__gt=value),
            state=RuleState.IN_FORCE, valid_from__lte=value,
        )  # fmt: skip
