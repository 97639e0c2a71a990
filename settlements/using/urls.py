"""Addresses of uses of clients' assets, under `/api/v1/`."""

from __future__ import annotations

from django.urls import path

from settlements.using import api

urlpatterns = [
    path("asset-uses/", api.AssetUses.as_view()),
    path("asset-uses/<str:reference>/", api.ShowAssetUse.as_view()),
    path("asset-uses/<str:reference>/approve/", api.ApproveAssetUse.as_view()),
    path("asset-uses/<str:reference>/decline/", api.DeclineAssetUse.as_view()),
    path("asset-uses/<str:reference>/give-back/", api.GiveBackAssetUse.as_view()),
]
