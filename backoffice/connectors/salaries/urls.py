"""Addresses of the operations on files of salaries, under /api/v1/."""

from __future__ import annotations

from django.urls import path

from backoffice.connectors.salaries import api

urlpatterns = [
    path("payroll-journals/<str:reference>/pay-file/", api.PreparePayFile.as_view()),
    path("pay-files/", api.ListPayFiles.as_view()),
    path("pay-files/<str:reference>/", api.ShowPayFile.as_view()),
    path("pay-files/<str:reference>/file/", api.DownloadPayFile.as_view()),
    path("pay-files/<str:reference>/release/", api.ReleasePayFile.as_view()),
    path("pay-files/<str:reference>/drop/", api.DropPayFile.as_view()),
]
