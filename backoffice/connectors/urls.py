"""Addresses of the operations on what comes in as files, under /api/v1/."""

from django.urls import include, path

from backoffice.connectors import fix_api
from backoffice.connectors.receiving import api as receiving

urlpatterns = [
    path("", include("backoffice.connectors.channels.urls")),
    path("", include("backoffice.connectors.actions.urls")),
    path("", include("backoffice.connectors.salaries.urls")),
    path("statements/", receiving.Statements.as_view()),
    path("inbound-files/", receiving.Files.as_view()),
    path("inbound-files/<str:reference>/", receiving.ShowFile.as_view()),
    path("inbound-files/<str:reference>/content/", receiving.DownloadContent.as_view()),
    path("inbound-files/<str:reference>/retake/", receiving.RetakeFile.as_view()),
    path("inbound-files/<str:reference>/set-aside/", receiving.SetFileAside.as_view()),
    path("inbound/files/", fix_api.ImportFile.as_view()),
    path("fix-mappings/", fix_api.Mappings.as_view()),
    path("fix-mappings/<str:reference>/approve/", fix_api.ApproveMapping.as_view()),
    path("fix-mappings/<str:reference>/decline/", fix_api.DeclineMapping.as_view()),
    path("fix-mappings/<str:reference>/withdraw/", fix_api.WithdrawMapping.as_view()),
    path("fix-mappings/<str:reference>/replay/", fix_api.ReplayMapping.as_view()),
]
