"""Addresses of withdrawals, under `/api/v1/`."""

from __future__ import annotations

from django.urls import path

from settlements.withdrawing import api

urlpatterns = [
    path("withdrawals/", api.Withdrawals.as_view()),
    path("withdrawals/<str:reference>/", api.ShowWithdrawal.as_view()),
    path("withdrawals/<str:reference>/approve/", api.ApproveWithdrawal.as_view()),
    path("withdrawals/<str:reference>/decline/", api.DeclineWithdrawal.as_view()),
]
