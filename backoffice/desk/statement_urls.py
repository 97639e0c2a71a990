"""Addresses of the pages of statements and of the files that they come in."""

from __future__ import annotations

from django.urls import path

from backoffice.desk import inbound_files, statements

urlpatterns = [
    path("reconciliation/", statements.Statements.as_view(), name="statements"),
    path(
        "reconciliation/statements/<str:reference>/",
        statements.ShowStatement.as_view(),
        name="statement",
    ),
    path("reconciliation/files/", inbound_files.InboundFiles.as_view(), name="inbound-files"),
    path(
        "reconciliation/files/<str:reference>/",
        inbound_files.ShowInboundFile.as_view(),
        name="inbound-file",
    ),
    path(
        "reconciliation/files/<str:reference>/content/",
        inbound_files.DownloadInboundFile.as_view(),
        name="inbound-file-content",
    ),
    path(
        "reconciliation/files/<str:reference>/set-aside/",
        inbound_files.SetInboundFileAside.as_view(),
        name="inbound-file-set-aside",
    ),
    path(
        "reconciliation/files/<str:reference>/retake/",
        inbound_files.RetakeInboundFile.as_view(),
        name="inbound-file-retake",
    ),
]
