"""What the work of everybody can be filtered by."""

from __future__ import annotations

import django_filters

from backoffice.access.roles import ROLES
from backoffice.desk.words import ITEM_TITLES
from backoffice.workflow.models import WorkItem


class ItemFilter(django_filters.FilterSet):
    queue = django_filters.ChoiceFilter(choices=[(name, name) for name in ROLES])
    kind = django_filters.ChoiceFilter(choices=list(ITEM_TITLES.items()))

    class Meta:
        model = WorkItem
        fields: tuple[str, ...] = ()
