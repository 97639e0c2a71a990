"""Addresses of the pages of net obligations to clearing houses."""

from __future__ import annotations

from django.urls import path

from backoffice.desk import clearing, reversing

urlpatterns = [
    path("clearing/", clearing.NetObligations.as_view(), name="clearing"),
    path("clearing/figure/", clearing.NewFigure.as_view(), name="clearing-figure"),
    path("clearing/void-deals/", reversing.VenueReversals.as_view(), name="venue-reversals"),
    path("clearing/<str:reference>/", clearing.ShowNetObligation.as_view(), name="net-obligation"),
    path(
        "clearing/<str:reference>/<str:action>/",
        clearing.NetStep.as_view(),
        name="net-obligation-step",
    ),
]
