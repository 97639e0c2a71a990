"""Addresses of the pages of pay."""

from __future__ import annotations

from django.urls import path

from backoffice.desk import payroll

urlpatterns = [
    path("payroll/", payroll.PayrollJournals.as_view(), name="payroll-journals"),
    path("payroll/files/<str:reference>/", payroll.ShowPayFile.as_view(), name="pay-file"),
    path("payroll/files/<str:reference>/file/", payroll.DownloadPayFile.as_view(), name="pay-file-content"),
    path("payroll/files/<str:reference>/<str:action>/", payroll.PayFileStep.as_view(), name="pay-file-step"),
    path("payroll/<str:reference>/", payroll.ShowPayrollJournal.as_view(), name="payroll-journal"),
    path("payroll/<str:reference>/pay-file/", payroll.PreparePayFile.as_view(), name="prepare-pay-file"),
    path("payroll/<str:reference>/<str:action>/", payroll.JournalStep.as_view(), name="payroll-journal-step"),
]  # fmt: skip
