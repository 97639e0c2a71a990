"""Addresses of the pages on which deals are amended, cancelled and allocated, and of agreements."""

from __future__ import annotations

from django.urls import path

from backoffice.desk import agreements, allocating, changing, repo_changes, reversing

urlpatterns = [
    path(
        "deals/<str:reference>/allocate/", allocating.AllocateDeal.as_view(), name="deal-allocate"
    ),
    path("deals/<str:reference>/amend/", changing.AmendDeal.as_view(), name="deal-amend"),
    path(
        "deals/<str:reference>/substitute/",
        repo_changes.SubstituteCollateral.as_view(),
        name="deal-substitute",
    ),
    path(
        "deals/<str:reference>/close-early/",
        repo_changes.CloseEarly.as_view(),
        name="deal-close-early",
    ),
    path("deals/<str:reference>/cancel/", changing.CancelDeal.as_view(), name="deal-cancel"),
    path("deals/<str:reference>/reverse/", reversing.ReverseDeal.as_view(), name="deal-reverse"),
    *agreements.urlpatterns,
]
