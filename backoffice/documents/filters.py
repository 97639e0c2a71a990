"""What the registers of documents and agreements can be filtered by: the same in the API and on the page."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet

from backoffice.documents.kinds import DocumentKind, Language, TemplateKind
from backoffice.documents.models import Document, Template
from backoffice.documents.state import Standing, TemplateState
from refdata.agreements.state import AgreementKind
from refdata.agreements.state import Standing as AgreementStanding
from refdata.models import Agreement


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


class AgreementFilter(django_filters.FilterSet):
    """The register of agreements."""

    entity = django_filters.CharFilter(field_name="entity__code")
    party = django_filters.CharFilter(field_name="party__code")
    kind = django_filters.ChoiceFilter(choices=AgreementKind.choices)
    number = django_filters.CharFilter()
    status = django_filters.ChoiceFilter(field_name="standing", choices=AgreementStanding.choices)
    netting = django_filters.BooleanFilter()
    ends_before = django_filters.DateFilter(field_name="valid_until", lookup_expr="lt")

    class Meta:
        model = Agreement
        fields: tuple[str, ...] = ()
