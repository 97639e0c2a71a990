"""Addresses of the operations on equipment and licences, under /api/v1/."""

from __future__ import annotations

from django.urls import path

from expenses.assets import api

urlpatterns = [
    path("fixed-assets/", api.Assets.as_view()),
    path("fixed-assets/<str:reference>/", api.ShowAsset.as_view()),
    path("fixed-assets/<str:reference>/accept/", api.AcceptAsset.as_view()),
    path("fixed-assets/<str:reference>/decline/", api.DeclineAsset.as_view()),
    path("fixed-assets/<str:reference>/ask-disposal/", api.AskDisposal.as_view()),
    path("fixed-assets/<str:reference>/keep/", api.KeepAsset.as_view()),
    path("fixed-assets/<str:reference>/dispose/", api.DisposeAsset.as_view()),
    path("fixed-assets/<str:reference>/units/", api.TellUnits.as_view()),
]
