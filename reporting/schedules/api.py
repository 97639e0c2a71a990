"""The operations on scheduled reports: one's own."""

from __future__ import annotations

from typing import Any, ClassVar

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backoffice.access.idempotency import OncePerKey
from backoffice.workflow.api import user_of
from reporting.formats import FORMATS
from reporting.schedules import selectors, services
from reporting.schedules.models import ReportSchedule
from reporting.schedules.state import Span, Way


def schedule_document(row: ReportSchedule) -> dict[str, Any]:
    return {
        "reference": str(row),
        "report": row.report,
        "entity": row.entity.code if row.entity else None,
        "span": row.span,
        "at": row.at.strftime("%H:%M"),
        "file_format": row.file_format,
        "way": row.way,
        "asked_on": row.asked_on,
        "brought_on": row.brought_on,
        "problem": row.problem or None,
    }


class ReportSchedules(OncePerKey):
    permission = "reporting.run_report"
    gives: ClassVar = {"POST": 201}

    class Input(serializers.Serializer[Any]):
        report = serializers.CharField(max_length=40)
        entity = serializers.CharField(max_length=20, default="", allow_blank=True)
        span = serializers.ChoiceField(Span.choices)
        at = serializers.TimeField(help_text="By the firm's clock, as 08:30.")
        file_format = serializers.ChoiceField(FORMATS)
        way = serializers.ChoiceField(Way.choices)

    def get(self, request: Request) -> Response:
        """The caller's scheduled reports, with the day that was brought last and what went wrong since."""
        rows = selectors.schedules_of(user_of(request))
        return Response({"results": [schedule_document(row) for row in rows]})

    def perform(self, request: Request, **kwargs: Any) -> Response:
        """Have a report made on business days and brought as a file, with what the caller may see then."""
        given = self.Input(data=request.data)
        given.is_valid(raise_exception=True)
        row = services.keep_schedule(user=user_of(request), **given.validated_data)
        return Response(schedule_document(row), 201)


class EndReportSchedule(OncePerKey):
    permission = "reporting.run_report"

    def perform(self, request: Request, **kwargs: Any) -> Response:
        """End one of the caller's scheduled reports; the runs that it made stay."""
        row = services.schedule_of(kwargs["reference"], user=user_of(request))
        document = schedule_document(row)
        services.end_schedule(row)
        return Response(document)
