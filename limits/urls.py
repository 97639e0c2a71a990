"""Addresses of the operations on limits, under /api/v1/."""

from django.urls import path

from limits import api, changes_api

urlpatterns = [
    path("limits/", api.ListLimits.as_view()),
    path("limits/breaches/", changes_api.ListBreaches.as_view()),
    path("limits/breaches/<str:reference>/explain/", changes_api.ExplainBreach.as_view()),
    path("limits/overrides/<str:reference>/approve/", changes_api.ApproveOverride.as_view()),
    path("limits/overrides/<str:reference>/decline/", changes_api.DeclineOverride.as_view()),
    path("limits/overrides/<str:reference>/withdraw/", changes_api.WithdrawOverride.as_view()),
    path("limits/caps/<str:reference>/approve/", changes_api.ApproveCap.as_view()),
    path("limits/caps/<str:reference>/decline/", changes_api.DeclineCap.as_view()),
    path("limits/caps/<str:reference>/withdraw/", changes_api.WithdrawCap.as_view()),
    path("limits/reservations/<str:reference>/", api.ReleaseReservation.as_view()),
    path("limits/<str:reference>/", api.ShowLimit.as_view()),
    path("limits/<str:reference>/history/", api.ShowLimitHistory.as_view()),
    path("limits/<str:reference>/overrides/", changes_api.ProposeOverride.as_view()),
    path("limits/<str:reference>/breaches/explain/", changes_api.ExplainTogether.as_view()),
    path("limits/<str:reference>/caps/", changes_api.ProposeCap.as_view()),
]
