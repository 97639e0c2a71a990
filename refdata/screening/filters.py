"""What lists of hits and of screenings can be filtered by."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet

from refdata.models import Screening, ScreeningHit
from refdata.screening.state import HitState


class OfSubject(django_filters.FilterSet):
    subject = django_filters.CharFilter(method="of_subject")

    def of_subject(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Those of one subject, such as `party-12`."""
        kind, _, number = value.partition("-")
        if not (number.isascii() and number.isdigit() and len(number) <= 18):
            return rows.none()
        return rows.filter(subject_type=kind, subject_id=int(number))


class HitFilter(OfSubject):
    status = django_filters.ChoiceFilter(field_name="state", choices=HitState.choices)
    list = django_filters.CharFilter(field_name="entry__list_code")

    class Meta:
        model = ScreeningHit
        fields: tuple[str, ...] = ()


class ScreeningFilter(OfSubject):
    class Meta:
        model = Screening
        fields: tuple[str, ...] = ()
