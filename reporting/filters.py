"""What runs of reports can be filtered by."""

from __future__ import annotations

import django_filters

from ledger.state import Stage
from reporting.models import ReportRun
from reporting.reports import REPORTS
from reporting.state import RunState


class ReportRunFilter(django_filters.FilterSet):
    report = django_filters.ChoiceFilter(
        choices=[(name, report.title) for name, report in REPORTS.items()]
    )
    status = django_filters.ChoiceFilter(field_name="state", choices=RunState.choices)
    stage = django_filters.ChoiceFilter(choices=Stage.choices)
    entity = django_filters.CharFilter(field_name="entity__code")
    requested_by = django_filters.CharFilter(field_name="requested_by__username")

    class Meta:
        model = ReportRun
        fields: tuple[str, ...] = ()
