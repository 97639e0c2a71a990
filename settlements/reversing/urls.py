"""Addresses of the operations on venues' reports of void deals, under /api/v1/."""

from django.urls import path

from settlements.reversing import api

urlpatterns = [
    path("deals/<str:reference>/reverse/", api.ReverseDeal.as_view()),
    path("venue-reversals/", api.ListVenueReversals.as_view()),
    path("venue-reversals/bulk/", api.ReceiveReversals.as_view()),
]
