"""What the register of documents can be filtered by: the same in the API and on the page."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet

from backoffice.documents.kinds import DocumentKind, Language, TemplateKind
from backoffice.documents.models import Document, Template
from backoffice.documents.state import Standing, TemplateState


class DocumentFilter(django_filters.FilterSet):
    kind = django_filters.ChoiceFilter(choices=DocumentKind.choices)
    number = django_filters.CharFilter()
    language = django_filters.ChoiceFilter(choices=Language.choices)
    status = django_filters.ChoiceFilter(field_name="state", choices=Standing.choices)
    counterparty = django_filters.CharFilter(field_name="party__code")
    subject = django_filters.CharFilter(method="about")
    issued_after = django_filters.DateFilter(field_name="issued_on", lookup_expr="gte")
    issued_before = django_filters.DateFilter(field_name="issued_on", lookup_expr="lte")

    class Meta:
        model = Document
        fields: tuple[str, ...] = ()

    def about(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """By what they are about, as `deal:12`."""
        kind, _, id = value.partition(":")
        if not (id.isascii() and id.isdigit() and len(id) <= 18):
            return rows.none()
        return rows.filter(subject_type=kind, subject_id=int(id))


class TemplateFilter(django_filters.FilterSet):
    kind = django_filters.ChoiceFilter(choices=TemplateKind.choices)
    language = django_filters.ChoiceFilter(choices=Language.choices)
    status = django_filters.ChoiceFilter(field_name="state", choices=TemplateState.choices)

    class Meta:
        model = Template
        fields: tuple[str, ...] = ()
