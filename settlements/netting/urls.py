"""Addresses of the operations on netting sets, under /api/v1/."""

from django.urls import path

from settlements.netting import api

urlpatterns = [
    path("settlement-runs/<str:reference>/netting/", api.ShowRunNetting.as_view()),
    path("netting-sets/", api.NettingSets.as_view()),
    path("netting-sets/<str:reference>/", api.ShowNettingSet.as_view()),
    path("netting-sets/<str:reference>/history/", api.ShowSetHistory.as_view()),
    path("netting-sets/<str:reference>/agree/", api.AgreeNettingSet.as_view()),
    path("netting-sets/<str:reference>/cross/", api.CrossNettingSet.as_view()),
    path("netting-sets/<str:reference>/reopen/", api.ReopenNettingSet.as_view()),
]
