"""Addresses of the pages of netting sets."""

from __future__ import annotations

from django.urls import path

from backoffice.desk import netting

urlpatterns = [
    path("netting/", netting.NettingSets.as_view(), name="netting"),
    path("netting/pair/", netting.NewPair.as_view(), name="pair-off"),
    path("netting/<str:reference>/", netting.ShowNettingSet.as_view(), name="netting-set"),
    path(
        "netting/<str:reference>/<str:action>/", netting.SetStep.as_view(), name="netting-set-step"
    ),
]
