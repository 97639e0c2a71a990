"""Addresses of what follows from corporate actions, under `/api/v1/`; the actions are `record-events/`."""

from __future__ import annotations

from django.urls import path

from settlements.actions import api, elections_api

urlpatterns = [
    path("record-events/<str:reference>/entitlements/", api.ListEntitlements.as_view()),
    path("record-events/<str:reference>/payments/", api.ProposePayment.as_view()),
    path("record-events/<str:reference>/elections/", elections_api.ListElections.as_view()),
    path("income-payments/<str:reference>/", api.ShowPayment.as_view()),
    path("income-payments/<str:reference>/accept/", api.AcceptPayment.as_view()),
    path("income-payments/<str:reference>/decline/", api.DeclinePayment.as_view()),
    path("income-differences/", api.ListDifferences.as_view()),
    path("income-differences/<str:reference>/", api.ShowDifference.as_view()),
    path("income-differences/<str:reference>/accept/", api.AcceptDifference.as_view()),
    path("elections/<str:reference>/", elections_api.ShowElection.as_view()),
    path("elections/<str:reference>/choose/", elections_api.ChooseElection.as_view()),
    path("elections/<str:reference>/instruct/", elections_api.InstructElection.as_view()),
    path("elections/<str:reference>/decline/", elections_api.DeclineElection.as_view()),
]
