"""Addresses of scheduled reports, under `/api/v1/`."""

from __future__ import annotations

from django.urls import path

from reporting.schedules import api

urlpatterns = [
    path("report-schedules/", api.ReportSchedules.as_view()),
    path("report-schedules/<str:reference>/end/", api.EndReportSchedule.as_view()),
]
