"""Reading scheduled reports: everybody sees their own."""

from __future__ import annotations

from django.db.models import QuerySet

from backoffice.access.models import User
from reporting.reports import Report
from reporting.schedules.models import ReportSchedule
from reporting.schedules.spans import asks_days_only
from reporting.selectors import reports_of


def schedules_of(user: User) -> QuerySet[ReportSchedule]:
    return ReportSchedule.objects.filter(user=user).select_related("entity").order_by("pk")


def reports_to_schedule(user: User) -> list[Report]:
    return [report for report in reports_of(user).values() if asks_days_only(report)]
