"""Addresses of the pages of limits."""

from __future__ import annotations

from django.urls import path

from backoffice.desk import limit_changes, limit_openings, limits, what_if

urlpatterns = [
    path("limits/", limits.Limits.as_view(), name="limits"),
    path("limits/what-if/", what_if.WhatIf.as_view(), name="what-if"),
    path("limits/breaches/", limits.Breaches.as_view(), name="breaches"),
    path("limits/breaches/<str:reference>/", limit_changes.ShowBreach.as_view(), name="breach"),
    path(
        "limits/breaches/<str:reference>/<str:action>/",
        limit_changes.BreachStep.as_view(),
        name="breach-step",
    ),
    path(
        "limits/overrides/<str:reference>/", limit_changes.ShowOverride.as_view(), name="override"
    ),
    path(
        "limits/overrides/<str:reference>/<str:action>/",
        limit_changes.OverrideStep.as_view(),
        name="override-step",
    ),
    path("limits/caps/<str:reference>/", limit_changes.ShowCap.as_view(), name="cap"),
    path(
        "limits/caps/<str:reference>/<str:action>/",
        limit_changes.CapStep.as_view(),
        name="cap-step",
    ),
    path("limits/new/", limit_openings.NewLimit.as_view(), name="limit-new"),
    path("limits/openings/", limit_openings.Openings.as_view(), name="openings"),
    path("limits/openings/<str:reference>/", limit_openings.ShowOpening.as_view(), name="opening"),
    path(
        "limits/openings/<str:reference>/<str:action>/",
        limit_openings.OpeningStep.as_view(),
        name="opening-step",
    ),
    path("limits/closings/<str:reference>/", limit_changes.ShowClosing.as_view(), name="closing"),
    path(
        "limits/closings/<str:reference>/<str:action>/",
        limit_changes.ClosingStep.as_view(),
        name="closing-step",
    ),
    path(
        "limits/<str:reference>/propose-closing",
        limit_changes.ProposeClosing.as_view(),
        name="closing-propose",
    ),
    path("limits/<str:reference>/standing/", limits.Standing.as_view(), name="limit-standing"),
    path(
        "limits/<str:reference>/explain/",
        limit_changes.ExplainTogether.as_view(),
        name="limit-explain",
    ),
    path("limits/<str:reference>/", limits.ShowLimit.as_view(), name="limit"),
    path(
        "limits/<str:reference>/propose-override",
        limit_changes.ProposeOverride.as_view(),
        name="override-propose",
    ),
    path(
        "limits/<str:reference>/propose-cap",
        limit_changes.ProposeCap.as_view(),
        name="cap-propose",
    ),
]
