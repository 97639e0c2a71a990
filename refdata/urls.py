"""Addresses of the operations on reference data, under /api/v1/."""

from django.urls import path

from refdata import api

urlpatterns = [
    path("standing-instructions/", api.Instructions.as_view()),
    path("standing-instructions/<str:reference>/", api.ShowInstruction.as_view()),
    path("standing-instructions/<str:reference>/approve/", api.ApproveInstruction.as_view()),
    path("standing-instructions/<str:reference>/revoke/", api.RevokeInstruction.as_view()),
    path("standing-instructions/<str:reference>/call-backs/", api.RecordCallBack.as_view()),
]
