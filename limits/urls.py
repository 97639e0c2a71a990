"""Addresses of the operations on limits, under /api/v1/."""

from django.urls import path

from limits import api, changes_api
from limits.defining import api as defining_api

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
    path("limits/openings/", defining_api.Openings.as_view()),
    path("limits/openings/<str:reference>/", defining_api.ShowOpening.as_view()),
    path("limits/openings/<str:reference>/approve/", defining_api.ApproveOpening.as_view()),
    path("limits/openings/<str:reference>/decline/", defining_api.DeclineOpening.as_view()),
    path("limits/openings/<str:reference>/withdraw/", defining_api.WithdrawOpening.as_view()),
    path("limits/closings/<str:reference>/approve/", defining_api.ApproveClosing.as_view()),
    path("limits/closings/<str:reference>/decline/", defining_api.DeclineClosing.as_view()),
    path("limits/closings/<str:reference>/withdraw/", defining_api.WithdrawClosing.as_view()),
    path("limits/<str:reference>/closings/", defining_api.ProposeClosing.as_view()),
    path("limits/reservations/<str:reference>/", api.ReleaseReservation.as_view()),
    path("limits/<str:reference>/", api.ShowLimit.as_view()),
    path("limits/<str:reference>/history/", api.ShowLimitHistory.as_view()),
    path("limits/<str:reference>/overrides/", changes_api.ProposeOverride.as_view()),
    path("limits/<str:reference>/breaches/explain/", changes_api.ExplainTogether.as_view()),
    path("limits/<str:reference>/caps/", changes_api.ProposeCap.as_view()),
]
