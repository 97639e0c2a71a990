"""Addresses of the operations on what comes in as files, under /api/v1/."""

from django.urls import path

from backoffice.connectors import fix_api

urlpatterns = [
    path("inbound/files/", fix_api.ImportFile.as_view()),
    path("fix-mappings/", fix_api.Mappings.as_view()),
    path("fix-mappings/<str:reference>/approve/", fix_api.ApproveMapping.as_view()),
    path("fix-mappings/<str:reference>/decline/", fix_api.DeclineMapping.as_view()),
    path("fix-mappings/<str:reference>/withdraw/", fix_api.WithdrawMapping.as_view()),
    path("fix-mappings/<str:reference>/replay/", fix_api.ReplayMapping.as_view()),
]
