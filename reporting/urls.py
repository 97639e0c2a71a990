"""Addresses of the operations on reports, under /api/v1/."""

from django.urls import include, path

from reporting import api

urlpatterns = [
    path("", include("reporting.handover.urls")),
    path("", include("reporting.schedules.urls")),
    path("reports/", api.ListReports.as_view()),
    path("reports/<str:name>/runs/", api.RunReport.as_view()),
    path("report-runs/", api.ListReportRuns.as_view()),
    path("report-runs/<str:reference>/", api.ShowReportRun.as_view()),
    path("report-runs/<str:reference>/file.<str:file_format>", api.DownloadReportRun.as_view()),
    path("report-runs/<str:reference>/verify/", api.VerifyReportRun.as_view()),
    path("report-runs/<str:reference>/remarks/", api.RemarksOfReportRun.as_view()),
    path("report-runs/<str:reference>/sign/", api.SignReportRun.as_view()),
    path("report-runs/<str:reference>/compare/", api.CompareReportRun.as_view()),
]
