"""Addresses of the operations on the cash ladder."""

from __future__ import annotations

from django.urls import path

from settlements.ladder import api

urlpatterns = [
    path("cash-ladder/", api.ShowLadder.as_view()),
    path("cash-ladder/rows/", api.ListLadderRows.as_view()),
    path("cash-ladder/what-if/", api.TryLadder.as_view()),
    path("cash-ladder/proposals/", api.ListFundingProposals.as_view()),
]
