"""Addresses of the operations on net obligations, under /api/v1/."""

from django.urls import path

from settlements.clearing import api

urlpatterns = [
    path("net-obligations/", api.ListNetObligations.as_view()),
    path("net-obligations/<str:reference>/", api.ShowNetObligation.as_view()),
    path("net-obligations/<str:reference>/deals/", api.ListNettedDeals.as_view()),
    path("net-obligations/<str:reference>/history/", api.ShowNetHistory.as_view()),
    path("net-obligations/<str:reference>/agree/", api.AgreeNetObligation.as_view()),
    path("clearing-figures/", api.Figures.as_view()),
    path("clearing-figures/bulk/", api.ReceiveFigures.as_view()),
]
